"""The number of slots changes up and down while two dozen episodes run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import Status
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=3) as opened:
        yield opened


async def end_one(desk: Desk) -> None:
    """Let the longest runner end."""
    episode_id = next(each for each in desk.runner.started if each in desk.runner.running)
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)


async def until_running(desk: Desk, count: int) -> None:
    """Wait until so many run; that it stays so is shown by how many have been started."""
    while len(desk.runner.running) != count:
        await desk.clock.run(0.05)
    await desk.clock.run(1)
    assert len(desk.runner.running) == count


async def test_the_number_follows_and_nothing_is_interrupted(desk: Desk) -> None:
    """3, 8, 1, 0, 4: upward at once, downward with each end, and nobody runs twice."""
    episodes = await desk.add(12, "A") + await desk.add(12, "B")
    await desk.runner.until_started(3)
    desk.slots.resize(8)
    await desk.runner.until_started(8)
    desk.slots.resize(1)
    for left in (7, 6, 5, 4, 3, 2, 1, 1, 1):
        await end_one(desk)
        await until_running(desk, left)
    assert len(desk.runner.started) == 10
    desk.slots.resize(0)
    await end_one(desk)
    await until_running(desk, 0)
    assert len(desk.runner.started) == 10
    desk.slots.resize(4)
    await desk.runner.until_started(14)
    for _ in range(10):
        await end_one(desk)
        await until_running(desk, 4)
    for left in (3, 2, 1, 0):
        await end_one(desk)
        await until_running(desk, left)
    assert sorted(desk.runner.started) == sorted(episodes), "somebody was started twice, or never"
    rows = await desk.store.episodes_by_id(episodes)
    assert {row.attempt for row in rows.values()} == {1}
    assert {row.status for row in rows.values()} == {Status.COMPLETED}
