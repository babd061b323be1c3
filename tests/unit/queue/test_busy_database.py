"""Another program holds the database for long: what is to be done is done when that is over."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DatabaseBusyError
from aniworld_dl.model import Selection, Status
from aniworld_dl.queue.archive import UNDO_S
from aniworld_dl.queue.history import History
from aniworld_dl.queue.sqlite import SqliteStore
from tests.fakes.clock import settle
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings, tmp_path: Path) -> AsyncIterator[Desk]:
    """A queue whose database is waited for no longer than for a moment."""
    store = await SqliteStore.open(tmp_path / "queue.sqlite3")
    await store.database.write(lambda connection: connection.execute_fetchall("PRAGMA busy_timeout = 1"))
    async with open_desk(settings, slots=2, store=store) as opened:
        yield opened


@asynccontextmanager
async def held(desk: Desk) -> AsyncIterator[None]:
    """Begin a change of the database as another program does, and end it at the end of the block."""
    with closing(sqlite3.connect(desk.store.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def until_postponed(caplog: pytest.LogCaptureFixture, times: int = 1) -> None:
    while sum("write_postponed" in record.getMessage() for record in caplog.records) < times:  # noqa: ASYNC110 - logs tell nobody
        await asyncio.sleep(0)


async def test_what_has_ended_is_written_when_the_other_program_lets_go(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aniworld_dl")
    logging.getLogger("aniworld_dl").propagate = True
    first, second, third = await desk.add(3)
    await desk.runner.until_started(2)
    async with held(desk):
        desk.runner.end(first)
        await until_postponed(caplog)
        assert await desk.status(first) is Status.DOWNLOADING
        with pytest.raises(DatabaseBusyError, match="another program holds it"):
            await desk.store.set_meta("more", 1)
    await desk.until(first, Status.COMPLETED)
    assert (await desk.runner.until_started(3))[2] == third
    assert await desk.status(second) is Status.DOWNLOADING


async def test_the_time_of_undoing_ends_when_the_other_program_lets_go(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aniworld_dl")
    logging.getLogger("aniworld_dl").propagate = True
    (only,) = await desk.add(1)
    await desk.runner.until_started(1)
    await desk.transitions.remove(Selection.of(jobs=[1]), None)
    await desk.supervisor.stop([only])
    desk.undo.changed()
    await settle()
    async with held(desk):
        desk.clock.advance(UNDO_S + 60)
        await until_postponed(caplog)
    await desk.forget()
    assert desk.runner.discarded == [only]


async def test_the_history_is_swept_when_the_other_program_lets_go(
    desk: Desk, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aniworld_dl")
    logging.getLogger("aniworld_dl").propagate = True
    (only,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.end(only)
    await desk.until(only, Status.COMPLETED)
    desk.clock.advance(10 * 86_400)
    history = History(
        database=desk.store.database,
        transitions=desk.transitions,
        clock=desk.clock,
        settings=lambda: settings.model_copy(update={"history_days": 7}),
    )
    async with held(desk):
        task = asyncio.create_task(history.run())
        await until_postponed(caplog)
    while await desk.store.job(1) is not None:
        await desk.clock.run(1)
    task.cancel()
    await asyncio.wait([task])
