"""What is written down of each attempt at an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import Figures, Hold, HoldReason, Status
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.lookups import move_episode, move_job
from tests.unit.queue.shelf import FIGURES, Shelf, run_one, timeline

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


@pytest.mark.parametrize(
    ("after", "details", "outcome"),
    [
        (Status.COMPLETED, {}, "completed"),
        (Status.FAILED, {"error": BROKEN}, "failed"),
        (Status.PAUSED, {}, "paused"),
        (Status.CANCELLED, {}, "cancelled"),
        (Status.QUEUED, {}, "requeued"),
        (Status.QUEUED, {"hold": Hold(reason=HoldReason.RETRY_BACKOFF, until=99.0), "error": BROKEN}, "held"),
    ],
)
async def test_an_attempt_is_written_down_as_it_ends(
    desk: Desk, shelf: Shelf, after: Status, details: dict[str, Any], outcome: str
) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    episode = await run_one(desk.store, after, figures=FIGURES, **details)
    (attempt,) = await timeline(shelf, episode.id)
    is_held, is_broken = outcome == "held", "error" in details
    assert attempt == {
        "attempt": 1,
        "outcome": outcome,
        "reason": "retry_backoff" if is_held else None,
        "reason_text": "its last attempt failed; it is tried again later" if is_held else None,
        "started_at": "1970-01-01T00:00:05.000Z",
        "ended_at": "1970-01-01T00:00:10.000Z",
        "duration_s": 5.0,
        "provider": "direct",
        "host": "a.example",
        "bytes_by_host": {"a.example": 900, "b.example": 100},
        "fetched_bytes": 1000,
        "wasted_bytes": 200,
        "segments_retried": 3,
        "average_speed_bytes_per_s": 250,
        "error": {"code": BROKEN.code, "params": dict(BROKEN.params), "text": BROKEN.text} if is_broken else None,
        "error_message": BROKEN.text if is_broken else None,
    }


async def test_moves_that_end_no_attempt_write_none(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a", "b"), now=1.0)
    await move_job(desk.store, 1, Status.PAUSED, now=2.0)
    await move_job(desk.store, 1, Status.QUEUED, now=3.0)
    episode = await run_one(desk.store, Status.FAILED)
    await move_job(desk.store, 1, Status.CANCELLED, now=11.0)
    assert [len(await timeline(shelf, episode_id)) for episode_id in (1, 2)] == [1, 0]
    assert await move_episode(desk.store, episode.id, Status.COMPLETED, now=12.0) is None
    assert len(await timeline(shelf, episode.id)) == 1


async def test_a_job_that_is_moved_ends_the_attempts_of_what_runs(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a", "b", "c"), now=1.0)
    claimed = [await desk.store.claim(now=2.0), await desk.store.claim(now=3.0)]
    assert all(claimed)
    await move_job(desk.store, 1, Status.PAUSED, now=4.0, live={1: Details(figures=FIGURES)})
    assert [attempt["fetched_bytes"] for attempt in await timeline(shelf, 1)] == [1000]
    assert [attempt["fetched_bytes"] for attempt in await timeline(shelf, 2)] == [None]
    assert await timeline(shelf, 3) == []


async def test_recovery_closes_what_was_open(desk: Desk, shelf: Shelf) -> None:
    """When it ended and what it had fetched nobody knows; what ended before stays as it is."""
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.QUEUED, figures=FIGURES)
    await desk.store.claim(now=20.0)
    await desk.store.requeue_interrupted(now=5000.0)
    before, open_one = await timeline(shelf, 1)
    assert (before["outcome"], before["fetched_bytes"]) == ("requeued", 1000)
    assert (open_one["outcome"], open_one["attempt"]) == ("interrupted", 2)
    assert (open_one["started_at"], open_one["ended_at"]) == ("1970-01-01T00:00:20.000Z", None)
    assert (open_one["duration_s"], open_one["fetched_bytes"], open_one["host"]) == (None, None, None)
    await desk.store.requeue_interrupted(now=5001.0)
    assert len(await timeline(shelf, 1)) == 2


async def test_a_long_timeline_is_paged(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    for number in range(5):
        await run_one(desk.store, Status.QUEUED, now=10.0 * (number + 1))
    first = await shelf.history.timeline(1, limit=3, cursor=None)
    rest = await shelf.history.timeline(1, limit=3, cursor=first["next_cursor"])
    assert [attempt["attempt"] for attempt in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert (first["total"], rest["next_cursor"]) == (5, None)
    with pytest.raises(RequestInvalidError):
        await shelf.history.timeline(1, limit=3, cursor="x")


async def test_no_episode_no_timeline(shelf: Shelf) -> None:
    with pytest.raises(NotFoundError):
        await shelf.history.timeline(7, limit=3, cursor=None)


async def test_an_attempt_that_fetched_nothing_has_no_speed(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.FAILED, error=BROKEN, figures=Figures())
    (attempt,) = await timeline(shelf, 1)
    assert (attempt["fetched_bytes"], attempt["average_speed_bytes_per_s"]) == (0, None)
