"""What is removed and comes back by an undo has its past again; what is gone for good has none."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import Selection, Status
from aniworld_dl.queue.archive import Archive
from aniworld_dl.queue.results import Undone
from tests.builders import request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.shelf import FIGURES, Shelf, page, run_one, timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        await opened.store.add_job(request("a"), now=1.0)
        await run_one(opened.store, Status.COMPLETED, figures=FIGURES, path=PurePosixPath("Öfen/1.mkv"))
        yield opened


async def remove(desk: Desk) -> int:
    removed = await Archive(desk.store.database).remove(Selection.of(jobs=[1]), Undone.REMOVE, None, now=20.0, live={})
    assert removed.undo is not None
    return removed.undo.id


async def attempts(desk: Desk) -> int:
    return int((await desk.store.database.read("timeline_total", episode_id=1))[0]["total"])


async def test_attempts_and_paths_come_back(desk: Desk, settings: Settings) -> None:
    shelf = Shelf(desk, settings)
    before = await page(shelf, q="öfen/")
    undo_id = await remove(desk)
    assert (await page(shelf))["total"] == 0
    archive = Archive(desk.store.database)
    await archive.restore(undo_id, now=21.0)
    await archive.forget(undo_id)
    assert await page(shelf, q="öfen/") == before
    assert [attempt["fetched_bytes"] for attempt in await timeline(shelf, 1)] == [1000]


async def test_attempts_go_when_nothing_can_come_back(desk: Desk) -> None:
    undo_id = await remove(desk)
    assert await attempts(desk) == 1
    await Archive(desk.store.database).forget(undo_id)
    assert await attempts(desk) == 0
