"""Who changed what, noted at once, written soon, forgotten in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.access import Caller, Scope, Trail, Way
from aniworld_dl.errors import DiskFullError
from tests.fakes.clock import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from tests.fakes.clock import FakeClock
    from tests.fakes.records import MemoryRecords

ADA = Caller(name="ada", way=Way.PASSWORD, scope=Scope.ADMIN)
DAY_S = 86_400.0


@pytest.fixture
def trail(memory: MemoryRecords, clock: FakeClock, settings: Settings) -> Trail:
    changed = settings.model_copy(update={"audit_days": 2})
    return Trail(memory, clock, lambda: changed)


@pytest.fixture
async def running(trail: Trail) -> AsyncIterator[Trail]:
    task = asyncio.create_task(trail.run())
    await settle()
    yield trail
    task.cancel()
    await asyncio.wait([task])


async def test_a_deed_is_written_soon_and_shown_at_once(trail: Trail) -> None:
    trail.add(ADA, "::1", "POST /api/jobs", {"job_id": 3})
    trail.add(ADA, "::1", "x" * 999, outcome="not_found")
    page = await trail.page(limit=1, cursor=None)
    assert page["total"] == 2
    assert (page["items"][0]["outcome"], len(page["items"][0]["action"])) == ("not_found", 200)
    (deed,) = (await trail.page(limit=1, cursor=page["next_cursor"]))["items"]
    assert deed == {
        "id": 1,
        "at": "2027-01-15T08:00:00.000Z",
        "name": "ada",
        "way": "password",
        "address": "::1",
        "action": "POST /api/jobs",
        "targets": {"job_id": 3},
        "outcome": "ok",
    }


async def test_what_is_old_is_forgotten(running: Trail, memory: MemoryRecords, clock: FakeClock) -> None:
    running.add(ADA, "", "first")
    await settle()
    clock.advance(1.5 * DAY_S)
    running.add(ADA, "", "second")
    await settle()
    assert [deed.action for deed in memory.kept_deeds] == ["first", "second"]
    await clock.run(DAY_S)
    assert [deed.action for deed in memory.kept_deeds] == ["second"]


async def test_while_the_disk_is_full_nothing_is_lost(running: Trail, memory: MemoryRecords, clock: FakeClock) -> None:
    memory.failure = DiskFullError(path="/data")
    running.add(ADA, "", "kept")
    await clock.run(60.0)
    assert memory.kept_deeds == []
    await running.aclose()  # the last chance, which it survives
    memory.failure = None
    await clock.run(10.0)
    assert [deed.action for deed in memory.kept_deeds] == ["kept"]


async def test_a_clock_that_is_set_ahead_makes_nothing_old(
    running: Trail, memory: MemoryRecords, clock: FakeClock
) -> None:
    running.add(ADA, "", "kept")
    await settle()
    clock.set_anew(365 * DAY_S)
    await clock.run(0.9 * DAY_S)
    assert [deed.action for deed in memory.kept_deeds] == ["kept"]
    await clock.run(1.2 * DAY_S)
    assert memory.kept_deeds == []
