"""Queued episodes that are held back: passed over, shown with their reason, and let go in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import EVERYTHING, Action, Hold, HoldReason, Selection, Status
from aniworld_dl.queue.store import Details
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=1) as opened:
        yield opened


async def _hold(desk: Desk, episode_id: int, hold: Hold) -> None:
    await desk.transitions.move_episode(episode_id, Status.QUEUED, details=Details(hold=hold))
    desk.holds.changed()
    await desk.supervisor.stop([episode_id])


async def test_a_held_episode_is_passed_over_until_its_time(desk: Desk) -> None:
    first, second = await desk.add(2)
    await desk.runner.until_started(1)
    hold = Hold(reason=HoldReason.RETRY_BACKOFF, until=desk.clock.time() + 30, params={"attempt": 1})
    await _hold(desk, first, hold)
    assert await desk.runner.until_started(2) == [first, second]
    episode = await desk.store.episode(first)
    assert episode is not None
    view = desk.announcer.view_episode(episode)
    assert (view["reason"], view["reason_params"]) == ("retry_backoff", {"attempt": 1})
    assert view["reason_until"] is not None
    desk.runner.end(second)
    await desk.until(second, Status.COMPLETED)
    await desk.clock.run(29)
    assert await desk.status(first) is Status.QUEUED
    await desk.clock.run(2)
    assert await desk.runner.until_started(3) == [first, second, first]


@pytest.mark.parametrize("years", [-1, 1])
async def test_a_clock_that_is_set_anew_holds_nothing_for_long(desk: Desk, years: int) -> None:
    (only,) = await desk.add(1)
    await desk.runner.until_started(1)
    await _hold(desk, only, Hold(reason=HoldReason.RETRY_BACKOFF, until=desk.clock.time() + 1800))
    desk.clock.set_anew(years * 365 * 86_400)
    while len(desk.runner.started) < 2:
        await desk.clock.run(10)
    assert desk.clock.monotonic() < 86_400


async def test_a_hold_without_an_end_is_ended_by_whoever_set_it(desk: Desk) -> None:
    (only,) = await desk.add(1)
    await desk.runner.until_started(1)
    await _hold(desk, only, Hold(reason=HoldReason.DISK_RESERVE, params={"missing_bytes": 7}))
    await desk.clock.run(3600)
    assert await desk.status(only) is Status.QUEUED
    await desk.transitions.end_holds_of(HoldReason.RETRY_BACKOFF, [only])
    job = await desk.store.job(1)
    assert job is not None
    assert desk.announcer.view_job(job)["reason"] == "disk_reserve"
    await desk.transitions.end_holds_of(HoldReason.DISK_RESERVE, [only])
    desk.supervisor.wake()
    assert await desk.runner.until_started(2) == [only, only]


async def test_what_is_tried_again_later_is_tried_at_once_when_a_user_asks_for_it(desk: Desk) -> None:
    """With new retries. What a server or the disk asks for is not his to end."""
    first, second = await desk.add(2)
    later = desk.clock.time() + 1800
    for number, (each, reason) in enumerate(
        ((first, HoldReason.RETRY_BACKOFF), (second, HoldReason.HOST_COOLDOWN)), start=1
    ):
        await desk.runner.until_started(number)
        await desk.transitions.move_episode(
            each, Status.QUEUED, details=Details(hold=Hold(reason=reason, until=later), retries=4)
        )
        await desk.supervisor.stop([each])
    outcome = await desk.control.act(Selection.of(jobs=[1]), Action.RETRY)
    assert (outcome.changed, outcome.refused) == (1, ())
    assert (await desk.runner.until_started(3))[2:] == [first]
    rows = [await desk.store.episode(each) for each in (first, second)]
    assert [(row.retries, row.hold is None) for row in rows if row] == [(0, True), (4, False)]


async def test_what_waits_for_a_person_goes_on_when_it_is_retried_and_not_before(desk: Desk) -> None:
    """A retry of an episode or of a job lets go what is selected; nothing else of it changes."""
    first, second, third = await desk.add(3)
    (other,) = await desk.add(1, "Other")
    page = {"url": "https://a.example/1", "provider": "direct"}
    for number, each in enumerate((first, second, third, other), start=1):
        await desk.runner.until_started(number)
        await _hold(desk, each, Hold(reason=HoldReason.NEEDS_PERSON, params=page))
    await desk.clock.run(86_400)
    episode = await desk.control.act_on_episode(second, Action.RETRY)
    assert (episode.status, episode.hold) == (Status.QUEUED, None)
    assert (await desk.runner.until_started(5))[4:] == [second]
    outcome = await desk.control.act(Selection.of(jobs=[1]), Action.RETRY)
    assert outcome.changed == 2
    assert [each.id for each in await desk.store.held(HoldReason.NEEDS_PERSON, 9)] == [other]
    assert (await desk.control.act(EVERYTHING, Action.RETRY)).changed == 1
    again = await desk.control.act_on_episode(other, Action.RETRY)
    assert again.status is Status.QUEUED
