"""Slots, order and endings: what runs, what waits, and that every ending gives its slot back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import NotMediaError
from aniworld_dl.model import Action, Selection, Status
from aniworld_dl.queue.results import Changed
from tests.builders import media
from tests.fakes.clock import settle
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        yield opened


async def test_two_jobs_share_three_slots(desk: Desk) -> None:
    """Two jobs of twelve: never more than three episodes run, both move, each free slot is used at once."""
    first, second = await desk.add(12, "A"), await desk.add(12, "B")
    for done in range(24):
        started = await desk.runner.until_started(min(done + 3, 24))
        desk.runner.end(started[done])
        await desk.until(started[done], Status.COMPLETED)
    assert desk.runner.most_running == 3
    assert set(desk.runner.started) == {*first, *second}
    early = set(desk.runner.started[:6])
    assert len(early & set(first)) >= 2
    assert len(early & set(second)) >= 2


async def test_failure_is_recorded_and_stops_nothing(desk: Desk) -> None:
    """An episode that fails leaves its error behind; the others go on."""
    episodes = await desk.add(4)
    await desk.runner.until_started(3)
    desk.runner.end(episodes[0], NotMediaError(url="https://example.org/1", found="a web page"))
    assert await desk.runner.until_started(4) == episodes
    await desk.until(episodes[0], Status.FAILED)
    failed = await desk.store.episode(episodes[0])
    assert failed is not None
    assert failed.error is not None
    assert (failed.error.code, failed.error.params["found"]) == ("not_media", "a web page")
    desk.runner.end(episodes[1])
    await desk.until_over(episodes[1])
    assert desk.announcer.tally.attempts == {(Status.FAILED, "not_media"): 1, (Status.COMPLETED, ""): 1}


async def test_defect_is_recorded_as_internal(desk: Desk) -> None:
    """An exception that nobody foresaw fails its episode and nothing else."""
    episodes = await desk.add(4)
    await desk.runner.until_started(3)
    desk.runner.end(episodes[1], ZeroDivisionError("division by zero"))
    await desk.runner.until_started(4)
    await desk.until(episodes[1], Status.FAILED)
    failed = await desk.store.episode(episodes[1])
    assert failed is not None
    assert failed.error is not None
    assert failed.error.code == "internal"


async def test_more_slots_act_at_once(desk: Desk) -> None:
    """Raising the number starts episodes; lowering it stops none, and holds back the next."""
    episodes = await desk.add(12)
    await desk.runner.until_started(3)
    desk.slots.resize(6)
    assert len(await desk.runner.until_started(6)) == 6
    desk.slots.resize(1)
    assert len(desk.runner.running) == 6
    for episode_id in episodes[:5]:
        desk.runner.end(episode_id)
        await desk.until(episode_id, Status.COMPLETED)
    assert desk.runner.running == {episodes[5]}
    desk.runner.end(episodes[5])
    assert (await desk.runner.until_started(7))[6] == episodes[6]
    assert desk.runner.running == {episodes[6]}


async def test_slot_that_is_taken_back_at_once_starts_nothing(desk: Desk) -> None:
    """The number is lowered again between the moment in which a slot is given and that in which it would be used."""
    desk.slots.resize(0)
    await desk.until_held(0)
    (episode,) = await desk.add(1)
    while not desk.slots.waiting:
        await settle()
    desk.slots.resize(1)
    desk.slots.resize(0)
    while desk.slots.held:
        assert not desk.runner.started
        await desk.clock.run(0.05)
    desk.slots.resize(1)
    assert await desk.runner.until_started(1) == [episode]


async def test_what_is_being_claimed_runs_before_settings_are_told(desk: Desk, settings: Settings) -> None:
    """Whoever lowered the number and has the answer sees all that will still run."""
    desk.slots.resize(0)
    await desk.until_held(0)
    (episode,) = await desk.add(1)
    busy, gate = asyncio.Event(), asyncio.Event()

    async def change() -> Changed:
        busy.set()
        await gate.wait()
        return Changed()

    changing = asyncio.create_task(desk.transitions.carry_out(change))
    await busy.wait()
    desk.slots.resize(1)
    await desk.until_held(1)
    await settle()
    desk.slots.resize(0)
    telling = asyncio.create_task(desk.transitions.tell_settings(settings))
    await settle()
    gate.set()
    await telling
    assert desk.announcer.live(episode) is not None
    await changing


async def test_pause_gives_the_slot_to_the_next(desk: Desk) -> None:
    """A paused episode stops and its slot is used by another."""
    episodes = await desk.add(4)
    await desk.runner.until_started(3)
    await desk.control.act_on_episode(episodes[0], Action.PAUSE)
    assert episodes[0] not in desk.runner.running
    assert (await desk.runner.until_started(4))[3] == episodes[3]
    assert await desk.status(episodes[0]) is Status.PAUSED


async def test_resumed_episode_waits_for_its_own_end(desk: Desk) -> None:
    """An episode that is resumed while it still cleans up is not run twice at a time."""
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pausing = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.PAUSE))
    await desk.until(episode_id, Status.PAUSED)
    resuming = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.RESUME))
    while len([task for task in asyncio.all_tasks() if task.get_name() == f"episode-{episode_id}"]) < 2:
        await desk.clock.run(0.05)
    for _ in range(3):  # whatever the second task does first has been done after these
        await settle()
        assert await desk.status(episode_id) is Status.DOWNLOADING
    assert desk.runner.started == [episode_id]
    desk.runner.stubborn.set()
    assert await desk.runner.until_started(2) == [episode_id, episode_id]
    await asyncio.gather(pausing, resuming)


async def test_task_cancelled_before_its_first_step_gives_its_slot_back(desk: Desk) -> None:
    """Pausing in the very step in which an episode is claimed leaves no slot behind."""
    desk.supervisor.set_open(False)
    episodes = await desk.add(3)
    desk.supervisor.set_open(True)
    for _ in range(10):
        await asyncio.gather(*(desk.control.act_on_episode(each, Action.PAUSE) for each in episodes))
        await asyncio.gather(*(desk.control.act_on_episode(each, Action.RESUME) for each in episodes))
    for episode_id in episodes:
        await desk.until(episode_id, Status.DOWNLOADING)
    desk.slots.resize(0)
    for episode_id in episodes:
        await desk.control.act_on_episode(episode_id, Action.CANCEL)
    assert desk.slots.held == 0
    assert not desk.runner.running


async def test_closed_supervisor_starts_nothing(desk: Desk) -> None:
    """While it is closed nothing starts; what runs goes on."""
    first = await desk.add(1)
    await desk.runner.until_started(1)
    desk.supervisor.set_open(False)
    second = await desk.add(1)
    desk.runner.end(first[0])
    await desk.until(first[0], Status.COMPLETED)
    assert await desk.status(second[0]) is Status.QUEUED
    desk.supervisor.set_open(True)
    assert await desk.runner.until_started(2) == [*first, *second]


async def test_stopping_writes_nothing(settings: Settings) -> None:
    """The end of the supervisor leaves rows as a crash would: start-up recovery is the one way back."""
    async with open_desk(settings) as desk:
        (episode_id,) = await desk.add(1)
        await desk.runner.until_started(1)
        store = desk.store
        desk.supervisor.set_open(False)
        running = [task for task in asyncio.all_tasks() if task.get_name() == f"episode-{episode_id}"]
        running[0].cancel()
        await asyncio.wait(running)
        assert await desk.status(episode_id) is Status.DOWNLOADING
        assert [episode.id for episode in await store.requeue_interrupted(now=2.0)] == [episode_id]


async def test_job_limit_reaches_what_runs(desk: Desk) -> None:
    """A job's bandwidth limit is shared by its episodes and can change while they run."""
    job = await desk.add_job(2, bandwidth_limit_bytes_per_s=50_000)
    await desk.runner.until_started(2)
    throttle = desk.runner.throttles[job.id]
    assert not throttle.is_open
    changed = await desk.store.update_job(job.id, bandwidth_limit_bytes_per_s=None)
    assert changed is not None
    desk.throttles.limit_job(changed)
    assert throttle.is_open


async def test_job_deleted_under_a_waiting_task(desk: Desk) -> None:
    """A task that finds its job gone ends, and its slot is free again."""
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pausing = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.PAUSE))
    await desk.until(episode_id, Status.PAUSED)
    resuming = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.RESUME))
    await desk.until(episode_id, Status.DOWNLOADING)
    await desk.store.remove(Selection.of(jobs=[1]))
    desk.runner.stubborn.set()
    await asyncio.gather(pausing, resuming)
    (next_id,) = await desk.add(1)
    assert await desk.runner.until_started(2) == [episode_id, next_id]
    await desk.until_held(1)


async def test_bytes_of_what_was_stopped_are_counted_too(desk: Desk) -> None:
    """As long as it runs and afterwards, and what was thrown away of them."""
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    live = desk.announcer.live(episode_id)
    assert live is not None
    progress = live.start_download(media(), desk.clock)
    with progress.attempt(0, 0, 10) as attempt:
        attempt.add(10)
        attempt.keep()
    with progress.attempt(0, 1, 10) as attempt:
        attempt.add(4)
    assert desk.announcer.fetched_bytes() == 14
    await desk.control.act(Selection.of(episodes=[episode_id]), Action.PAUSE)
    await desk.until_over(episode_id)
    tally = desk.announcer.tally
    assert (desk.announcer.fetched_bytes(), tally.fetched_bytes, tally.wasted_bytes) == (14, 14, 4)
    assert not tally.attempts
