"""What every store does with episodes: claims, moves, recovery."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import EVERYTHING, ErrorInfo, Selection, Status, may_move
from aniworld_dl.queue.results import Moves
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, refs, request
from tests.unit.queue.lookups import claim, job_of, move_episode

if TYPE_CHECKING:
    from aniworld_dl.model import Episode
    from aniworld_dl.queue.store import Store

Q, D, P, C, F, X = (
    Status.QUEUED,
    Status.DOWNLOADING,
    Status.PAUSED,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
)


# ------------------------------------------------------------------------------------------------------------- claim


async def test_a_claim_starts_an_attempt(store: Store) -> None:
    job, _ = await store.add_job(request("a"), now=1.0)
    row = await claim(store, now=2.5)
    assert (row.status, row.attempt, row.started_at) == (D, 1, 2.5)
    assert row == await store.episode(row.id)
    assert (await job_of(store, job.id)).status is D
    assert await store.claim(now=3.0) is None


async def test_claims_are_fair_between_jobs(store: Store) -> None:
    """Two series both move: the job with fewer running episodes is next, whatever its length."""
    first, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    second, _ = await store.add_job(request("x", "y", "z"), now=1.0)
    claimed = [await claim(store) for _ in range(6)]
    assert [row.job_id for row in claimed] == [first.id, second.id] * 3
    assert [row.position for row in claimed] == [1, 1, 2, 2, 3, 3]


async def test_a_slot_that_becomes_free_goes_to_the_job_with_fewest(store: Store) -> None:
    first, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    second, _ = await store.add_job(request("x", "y", "z"), now=1.0)
    claimed = [await claim(store) for _ in range(4)]
    await move_episode(store, claimed[1].id, C, now=3.0)
    assert (await claim(store)).job_id == second.id
    await move_episode(store, claimed[0].id, C, now=3.0)
    assert (await claim(store)).job_id == first.id


async def test_priority_goes_before_fairness(store: Store) -> None:
    low, _ = await store.add_job(request("a"), now=1.0)
    high, _ = await store.add_job(request("x", "y", priority=1), now=1.0)
    assert [(await claim(store)).job_id for _ in range(3)] == [high.id, high.id, low.id]


async def test_a_changed_priority_counts_for_the_nextclaim(store: Store) -> None:
    await store.add_job(request("a", "b"), now=1.0)
    later, _ = await store.add_job(request("x"), now=1.0)
    await store.update_job(later.id, priority=1)
    assert (await claim(store)).job_id == later.id


async def test_what_does_not_wait_is_not_claimed(store: Store) -> None:
    paused, _ = await store.add_job(request("a", priority=9, paused=True), now=1.0)
    cancelled, _ = await store.add_job(request("b", priority=8), now=1.0)
    await store.move(Selection.of(jobs=[cancelled.id]), X, now=1.0)
    part, _ = await store.add_job(request("c", "d"), now=1.0)
    first = (await store.episodes(part.id)).items[0]
    await move_episode(store, first.id, P, now=1.0)
    assert (await claim(store)).ref == refs("d")[0]
    assert await store.claim(now=2.0) is None
    await store.move(Selection.of(jobs=[paused.id]), Q, now=3.0)
    assert (await claim(store)).job_id == paused.id


async def test_a_claim_forgets_the_last_error(store: Store) -> None:
    await store.add_job(request("a"), now=1.0)
    row = await claim(store)
    await move_episode(store, row.id, F, now=3.0, details=Details(error=BROKEN, percentage=40.0))
    await move_episode(store, row.id, Q, now=4.0, details=Details(error=BROKEN))
    again = await claim(store, now=5.0)
    assert (again.attempt, again.error, again.completed_at, again.started_at) == (2, None, None, 5.0)
    assert again.progress_percentage == 40.0


# ------------------------------------------------------------------------------------------------------------- moves


async def _brought_to(store: Store, status: Status) -> Episode:
    """A new episode, brought to a status by allowed moves."""
    job, _ = await store.add_job(request("a"), now=1.0)
    row = (await store.episodes(job.id)).items[0]
    ways = {Q: (), D: (D,), P: (P,), C: (D, C), F: (D, F), X: (X,)}
    for step in ways[status]:
        moved = await move_episode(store, row.id, step, now=1.0)
        assert moved is not None
        row = moved.episode
    return row


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
async def test_exactly_the_allowed_moves(store: Store, before: Status, after: Status) -> None:
    row = await _brought_to(store, before)
    moved = await move_episode(store, row.id, after, now=2.0)
    present = await store.episode(row.id)
    assert present is not None
    if may_move(before, after):
        assert moved is not None
        assert (moved.before, moved.episode, present.status) == (before, present, after)
        assert present.completed_at == (2.0 if after.ended else None)
    else:
        assert moved is None
        assert present == row


async def test_a_move_from_a_status_that_the_caller_excludes_is_refused(store: Store) -> None:
    row = await _brought_to(store, F)
    assert await move_episode(store, row.id, Q, now=2.0, before=frozenset({P})) is None
    assert await move_episode(store, row.id, C, now=2.0, before=frozenset({F})) is None
    assert await move_episode(store, row.id, Q, now=2.0, before=frozenset({F, X})) is not None
    assert await move_episode(store, 999, Q, now=2.0) is None


async def test_a_move_writes_its_details(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b"), now=1.0)
    row = await claim(store)
    details = Details(percentage=41.239, bytes_downloaded=500, total_bytes=1200)
    moved = await move_episode(store, row.id, P, now=2.0, details=details)
    assert moved is not None
    paused = moved.episode
    assert (paused.progress_percentage, paused.bytes_downloaded, paused.total_bytes) == (41.24, 500, 1200)
    assert (await job_of(store, job.id)).progress_sum == 41.24
    resumed = await move_episode(store, row.id, Q, now=2.0)
    assert resumed is not None
    assert resumed.episode.bytes_downloaded == 500
    again = await claim(store)
    place = PurePosixPath("Nordlicht/Season 01/a.mkv")
    details = Details(path=place, existing=True, bytes_downloaded=1200, season=2, number=5)
    done = await move_episode(store, again.id, C, now=9.0, details=details)
    assert done is not None
    assert (done.episode.path, done.episode.ref.season, done.episode.ref.number) == (place, 2, 5)
    assert (done.episode.existing, done.episode.progress_percentage) == (True, 100.0)
    assert done.episode == await store.episode(again.id)


async def test_an_error_is_kept_until_the_next_move(store: Store) -> None:
    row = await _brought_to(store, D)
    error = ErrorInfo(code="stalled", params={"host": "h", "timeout_s": 1.5, "n": None}, text="ü 'quoted'")
    moved = await move_episode(store, row.id, F, now=2.0, details=Details(error=error))
    assert moved is not None
    assert moved.episode.error == error
    present = await store.episode(row.id)
    assert present is not None
    assert present.error == error
    cancelled = await move_episode(store, row.id, X, now=2.0)
    assert cancelled is not None
    assert cancelled.episode.error is None


async def test_a_cancelled_episode_keeps_what_it_has(store: Store) -> None:
    row = await _brought_to(store, D)
    details = Details(percentage=50.0, bytes_downloaded=500)
    for after in (X, Q):
        moved = await move_episode(store, row.id, after, now=2.0, details=details if after is X else None)
        assert moved is not None
        assert (moved.episode.progress_percentage, moved.episode.bytes_downloaded) == (50.0, 500)
    assert (await job_of(store, row.job_id)).progress_sum == 50.0


@pytest.mark.parametrize(("given", "stored"), [(-1.0, 0.0), (120.0, 100.0), (99.999, 100.0), (0.004, 0.0)])
async def test_percentages_are_stored_within_bounds(store: Store, given: float, stored: float) -> None:
    row = await _brought_to(store, D)
    moved = await move_episode(store, row.id, P, now=2.0, details=Details(percentage=given))
    assert moved is not None
    assert moved.episode.progress_percentage == stored


async def test_a_job_moves_as_far_as_its_episodes_may(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c", "d"), now=1.0)
    other, _ = await store.add_job(request("z"), now=1.0)
    rows = (await store.episodes(job.id)).items
    await move_episode(store, rows[0].id, D, now=1.0)
    await move_episode(store, rows[0].id, C, now=1.0)
    await move_episode(store, rows[1].id, D, now=1.0)
    live = {
        rows[1].id: Details(percentage=30.0, bytes_downloaded=3),
        rows[0].id: Details(percentage=1.0),
        999: Details(),
    }
    moves = await store.move(Selection.of(jobs=[job.id]), P, now=2.0, live=live)
    assert [(moved.before, moved.episode.position) for moved in moves.episodes] == [(D, 2), (Q, 3), (Q, 4)]
    assert [moved.episode.progress_percentage for moved in moves.episodes] == [30.0, 0.0, 0.0]
    assert [row.status for row in (await store.episodes(job.id)).items] == [C, P, P, P]
    assert (await job_of(store, job.id)).progress_sum == 130.0
    assert (await job_of(store, other.id)).status is Q
    assert await store.move(Selection.of(jobs=[job.id]), P, now=3.0) == Moves()
    assert await store.move(Selection.of(jobs=[999]), P, now=3.0) == Moves()


async def test_retry_and_resume_differ_in_where_from(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    rows = (await store.episodes(job.id)).items
    await move_episode(store, rows[0].id, P, now=1.0)
    await move_episode(store, rows[1].id, X, now=1.0)
    retried = await store.move(Selection.of(jobs=[job.id]), Q, now=2.0, before=frozenset({F, X}))
    assert [moved.episode.id for moved in retried.episodes] == [rows[1].id]
    resumed = await store.move(Selection.of(jobs=[job.id]), Q, now=2.0, before=frozenset({P}))
    assert [moved.episode.id for moved in resumed.episodes] == [rows[0].id]


async def test_all_jobs_at_once(store: Store) -> None:
    first, _ = await store.add_job(request("a", "b"), now=1.0)
    second, _ = await store.add_job(request("x"), now=1.0)
    running = await claim(store)
    live = {running.id: Details(percentage=12.5)}
    moves = await store.move(EVERYTHING, Q, now=2.0, before=frozenset({D}), live=live)
    assert [(moved.before, moved.episode.id, moved.episode.progress_percentage) for moved in moves.episodes] == [
        (D, running.id, 12.5)
    ]
    moves = await store.move(EVERYTHING, P, now=3.0)
    assert [moved.episode.job_id for moved in moves.episodes] == [first.id, first.id, second.id]
    assert (await store.counts())[P] == 3


async def test_what_was_interrupted_waits_again(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    first, second = await claim(store, now=3.0), await claim(store, now=2.0)
    assert [row.id for row in await store.running_episodes()] == [second.id, first.id]
    requeued = await store.requeue_interrupted(now=4.0)
    assert [(row.id, row.status, row.attempt) for row in requeued] == [(first.id, Q, 1), (second.id, Q, 1)]
    assert (await job_of(store, job.id)).counts == {Q: 3}
    assert await store.running_episodes() == ()
    assert await store.requeue_interrupted(now=4.0) == ()


async def test_counts_have_every_status(store: Store) -> None:
    assert await store.counts() == dict.fromkeys(Status, 0)
    for status in Status:
        await _brought_to(store, status)
    assert await store.counts() == dict.fromkeys(Status, 1)
