"""What is forgotten of what has ended, and when."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.model import Status
from tests.builders import request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.lookups import move_job
from tests.unit.queue.shelf import Shelf, run_one

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


@pytest.fixture
def shelf(desk: Desk, settings: Settings) -> Shelf:
    return Shelf(desk, settings)


async def end_job(desk: Desk, title: str, episodes: int, now: float) -> int:
    job, _ = await desk.store.add_job(request(*(f"{title}{n}" for n in range(episodes)), title=title), now=1.0)
    await move_job(desk.store, job.id, Status.CANCELLED, now=now)
    return job.id


async def titles(desk: Desk) -> list[str]:
    return [job.anime_title for job in reversed((await desk.store.jobs(limit=1000)).items)]


async def test_nothing_is_forgotten_by_default(desk: Desk, shelf: Shelf) -> None:
    await end_job(desk, "old", 3, now=1.0)
    assert await shelf.history.sweep() == 0


async def test_the_oldest_go_first_until_enough_is_left(desk: Desk, shelf: Shelf) -> None:
    """Whole jobs only, and never below what is to be kept; what has not ended does not count."""
    for number, title in enumerate(["a", "b", "c", "d"]):
        await end_job(desk, title, 3, now=10.0 + number)
    await desk.store.add_job(request("w", title="waiting"), now=1.0)
    shelf.change(history_count=7)
    assert await shelf.history.sweep() == 1
    assert await titles(desk) == ["b", "c", "d", "waiting"]
    shelf.change(history_count=0)
    assert await shelf.history.sweep() == 3
    assert await titles(desk) == ["waiting"]
    shelf.change(history_count=None)
    assert await shelf.history.sweep() == 0


async def test_what_ended_long_ago_goes(desk: Desk, shelf: Shelf) -> None:
    now, day = desk.clock.time(), 86_400.0
    for title, age in [("older", 2.1), ("newer", 1.9), ("now", 0.0)]:
        await end_job(desk, title, 1, now=now - age * day)
    shelf.change(history_days=2)
    assert await shelf.history.sweep() == 1
    assert await titles(desk) == ["newer", "now"]


async def test_a_clock_that_is_set_ahead_by_mistake_makes_nothing_old(desk: Desk, shelf: Shelf) -> None:
    """Set right again nothing is lost; if it is right, it is believed after a day."""
    year = 365 * 86_400.0
    await end_job(desk, "today", 1, now=desk.clock.time())
    shelf.change(history_days=30)
    desk.clock.set_anew(year)
    assert await shelf.history.sweep() == 0
    desk.clock.set_anew(-year)
    assert await shelf.history.sweep() == 0
    desk.clock.advance(86_400.0)
    assert await shelf.history.sweep() == 0
    desk.clock.set_anew(year)
    for forgotten in (0, 1):
        assert await shelf.history.sweep() == forgotten
        desk.clock.advance(86_400.0)


async def test_attempts_go_with_their_job(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.COMPLETED)
    shelf.change(history_count=0)
    await shelf.history.sweep()
    assert (await desk.store.database.read("timeline_total", episode_id=1))[0]["total"] == 0


async def test_many_jobs_go_in_small_transactions(desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some at a time; one that is large by itself."""
    sizes: list[int] = []
    change = desk.store.database.change

    async def counted(query: str, **parameters: Any) -> list[Any]:
        sizes.append(len(json.loads(parameters["ids"])))
        return await change(query, **parameters)

    for number in range(130):
        await end_job(desk, f"{number}", 1, now=10.0 + number)
    await end_job(desk, "large", 1500, now=5.0)
    await end_job(desk, "last", 1, now=500.0)
    monkeypatch.setattr(desk.store.database, "change", counted)
    shelf.change(history_count=1)
    assert await shelf.history.sweep() == 131
    assert sizes == [1, 100, 30]
    assert await titles(desk) == ["last"]


async def test_what_was_started_again_meanwhile_stays(
    desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job is retried between the look and the deed."""
    job_id = await end_job(desk, "a", 1, now=1.0)
    change = desk.store.database.change

    async def late(query: str, **parameters: Any) -> list[Any]:
        await move_job(desk.store, job_id, Status.QUEUED, now=2.0)
        return await change(query, **parameters)

    monkeypatch.setattr(desk.store.database, "change", late)
    shelf.change(history_count=0)
    assert await shelf.history.sweep() == 0
    assert await titles(desk) == ["a"]


async def test_subscribers_are_told(desk: Desk, shelf: Shelf) -> None:
    job_id = await end_job(desk, "a", 1, now=1.0)
    messages = aiter(desk.hub.subscribe())
    await anext(messages)
    shelf.change(history_count=0)
    await shelf.history.sweep()
    desk.hub.flush()
    assert json.loads(await anext(messages))["jobs"] == {str(job_id): None}


async def test_it_looks_from_time_to_time_and_when_told_to(desk: Desk, shelf: Shelf) -> None:
    task = asyncio.create_task(shelf.history.run())
    await desk.clock.run(1)
    await end_job(desk, "a", 1, now=1.0)
    shelf.change(history_count=0)
    await desk.clock.run(1)
    assert await titles(desk) == ["a"]
    shelf.history.changed()
    while await titles(desk):
        await desk.clock.run(0.1)
    await end_job(desk, "b", 1, now=1.0)
    await desk.clock.run(61)
    while await titles(desk):
        await desk.clock.run(0.1)
    task.cancel()
    await asyncio.wait([task])
