"""What is stopped may take its time to clean up: until then nobody else works at the same episode."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import Action, Selection, Status
from tests.fakes.clock import settle
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        yield opened


async def test_stopped_while_it_waits_for_the_run_before(desk: Desk) -> None:
    """Paused, resumed, paused and resumed while the first run cleans up: the third waits for the first."""
    (episode,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pauses = []
    for _ in range(2):
        pauses.append(asyncio.create_task(desk.control.act_on_episode(episode, Action.PAUSE)))
        await desk.until(episode, Status.PAUSED)
        await desk.control.act_on_episode(episode, Action.RESUME)
        await desk.until(episode, Status.DOWNLOADING)
    await settle()
    assert desk.runner.started == [episode]
    assert not any(pause.done() for pause in pauses)
    desk.runner.stubborn.set()
    assert await desk.runner.until_started(2) == [episode, episode]
    await asyncio.gather(*pauses)
    await desk.until_held(1)


async def test_removed_while_it_cleans_up_after_a_pause(desk: Desk) -> None:
    """The clean-up is not disturbed, and whoever removes it waits for the end of it."""
    (episode,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pause = asyncio.create_task(desk.control.act_on_episode(episode, Action.PAUSE))
    await desk.until(episode, Status.PAUSED)
    removal = asyncio.create_task(desk.control.remove(Selection.of(episodes=[episode])))
    while await desk.store.episode(episode) is not None:
        await settle()
    await settle()
    assert desk.runner.running == {episode}
    assert not removal.done()
    desk.runner.stubborn.set()
    await asyncio.gather(pause, removal)
    assert desk.runner.running == set()
    await desk.until_held(0)
