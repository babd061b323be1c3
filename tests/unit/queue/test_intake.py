"""Requests that come while others are being stored are stored together, and each gets what it would get alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import DiskFullError, RequestInvalidError
from aniworld_dl.model import EpisodeRef, JobRequest, Status
from aniworld_dl.queue.duplicates import Added, Asked
from aniworld_dl.queue.intake import Intake
from tests.builders import request
from tests.unit.queue.desk import Desk, open_desk
from tests.unit.queue.stream import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.errors import AniworldDlError


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


async def add(desk: Desk, *asked: JobRequest, series: frozenset[int] = frozenset()) -> list[Any]:
    """Ask for all of these at the same moment."""
    calls = (desk.transitions.add_job(each, series) for each in asked)
    return await asyncio.gather(*calls, return_exceptions=True)


def at(*places: tuple[str, int], title: str = "Series", **fields: Any) -> JobRequest:
    refs = tuple(EpisodeRef(url=f"https://example.org/{name}", season=1, number=number) for name, number in places)
    return JobRequest(anime_title=title, episodes=refs, **fields)


async def test_requests_at_once_are_one_transaction_and_one_message(desk: Desk) -> None:
    """In the order in which they were made."""
    changes = 0
    write = desk.store._write

    async def counted(change: Any) -> Any:
        nonlocal changes
        changes += 1
        return await write(change)

    desk.store._write = counted
    reader = desk.hub.subscribe()
    await read(reader)
    await desk.transitions.aclose()  # which has nothing to wait for
    added = await add(desk, *(request(f"{number}a", f"{number}b", title=f"S{number}") for number in range(9)))
    assert [(each.job.anime_title, each.created) for each in added] == [(f"S{number}", True) for number in range(9)]
    assert [each.job.id for each in added] == sorted(each.job.id for each in added)
    assert [each.job.position for each in added] == sorted(each.job.position for each in added)
    assert all(each.job.counts == {Status.QUEUED: 2} for each in added)
    await desk.clock.run(0.5)
    assert set((await read(reader))["jobs"]) == {str(each.job.id) for each in added}
    assert changes == 1


async def test_what_two_have_in_common_is_queued_once(desk: Desk) -> None:
    """By address, by place and by idempotency key; the earlier one has it."""
    first, by_address, by_place, whole, unlike = await add(
        desk,
        at(("a", 1), ("b", 2)),
        at(("b", 7), ("c", 8)),
        at(("elsewhere", 1), ("d", 9)),
        at(("a", 1)),
        at(("e", 1), title="Another"),
    )
    assert [each.created for each in (first, by_address, by_place, whole, unlike)] == [True, True, True, False, True]
    assert [[(it.job_id, it.episode_id) for it in each.duplicates] for each in (by_address, by_place, whole)] == [
        [(first.job.id, 2)],
        [(first.job.id, 1)],
        [(first.job.id, 1)],
    ]
    assert (by_place.job.total_episodes, by_place.job.duplicates, whole.job.id) == (1, 1, first.job.id)
    once, again, other = await add(
        desk,
        request("x", idempotency_key="k"),
        request("y", idempotency_key="k"),
        request("z", idempotency_key="other"),
    )
    assert (once.created, again.created, again.job.id, other.created) == (True, False, once.job.id, True)
    later, fresh = await add(desk, request("w", idempotency_key="k"), request("v"))
    assert (later.created, later.job.id, fresh.created) == (False, once.job.id, True)


async def test_one_that_cannot_be_stored_stops_no_other(desk: Desk) -> None:
    good, bad, last = await add(desk, request("a"), request("b", title="half \ud800"), request("c"))
    assert (good.created, last.created) == (True, True)
    assert isinstance(bad, RequestInvalidError)
    assert (await desk.store.jobs()).total == 2


async def test_series_among_them_wait_to_be_expanded(desk: Desk) -> None:
    added = await add(desk, request("s1", "a1"), request("s2", "a2", paused=True), series=frozenset({0}))
    assert [(each.job.total_episodes, each.job.pending_expansions) for each in added] == [(2, 1), (2, 1)]
    assert [each.job.paused_expansions for each in added] == [0, 1]


async def test_many_episodes_do_not_hold_up_the_others(desk: Desk) -> None:
    """A request of thousands goes alone, and its keys are made in a thread."""
    first, large, last = await add(
        desk, request("a"), request(*(f"{number}" for number in range(2500)), title="Large"), request("b")
    )
    assert [each.job.total_episodes for each in (first, large, last)] == [1, 2500, 1]


class Storing:
    """Stores when it is told to, and notes what it was given at once."""

    def __init__(self) -> None:
        self.given: list[list[str]] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.error: BaseException | None = None

    async def __call__(self, asked: Sequence[Asked]) -> Sequence[Added | AniworldDlError]:
        self.given.append([each.request.anime_title for each in asked])
        self.begun.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return [Added(None, created=True)] * len(asked)  # type: ignore[arg-type]


def asked(title: str) -> Asked:
    return Asked(request=request("a", title=title))


async def test_a_cancelled_caller_is_left_out_before_its_turn_and_no_trouble_after_it() -> None:
    storing = Storing()
    intake = Intake(storing)
    await intake.aclose()
    tasks = [asyncio.create_task(intake.take(asked(title))) for title in "abc"]
    await storing.begun.wait()
    late = [asyncio.create_task(intake.take(asked(title))) for title in "de"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    late[0].cancel()
    storing.go_on.set()
    await intake.aclose()
    outcomes = await asyncio.gather(*tasks, *late, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in outcomes] == [False, True, False, True, False]
    assert storing.given == [["a", "b", "c"], ["e"]]


@pytest.mark.parametrize("error", [DiskFullError(path="/"), LookupError("defect")])
async def test_a_failure_reaches_everyone_who_waits_and_nobody_else(error: Exception) -> None:
    storing = Storing()
    storing.error = error
    storing.go_on.set()
    intake = Intake(storing)
    outcomes = await asyncio.gather(*(intake.take(asked(title)) for title in "ab"), return_exceptions=True)
    assert outcomes == [error, error]
    storing.error = None
    assert (await intake.take(asked("c"))).created


async def test_when_its_task_is_cancelled_nobody_waits_for_ever() -> None:
    storing = Storing()
    intake = Intake(storing)
    tasks = [asyncio.create_task(intake.take(asked(title))) for title in "ab"]
    await storing.begun.wait()
    assert intake._task is not None
    intake._task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in outcomes] == [asyncio.CancelledError] * 2
