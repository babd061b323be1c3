"""Start now: what it starts, that it goes beyond the slots, and that no slot is lost by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st

from aniworld_dl.errors import ConnectError
from aniworld_dl.model import EVERYTHING, Action, EpisodeRef, Hold, HoldReason, JobRequest, Selection, Status
from aniworld_dl.queue import control
from aniworld_dl.queue.store import Details
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=1) as opened:
        yield opened


async def only_these_slots(desk: Desk, held: int) -> None:
    """Wait until so many slots are held; the supervisor holds one for a moment whenever it looks for work."""
    while desk.slots.held != held:
        await desk.clock.run(0.05)


async def test_starts_beyond_the_slots(desk: Desk) -> None:
    """It runs beside what runs; when that ends, its slot is not given to another until there is room again."""
    first, second, third = await desk.add(3)
    await desk.runner.until_started(1)
    started = await desk.control.act_on_episode(third, Action.START)
    assert (started.status, started.attempt) == (Status.DOWNLOADING, 1)
    assert await desk.runner.until_started(2) == [first, third]
    assert (desk.slots.held, desk.slots.slots) == (2, 1)
    desk.runner.end(first)
    await desk.until(first, Status.COMPLETED)
    await desk.clock.run(1)
    assert (desk.runner.running, await desk.status(second)) == ({third}, Status.QUEUED)
    desk.runner.end(third)
    assert await desk.runner.until_started(3) == [first, third, second]


async def test_starts_while_nothing_else_may(desk: Desk) -> None:
    """Neither no slots at all nor a queue that is paused keeps it from starting, and nothing else starts with it."""
    desk.slots.resize(0)
    desk.supervisor.set_open(False)
    first, second = await desk.add(2)
    await desk.control.act_on_episode(second, Action.START)
    assert await desk.runner.until_started(1) == [second]
    desk.runner.end(second)
    await desk.until(second, Status.COMPLETED)
    await only_these_slots(desk, 0)
    assert await desk.status(first) is Status.QUEUED


async def test_starts_what_is_held(desk: Desk) -> None:
    """A hold ends with it, and the episode has all its retries again."""
    desk.supervisor.set_open(False)
    (episode_id,) = await desk.add(1)
    hold = Hold(reason=HoldReason.RETRY_BACKOFF, until=1e9)
    await desk.transitions.move_episode(episode_id, Status.PAUSED)
    await desk.transitions.move_episode(episode_id, Status.QUEUED, details=Details(hold=hold, retries=3))
    started = await desk.control.act_on_episode(episode_id, Action.START)
    assert (started.status, started.hold, started.retries) == (Status.DOWNLOADING, None, 0)


async def test_can_be_paused_again(desk: Desk) -> None:
    """Pausing, resuming and cancelling take it like any other, and give its slot back."""
    first, second = await desk.add(2)
    await desk.runner.until_started(1)
    await desk.control.act_on_episode(second, Action.START)
    await desk.runner.until_started(2)
    assert (await desk.control.act_on_episode(second, Action.PAUSE)).status is Status.PAUSED
    assert (desk.runner.running, desk.slots.held) == ({first}, 1)
    assert (await desk.control.act_on_episode(second, Action.START)).attempt == 2
    await desk.runner.until_started(3)
    await desk.control.act_on_episode(second, Action.CANCEL)
    assert (desk.runner.running, desk.slots.held) == ({first}, 1)


async def test_waits_for_the_end_of_the_run_before(desk: Desk) -> None:
    """Who is started while it still cleans up never runs twice at a time."""
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pausing = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.PAUSE))
    await desk.until(episode_id, Status.PAUSED)
    await desk.control.act_on_episode(episode_id, Action.START)
    assert (await desk.status(episode_id), desk.slots.held) == (Status.DOWNLOADING, 2)
    desk.runner.stubborn.set()
    assert await desk.runner.until_started(2) == [episode_id, episode_id]
    await pausing
    await only_these_slots(desk, 1)


async def test_failure_of_what_was_started_gives_its_slot_back(desk: Desk) -> None:
    desk.slots.resize(0)
    (episode_id,) = await desk.add(1)
    await desk.control.act_on_episode(episode_id, Action.START)
    await desk.runner.until_started(1)
    desk.runner.end(episode_id, ConnectError(host="example.org", reason="refused"))
    await desk.until(episode_id, Status.FAILED)
    await only_these_slots(desk, 0)
    assert (await desk.control.act_on_episode(episode_id, Action.START)).error is None


async def test_no_more_than_makes_sense_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long job the first in the order of claims start; the rest is queued, and that is no refusal."""
    monkeypatch.setattr(control, "MOST_STARTED", 2)
    desk.supervisor.set_open(False)
    low = await desk.add(2, "Low", paused=True)
    high = await desk.add(3, "High", priority=1)
    outcome = await desk.control.act(EVERYTHING, Action.START)
    assert (outcome.changed, outcome.refused) == (4, ())  # two started, two no longer paused
    assert sorted(await desk.runner.until_started(2)) == high[:2]
    assert [await desk.status(each) for each in [*low, high[2]]] == [Status.QUEUED] * 3
    again = await desk.control.act(Selection.of(episodes=[low[1], high[2]]), Action.START)
    assert (again.changed, again.refused) == (2, ())


async def test_addresses_of_a_job_wait_again(desk: Desk) -> None:
    """A paused job without episodes yet is listed, and its episodes come queued."""
    request = JobRequest(anime_title="S", episodes=(EpisodeRef(url="https://example.org/series"),), paused=True)
    job, _ = await desk.store.add_job(request, series_indexes=frozenset({0}), now=1.0)
    assert (await desk.control.act_on_job(job.id, Action.START)).status is Status.QUEUED


async def test_told_at_once(desk: Desk) -> None:
    """Who listens sees it run although it is not its turn."""
    desk.slots.resize(0)
    (episode_id,) = await desk.add(1)
    await desk.control.act_on_episode(episode_id, Action.START)
    desk.hub.flush()
    _, snapshot = desk.hub.snapshot()
    assert f'"episodes":{{"{episode_id}":' in snapshot
    assert desk.announcer.stats()["running"] == 1


async def test_a_caller_that_leaves_changes_nothing(desk: Desk) -> None:
    """Whatever moment the caller is cancelled in, a row that says it runs has a task, and a paused one has none."""
    desk.slots.resize(0)
    (episode_id,) = await desk.add(1)
    for action in [Action.START, Action.PAUSE] * 4:
        for steps in range(6):
            caller = asyncio.create_task(desk.control.act_on_episode(episode_id, action))
            for _ in range(steps):
                await asyncio.sleep(0)
            caller.cancel()
            await asyncio.wait([caller])
        wanted = Status.DOWNLOADING if action is Action.START else Status.PAUSED
        await desk.until(episode_id, wanted)
        while desk.runner.running != ({episode_id} if action is Action.START else set()):
            await desk.clock.run(0.05)
    await only_these_slots(desk, 0)


async def test_closing_ends_what_is_under_way(desk: Desk) -> None:
    """What was begun ends as in a crash; closing when there is nothing to end is no trouble."""
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.stubborn.clear()
    pausing = asyncio.create_task(desk.control.act_on_episode(episode_id, Action.PAUSE))
    await desk.until(episode_id, Status.PAUSED)
    await desk.control.aclose()
    with pytest.raises(asyncio.CancelledError):
        await pausing
    desk.runner.stubborn.set()
    await desk.control.aclose()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "pause", "resume", "cancel", "retry", "end", "fail", "slots", "open", "remove"]),
        st.integers(0, 4),
    ),
    max_size=25,
)


@hypothesis.given(steps=STEPS)
@hypothesis.settings(max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_no_slot_is_lost_whatever_happens(settings: Settings, steps: list[tuple[str, int]]) -> None:
    """Rows, tasks and slots agree after any sequence of actions, and all slots are free when nothing runs."""

    async def scenario() -> None:
        async with open_desk(settings, slots=2) as desk:
            episodes = await desk.add(5)
            for step, number in steps:
                await one_step(desk, step, episodes[number], number)
            desk.supervisor.set_open(False)
            await desk.control.act(EVERYTHING, Action.PAUSE)
            await only_these_slots(desk, 0)
            assert not desk.runner.running
            assert desk.announcer.stats()["running"] == 0
            assert (await desk.store.counts())[Status.DOWNLOADING] == 0

    with asyncio.Runner() as runner:
        runner.run(scenario())


async def one_step(desk: Desk, step: str, episode_id: int, number: int) -> None:
    if step in set(Action):
        await desk.control.act(Selection.of(episodes=[episode_id]), Action(step))
    elif step == "remove":
        await desk.control.remove(Selection.of(episodes=[episode_id]))
    elif step == "slots":
        desk.slots.resize(number)
    elif step == "open":
        desk.supervisor.set_open(bool(number))
    elif episode_id in desk.runner.running:
        error = ConnectError(host="example.org", reason="refused") if step == "fail" else None
        desk.runner.end(episode_id, error)
        while episode_id in desk.runner.running:
            await desk.clock.run(0.05)
