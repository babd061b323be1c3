"""What users can do: which action is possible when, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import ConnectError, MoveRefusedError, NotFoundError
from aniworld_dl.model import Action, EpisodeRef, ErrorInfo, JobRequest, Selection, Status
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

ERROR = ErrorInfo(code="connect_failed", params={}, text="no connection")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


async def put(desk: Desk, status: Status) -> int:
    """Return an episode that stands at `status`."""
    desk.supervisor.set_open(status in {Status.DOWNLOADING, Status.COMPLETED, Status.FAILED})
    (episode_id,) = await desk.add(1)
    if status is Status.PAUSED:
        await desk.control.act_on_episode(episode_id, Action.PAUSE)
    elif status is Status.CANCELLED:
        await desk.control.act_on_episode(episode_id, Action.CANCEL)
    elif status is not Status.QUEUED:
        await desk.runner.until_started(1)
        if status is Status.FAILED:
            desk.runner.end(episode_id, ConnectError(host="example.org", reason="refused"))
        elif status is Status.COMPLETED:
            desk.runner.end(episode_id)
        await desk.until(episode_id, status)
        desk.supervisor.set_open(False)
    return episode_id


AFTER: dict[tuple[Action, Status], Status] = {
    (Action.PAUSE, Status.QUEUED): Status.PAUSED,
    (Action.PAUSE, Status.DOWNLOADING): Status.PAUSED,
    (Action.PAUSE, Status.PAUSED): Status.PAUSED,
    (Action.RESUME, Status.PAUSED): Status.QUEUED,
    (Action.RESUME, Status.QUEUED): Status.QUEUED,
    (Action.CANCEL, Status.QUEUED): Status.CANCELLED,
    (Action.CANCEL, Status.DOWNLOADING): Status.CANCELLED,
    (Action.CANCEL, Status.PAUSED): Status.CANCELLED,
    (Action.CANCEL, Status.FAILED): Status.CANCELLED,
    (Action.CANCEL, Status.CANCELLED): Status.CANCELLED,
    (Action.RETRY, Status.FAILED): Status.QUEUED,
    (Action.RETRY, Status.CANCELLED): Status.QUEUED,
    (Action.RETRY, Status.QUEUED): Status.QUEUED,
    (Action.REPAIR, Status.FAILED): Status.QUEUED,
    (Action.REPAIR, Status.QUEUED): Status.QUEUED,
    **{(Action.START, status): Status.DOWNLOADING for status in Status if status is not Status.COMPLETED},
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
async def test_every_action_in_every_status(desk: Desk, action: Action, status: Status) -> None:
    """An action does what it says, does nothing when that is done already, or is refused in words."""
    episode_id = await put(desk, status)
    job_id = (await desk.control.episode(episode_id)).job_id
    after = AFTER.get((action, status))
    if after is None:
        with pytest.raises(MoveRefusedError) as refused:
            await desk.control.act_on_episode(episode_id, action)
        assert refused.value.params["status"] == status.value
        with pytest.raises(MoveRefusedError):
            await desk.control.act_on_job(job_id, action)
        assert await desk.status(episode_id) is status
    else:
        assert (await desk.control.act_on_episode(episode_id, action)).status is after
        assert (await desk.control.act_on_job(job_id, action)).status is after


async def test_job_actions_take_all_its_episodes(desk: Desk) -> None:
    """Pausing a job stops what runs and holds what waits; resuming lets it go on; ended ones stay."""
    episodes = await desk.add(4)
    await desk.runner.until_started(2)
    desk.runner.end(episodes[0])
    await desk.runner.until_started(3)
    job = await desk.control.act_on_job(1, Action.PAUSE)
    assert job.counts == {Status.COMPLETED: 1, Status.PAUSED: 3}
    assert not desk.runner.running
    assert not desk.runner.discarded
    await desk.control.act_on_job(1, Action.RESUME)
    assert (await desk.runner.until_started(5))[3:] == episodes[1:3]


async def test_cancel_throws_away_what_was_fetched(desk: Desk) -> None:
    """Cancelling discards the work of episodes that had begun, and of no others, when it cannot be undone any more."""
    episodes = await desk.add(4)
    await desk.runner.until_started(2)
    await desk.control.act_on_job(1, Action.CANCEL)
    assert not desk.runner.running
    assert not desk.runner.discarded
    await desk.forget()
    assert sorted(desk.runner.discarded) == episodes[:2]
    assert [await desk.status(each) for each in episodes] == [Status.CANCELLED] * 4


async def test_retry_takes_failed_and_cancelled_but_not_paused(desk: Desk) -> None:
    """Retrying a job leaves alone what its user has paused."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    desk.runner.end(episodes[0], ConnectError(host="example.org", reason="refused"))
    await desk.until(episodes[0], Status.FAILED)
    desk.supervisor.set_open(False)
    await desk.control.act_on_episode(episodes[1], Action.CANCEL)
    await desk.control.act_on_episode(episodes[2], Action.PAUSE)
    await desk.control.act_on_job(1, Action.RETRY)
    assert [await desk.status(each) for each in episodes] == [Status.QUEUED, Status.QUEUED, Status.PAUSED]


async def test_interrupting_puts_everything_back(desk: Desk) -> None:
    """What runs goes back into the queue and keeps what it has."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    desk.supervisor.set_open(False)
    await desk.control.interrupt_all()
    assert [await desk.status(each) for each in episodes] == [Status.QUEUED] * 3
    assert not desk.runner.running
    assert not desk.runner.discarded


async def test_deleted_job_is_gone(desk: Desk) -> None:
    """Removing stops what runs and forgets the job; a second time there is nothing to remove."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    assert (await desk.control.remove(Selection.of(jobs=[1]))).changed == 1
    assert not desk.runner.running
    for missing in (desk.control.job(1), desk.control.episode(episodes[0])):
        with pytest.raises(NotFoundError):
            await missing
    with pytest.raises(NotFoundError):
        await desk.control.act_on_episode(episodes[0], Action.PAUSE)
    with pytest.raises(NotFoundError):
        await desk.control.act_on_job(1, Action.PAUSE)


async def test_actions_reach_addresses_that_wait_to_be_expanded(desk: Desk) -> None:
    """A job that has no episodes yet can be paused, resumed, cancelled and retried like any other."""
    request = JobRequest(anime_title="Series", episodes=(EpisodeRef(url="https://example.org/series"),))
    job, _ = await desk.store.add_job(request, series_indexes=frozenset({0}), now=1.0)
    assert (await desk.control.act_on_job(job.id, Action.PAUSE)).status is Status.PAUSED
    assert (await desk.control.act_on_job(job.id, Action.RESUME)).status is Status.QUEUED
    (expansion,) = await desk.store.pending_expansions()
    await desk.transitions.fail_expansion(expansion, ERROR, held=False)
    assert (await desk.control.job(job.id)).status is Status.FAILED
    assert (await desk.control.act_on_job(job.id, Action.RETRY)).status is Status.QUEUED
    assert (await desk.control.act_on_job(job.id, Action.CANCEL)).status is Status.CANCELLED
