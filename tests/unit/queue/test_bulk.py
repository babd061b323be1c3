"""One action for many: what it changes, what it refuses, and that it is one transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import ConnectError
from aniworld_dl.model import EVERYTHING, Action, EpisodeRef, JobRequest, Selection, Status
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.queue.control import Outcome


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


def reasons(outcome: Outcome) -> list[tuple[object, object, str]]:
    """Return what was refused: kind, id and code."""
    return [(error.params["what"], error.params["id"], error.code) for error in outcome.refused]


async def statuses(desk: Desk, episodes: Sequence[int]) -> list[Status]:
    return [await desk.status(each) for each in episodes]


async def test_jobs_and_episodes_in_one_action(desk: Desk) -> None:
    """All of the jobs and each of the episodes, whatever runs among them; the rest is left alone."""
    first, second, third = await desk.add(3, "A"), await desk.add(2, "B"), await desk.add(2, "C")
    await desk.runner.until_started(2)
    outcome = await desk.control.act(Selection.of(jobs=[1], episodes=[second[1], first[0]]), Action.PAUSE)
    assert (outcome.changed, outcome.refused) == (4, ())
    assert await statuses(desk, first) == [Status.PAUSED] * 3
    assert await desk.status(second[1]) is Status.PAUSED
    assert not desk.runner.running & {*first, second[1]}
    assert Status.PAUSED not in await statuses(desk, [second[0], *third])


async def test_everything(desk: Desk) -> None:
    await desk.add(3, "A")
    await desk.add(3, "B")
    await desk.runner.until_started(2)
    assert (await desk.control.act(EVERYTHING, Action.CANCEL)).changed == 6
    assert (await desk.store.counts())[Status.CANCELLED] == 6
    assert not desk.runner.running
    await desk.forget()
    assert len(desk.runner.discarded) == 2


async def test_what_a_single_item_is_refused_is_listed(desk: Desk) -> None:
    """Each by its id; the others are done all the same. What is done already is no refusal."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    desk.runner.end(episodes[0])
    desk.runner.end(episodes[1], ConnectError(host="example.org", reason="refused"))
    await desk.until(episodes[0], Status.COMPLETED)
    await desk.until(episodes[1], Status.FAILED)
    await desk.until(episodes[2], Status.DOWNLOADING)
    selection = Selection.of(jobs=[1, 77], episodes=[*episodes, 99])
    outcome = await desk.control.act(selection, Action.PAUSE)
    assert outcome.changed == 1
    assert reasons(outcome) == [
        ("job", 77, "not_found"),
        ("episode", episodes[0], "move_refused"),
        ("episode", episodes[1], "move_refused"),
        ("episode", 99, "not_found"),
    ]
    assert outcome.refused[1].params["status"] == "completed"
    again = await desk.control.act(Selection.of(jobs=[1], episodes=episodes[2:]), Action.PAUSE)
    assert (again.changed, again.refused) == (0, ())
    refused = await desk.control.act(Selection.of(jobs=[1]), Action.RESUME)
    assert refused.changed == 1


async def test_addresses_count_as_changed(desk: Desk) -> None:
    request = JobRequest(anime_title="S", episodes=(EpisodeRef(url="https://example.org/series"),))
    await desk.store.add_job(request, series_indexes=frozenset({0}), now=1.0)
    for action in (Action.PAUSE, Action.RESUME, Action.CANCEL, Action.RETRY):
        outcome = await desk.control.act(EVERYTHING, action)
        assert (action, outcome.changed, outcome.refused) == (action, 1, ())


async def test_thousands_at_once_are_one_transaction(desk: Desk) -> None:
    """Nobody who reads meanwhile sees half of it."""
    desk.supervisor.set_open(False)
    await desk.add(3000)
    outcome = asyncio.create_task(desk.control.act(Selection.of(episodes=range(1, 2501)), Action.PAUSE))
    seen = set()
    while not outcome.done():
        seen.add((await desk.store.counts())[Status.PAUSED])
    assert seen <= {0, 2500}
    assert (await outcome).changed == 2500
    assert (await desk.store.counts())[Status.QUEUED] == 500


async def test_removing_episodes(desk: Desk) -> None:
    """What runs is stopped, the job stays as long as something belongs to it."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    outcome = await desk.control.remove(Selection.of(episodes=[episodes[0], episodes[2], 99]))
    assert outcome.changed == 2
    assert reasons(outcome) == [("episode", 99, "not_found")]
    assert desk.runner.running == {episodes[1]}
    assert (await desk.control.job(1)).counts == {Status.DOWNLOADING: 1}
    assert (await desk.control.remove(Selection.of(episodes=[episodes[1]]))).changed == 1
    assert await desk.store.job(1) is None
    assert not desk.runner.running
    assert desk.announcer.stats() | {"running": 0, "queued": 0} == desk.announcer.stats()
    assert desk.runner.discarded == []
    await desk.forget()
    assert desk.runner.discarded == episodes[:2]


async def test_a_job_whose_address_is_left_stays(desk: Desk) -> None:
    urls = tuple(EpisodeRef(url=f"https://example.org/{name}") for name in ("1", "series"))
    desk.supervisor.set_open(False)
    await desk.store.add_job(JobRequest(anime_title="S", episodes=urls), series_indexes=frozenset({1}), now=1.0)
    assert (await desk.control.remove(Selection.of(episodes=[1]))).changed == 1
    assert (await desk.control.job(1)).pending_expansions == 1


async def test_finished_files_are_not_discarded(desk: Desk) -> None:
    """Removing a job touches nothing of what it has completed."""
    episodes = await desk.add(2)
    await desk.runner.until_started(2)
    desk.runner.end(episodes[0])
    await desk.until(episodes[0], Status.COMPLETED)
    assert (await desk.control.remove(EVERYTHING)).changed == 1
    await desk.forget()
    assert desk.runner.discarded == [episodes[1]]
    assert not (await desk.store.jobs()).items


async def test_removal_is_told(desk: Desk) -> None:
    """Subscribers hear which rows are gone, and what is left of their job."""
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    await desk.clock.run(1)
    desk.hub.flush()
    seq = desk.hub.seq
    await desk.control.remove(Selection.of(episodes=[episodes[1]]))
    desk.hub.flush()
    text = ""
    while (message := desk.hub.after(seq)) is not None:
        text, seq = text + message, seq + 1
    assert f'"{episodes[1]}":null' in text
    assert '"total_episodes":2' in text
    assert f'"{episodes[1]}"' not in desk.hub.snapshot()[1]


async def test_clearing_takes_the_jobs_that_have_ended_so(desk: Desk) -> None:
    """Only ended ones, whatever is asked for."""
    for title in ("A", "B", "C"):
        await desk.add(1, title)
    await desk.runner.until_started(2)
    desk.runner.end(1)
    await desk.until(1, Status.COMPLETED)
    await desk.control.act_on_job(2, Action.CANCEL)
    assert (await desk.control.clear([Status.FAILED])).changed == 0
    assert (await desk.control.clear([Status.COMPLETED])).changed == 1
    assert (await desk.control.clear(Status)).changed == 1
    assert [job.id for job in (await desk.store.jobs()).items] == [3]


async def test_cancelled_and_removed_at_the_same_time(desk: Desk) -> None:
    """Whoever comes second finds the job gone and is in nobody's way."""
    episodes = await desk.add(2)
    await desk.runner.until_started(2)
    desk.runner.stubborn.clear()
    cancelling = asyncio.create_task(desk.control.act(EVERYTHING, Action.CANCEL))
    await desk.until(episodes[0], Status.CANCELLED)
    removing = asyncio.create_task(desk.control.remove(EVERYTHING))
    while (await desk.store.jobs()).items:
        await desk.clock.run(0.05)
    desk.runner.stubborn.set()
    assert (await cancelling).changed == 2
    assert (await removing).changed == 1
    await desk.forget()
    assert set(desk.runner.discarded) == set(episodes)
