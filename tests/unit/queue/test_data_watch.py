"""The data folder cannot be written: what was decided waits, the reason is told, and everything goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DataFolderError, FileFailedError, StorageError
from aniworld_dl.model import Status
from aniworld_dl.queue.data_watch import DataWatch
from aniworld_dl.queue.sqlite import SqliteStore
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import aiosqlite

    from aniworld_dl.config import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder, which a test may take away: the files that are open stay."""
    return tmp_path / "data"


@pytest.fixture
async def desk(settings: Settings, folder: Path) -> AsyncIterator[Desk]:
    """A queue of two slots with its database in the data folder."""
    async with open_desk(settings, slots=2, store=await SqliteStore.open(folder / "queue.sqlite3")) as opened:
        yield opened


@pytest.fixture
async def watch(desk: Desk) -> AsyncIterator[asyncio.Task[None]]:
    """What watches, at work."""
    watch = DataWatch(database=desk.store.database, announcer=desk.announcer, clock=desk.clock)
    task = asyncio.create_task(watch.run())
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError, StorageError):
        await task


@asynccontextmanager
async def unwritable(desk: Desk) -> AsyncIterator[None]:
    """Let SQLite refuse every change, as it does on what is read-only."""
    connection = desk.store.database._writer._connection
    await connection.execute_fetchall("PRAGMA query_only = ON")
    yield
    await connection.execute_fetchall("PRAGMA query_only = OFF")


async def test_what_was_decided_waits_and_everything_goes_on_by_itself(
    desk: Desk, watch: asyncio.Task[None], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aniworld_dl")
    logging.getLogger("aniworld_dl").propagate = True
    first, second, third = await desk.add(3)
    await desk.runner.until_started(2)
    async with unwritable(desk):
        folder.rename(folder.with_name("away"))
        desk.runner.end(first)
        while not desk.announcer.refusals:
            await desk.clock.run(0.05)
        await desk.clock.run(120)
        with pytest.raises(DataFolderError, match="No such file") as refused:
            await desk.store.set_meta("more", 1)
        assert refused.value.params["path"] == str(folder)
        (notice,) = desk.announcer.stats()["notices"]
        assert (notice["code"], notice["params"]) == ("data_folder", refused.value.params)
        waiting = await desk.store.episode(third)
        assert waiting is not None
        view = desk.announcer.view_episode(waiting)
        assert (view["status"], view["reason"]) == ("queued", "data_folder")
        assert view["reason_params"] == refused.value.params
        assert [await desk.status(each) for each in (first, second)] == [Status.DOWNLOADING] * 2
        folder.with_name("away").rename(folder)
    await desk.until(first, Status.COMPLETED)
    assert (await desk.runner.until_started(3))[2] == third
    while desk.announcer.refusals:
        await desk.clock.run(0.5)
    assert desk.announcer.stats()["notices"] == []
    assert not watch.done()
    events = [record.getMessage().split()[0] for record in caplog.records]
    told = [events.count(f"event={name}") for name in ("data_folder_refused", "data_folder_accepted")]
    assert (told, events.count("event=write_postponed")) == ([1, 1], 1)
    assert await desk.store.get_meta("tried") is None


async def test_a_database_that_was_left_behind_ends_the_watch(desk: Desk, watch: asyncio.Task[None]) -> None:
    """Other files can be written in the folder: those that are open lie on a file system that is no more there."""
    async with unwritable(desk):
        with pytest.raises(DataFolderError, match="readonly database"):
            await desk.store.set_meta("more", 1)
        await desk.clock.run(8)
        assert not watch.done()
        while not watch.done():
            await desk.clock.run(1)
        assert isinstance(death := watch.exception(), DataFolderError)
        assert "a new start opens them anew" in str(death)


async def test_a_full_disk_is_waited_for_however_long(desk: Desk, watch: asyncio.Task[None]) -> None:
    """A small file may have room where the database has none."""
    connection = desk.store.database._writer._connection
    ((pages,),) = await connection.execute_fetchall("PRAGMA page_count")
    await connection.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="no space left"):
        await desk.store.set_meta("more", "x" * 100_000)
    while not desk.announcer.refusals:
        await desk.clock.run(0.05)
    assert "no space left" in desk.announcer.stats()["notices"][0]["text"]
    async with unwritable(desk):
        await desk.clock.run(6)
    for _ in range(7):  # times that it was tried in vain
        refusal = desk.store.database.refusal
        while desk.store.database.refusal is refusal:
            await desk.clock.run(0.5)
    assert not watch.done()
    await connection.execute_fetchall("PRAGMA max_page_count = 100000")
    while desk.announcer.refusals:
        await desk.clock.run(0.05)
    assert not watch.done()


async def test_what_does_not_pass_ends_the_watch(desk: Desk, watch: asyncio.Task[None]) -> None:
    async with unwritable(desk):
        with pytest.raises(DataFolderError):
            await desk.store.set_meta("more", 1)
    desk.store.database._writer._closed = True
    while not watch.done():
        await desk.clock.run(1)
    desk.store.database._writer._closed = False
    assert isinstance(watch.exception(), FileFailedError)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (sqlite3.SQLITE_IOERR_WRITE, DataFolderError),
        (sqlite3.SQLITE_IOERR_FSYNC, DataFolderError),
        (sqlite3.SQLITE_READONLY, DataFolderError),
        (sqlite3.SQLITE_IOERR_READ, FileFailedError),
    ],
)
async def test_what_the_system_says_of_a_write(desk: Desk, code: int, error: type[StorageError]) -> None:
    """What cannot be read is not thought to pass."""
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = code

    async def change(_: aiosqlite.Connection) -> None:
        raise failure

    with pytest.raises(error):
        await desk.store.database.write(change)
    assert desk.store.database.refused.is_set() == (error is DataFolderError)
