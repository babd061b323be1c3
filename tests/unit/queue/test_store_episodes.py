"""What every store does with episodes: claims, moves, recovery, expansion."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import ErrorInfo, Status, may_move
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, refs, request

if TYPE_CHECKING:
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.store import Store

Q, D, P, C, F, X = (
    Status.QUEUED,
    Status.DOWNLOADING,
    Status.PAUSED,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
)


async def _claim(store: Store, now: float = 2.0) -> Episode:
    row = await store.claim(now=now)
    assert row is not None
    return row


async def _job(store: Store, job_id: int) -> Job:
    job = await store.job(job_id)
    assert job is not None
    return job


async def _names(store: Store, job_id: int) -> list[str]:
    return [row.ref.url[20:-5] for row in (await store.episodes(job_id)).items]


# ------------------------------------------------------------------------------------------------------------- claim


async def test_a_claim_starts_an_attempt(store: Store) -> None:
    job, _ = await store.add_job(request("a"), now=1.0)
    row = await _claim(store, now=2.5)
    assert (row.status, row.attempt, row.started_at) == (D, 1, 2.5)
    assert row == await store.episode(row.id)
    assert (await _job(store, job.id)).status is D
    assert await store.claim(now=3.0) is None


async def test_claims_are_fair_between_jobs(store: Store) -> None:
    """Two series both move: the job with fewer running episodes is next, whatever its length."""
    first, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    second, _ = await store.add_job(request("x", "y", "z"), now=1.0)
    claimed = [await _claim(store) for _ in range(6)]
    assert [row.job_id for row in claimed] == [first.id, second.id] * 3
    assert [row.position for row in claimed] == [1, 1, 2, 2, 3, 3]


async def test_a_slot_that_becomes_free_goes_to_the_job_with_fewest(store: Store) -> None:
    first, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    second, _ = await store.add_job(request("x", "y", "z"), now=1.0)
    claimed = [await _claim(store) for _ in range(4)]
    await store.move_episode(claimed[1].id, C, now=3.0)
    assert (await _claim(store)).job_id == second.id
    await store.move_episode(claimed[0].id, C, now=3.0)
    assert (await _claim(store)).job_id == first.id


async def test_priority_goes_before_fairness(store: Store) -> None:
    low, _ = await store.add_job(request("a"), now=1.0)
    high, _ = await store.add_job(request("x", "y", priority=1), now=1.0)
    assert [(await _claim(store)).job_id for _ in range(3)] == [high.id, high.id, low.id]


async def test_a_changed_priority_counts_for_the_next_claim(store: Store) -> None:
    await store.add_job(request("a", "b"), now=1.0)
    later, _ = await store.add_job(request("x"), now=1.0)
    await store.update_job(later.id, priority=1)
    assert (await _claim(store)).job_id == later.id


async def test_what_does_not_wait_is_not_claimed(store: Store) -> None:
    paused, _ = await store.add_job(request("a", priority=9, paused=True), now=1.0)
    cancelled, _ = await store.add_job(request("b", priority=8), now=1.0)
    await store.move_job(cancelled.id, X, now=1.0)
    part, _ = await store.add_job(request("c", "d"), now=1.0)
    first = (await store.episodes(part.id)).items[0]
    await store.move_episode(first.id, P, now=1.0)
    assert (await _claim(store)).ref == refs("d")[0]
    assert await store.claim(now=2.0) is None
    await store.move_job(paused.id, Q, now=3.0)
    assert (await _claim(store)).job_id == paused.id


async def test_a_claim_forgets_the_last_error(store: Store) -> None:
    await store.add_job(request("a"), now=1.0)
    row = await _claim(store)
    await store.move_episode(row.id, F, now=3.0, details=Details(error=BROKEN, percentage=40.0))
    await store.move_episode(row.id, Q, now=4.0, details=Details(error=BROKEN))
    again = await _claim(store, now=5.0)
    assert (again.attempt, again.error, again.completed_at, again.started_at) == (2, None, None, 5.0)
    assert again.progress_percentage == 40.0


# ------------------------------------------------------------------------------------------------------------- moves


async def _brought_to(store: Store, status: Status) -> Episode:
    """A new episode, brought to a status by allowed moves."""
    job, _ = await store.add_job(request("a"), now=1.0)
    row = (await store.episodes(job.id)).items[0]
    ways = {Q: (), D: (D,), P: (P,), C: (D, C), F: (D, F), X: (X,)}
    for step in ways[status]:
        moved = await store.move_episode(row.id, step, now=1.0)
        assert moved is not None
        row = moved.episode
    return row


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
async def test_exactly_the_allowed_moves(store: Store, before: Status, after: Status) -> None:
    row = await _brought_to(store, before)
    moved = await store.move_episode(row.id, after, now=2.0)
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
    assert await store.move_episode(row.id, Q, now=2.0, before=frozenset({P})) is None
    assert await store.move_episode(row.id, C, now=2.0, before=frozenset({F})) is None
    assert await store.move_episode(row.id, Q, now=2.0, before=frozenset({F, X})) is not None
    assert await store.move_episode(999, Q, now=2.0) is None


async def test_a_move_writes_its_details(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b"), now=1.0)
    row = await _claim(store)
    details = Details(percentage=41.239, bytes_downloaded=500, total_bytes=1200)
    moved = await store.move_episode(row.id, P, now=2.0, details=details)
    assert moved is not None
    paused = moved.episode
    assert (paused.progress_percentage, paused.bytes_downloaded, paused.total_bytes) == (41.24, 500, 1200)
    assert (await _job(store, job.id)).progress_sum == 41.24
    resumed = await store.move_episode(row.id, Q, now=2.0)
    assert resumed is not None
    assert resumed.episode.bytes_downloaded == 500
    again = await _claim(store)
    details = Details(path=PurePosixPath("Nordlicht/Season 01/a.mkv"), existing=True, bytes_downloaded=1200)
    done = await store.move_episode(again.id, C, now=9.0, details=details)
    assert done is not None
    assert done.episode.path == PurePosixPath("Nordlicht/Season 01/a.mkv")
    assert (done.episode.existing, done.episode.progress_percentage) == (True, 100.0)
    assert done.episode == await store.episode(again.id)


async def test_an_error_is_kept_until_the_next_move(store: Store) -> None:
    row = await _brought_to(store, D)
    error = ErrorInfo(code="stalled", params={"host": "h", "timeout_s": 1.5, "n": None}, text="ü 'quoted'")
    moved = await store.move_episode(row.id, F, now=2.0, details=Details(error=error))
    assert moved is not None
    assert moved.episode.error == error
    present = await store.episode(row.id)
    assert present is not None
    assert present.error == error
    cancelled = await store.move_episode(row.id, X, now=2.0)
    assert cancelled is not None
    assert cancelled.episode.error is None


async def test_nothing_is_left_of_a_cancelled_episode(store: Store) -> None:
    row = await _brought_to(store, D)
    details = Details(percentage=50.0, bytes_downloaded=500)
    moved = await store.move_episode(row.id, X, now=2.0, details=details)
    assert moved is not None
    assert (moved.episode.progress_percentage, moved.episode.bytes_downloaded) == (50.0, 500)
    again = await store.move_episode(row.id, Q, now=3.0)
    assert again is not None
    assert (again.episode.progress_percentage, again.episode.bytes_downloaded) == (0.0, 0)
    assert (await _job(store, row.job_id)).progress_sum == 0.0


@pytest.mark.parametrize(("given", "stored"), [(-1.0, 0.0), (120.0, 100.0), (99.999, 100.0), (0.004, 0.0)])
async def test_percentages_are_stored_within_bounds(store: Store, given: float, stored: float) -> None:
    row = await _brought_to(store, D)
    moved = await store.move_episode(row.id, P, now=2.0, details=Details(percentage=given))
    assert moved is not None
    assert moved.episode.progress_percentage == stored


async def test_a_job_moves_as_far_as_its_episodes_may(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c", "d"), now=1.0)
    other, _ = await store.add_job(request("z"), now=1.0)
    rows = (await store.episodes(job.id)).items
    await store.move_episode(rows[0].id, D, now=1.0)
    await store.move_episode(rows[0].id, C, now=1.0)
    await store.move_episode(rows[1].id, D, now=1.0)
    live = {
        rows[1].id: Details(percentage=30.0, bytes_downloaded=3),
        rows[0].id: Details(percentage=1.0),
        999: Details(),
    }
    moves = await store.move_job(job.id, P, now=2.0, live=live)
    assert [(moved.before, moved.episode.position) for moved in moves] == [(D, 2), (Q, 3), (Q, 4)]
    assert [moved.episode.progress_percentage for moved in moves] == [30.0, 0.0, 0.0]
    assert [row.status for row in (await store.episodes(job.id)).items] == [C, P, P, P]
    assert (await _job(store, job.id)).progress_sum == 130.0
    assert (await _job(store, other.id)).status is Q
    assert await store.move_job(job.id, P, now=3.0) == ()
    assert await store.move_job(999, P, now=3.0) == ()


async def test_retry_and_resume_differ_in_where_from(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    rows = (await store.episodes(job.id)).items
    await store.move_episode(rows[0].id, P, now=1.0)
    await store.move_episode(rows[1].id, X, now=1.0)
    retried = await store.move_job(job.id, Q, now=2.0, before=frozenset({F, X}))
    assert [moved.episode.id for moved in retried] == [rows[1].id]
    resumed = await store.move_job(job.id, Q, now=2.0, before=frozenset({P}))
    assert [moved.episode.id for moved in resumed] == [rows[0].id]


async def test_all_jobs_at_once(store: Store) -> None:
    first, _ = await store.add_job(request("a", "b"), now=1.0)
    second, _ = await store.add_job(request("x"), now=1.0)
    running = await _claim(store)
    live = {running.id: Details(percentage=12.5)}
    moves = await store.move_all(Q, now=2.0, before=frozenset({D}), live=live)
    assert [(moved.before, moved.episode.id, moved.episode.progress_percentage) for moved in moves] == [
        (D, running.id, 12.5)
    ]
    moves = await store.move_all(P, now=3.0)
    assert [moved.episode.job_id for moved in moves] == [first.id, first.id, second.id]
    assert (await store.counts())[P] == 3


async def test_what_was_interrupted_waits_again(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c"), now=1.0)
    first, second = await _claim(store, now=3.0), await _claim(store, now=2.0)
    assert [row.id for row in await store.running_episodes()] == [second.id, first.id]
    requeued = await store.requeue_interrupted(now=4.0)
    assert [(row.id, row.status, row.attempt) for row in requeued] == [(first.id, Q, 1), (second.id, Q, 1)]
    assert (await _job(store, job.id)).counts == {Q: 3}
    assert await store.running_episodes() == ()
    assert await store.requeue_interrupted(now=4.0) == ()


async def test_counts_have_every_status(store: Store) -> None:
    assert await store.counts() == dict.fromkeys(Status, 0)
    for status in Status:
        await _brought_to(store, status)
    assert await store.counts() == dict.fromkeys(Status, 1)


# -------------------------------------------------------------------------------------------------------- expansions


async def test_a_series_address_is_replaced_by_its_episodes(store: Store) -> None:
    """The episodes stand where the address stood; positions are unique and never change."""
    job, _ = await store.add_job(request("a", "series", "z", total_episodes=9), series_indexes=frozenset({1}), now=1.0)
    assert (job.pending_expansions, job.status, job.total_episodes) == (1, Q, 9)
    (expansion,) = await store.pending_expansions()
    assert (expansion.job_id, expansion.request_index, expansion.ref) == (job.id, 1, refs("series")[0])
    rows = await store.expand(expansion.id, refs("s1", "s2"), now=2.0)
    assert [row.ref for row in rows] == list(refs("s1", "s2"))
    assert await _names(store, job.id) == ["a", "s1", "s2", "z"]
    assert [row.position for row in (await store.episodes(job.id)).items] == [1, 3, 4, 2]
    assert (await _job(store, job.id)).total_episodes == 4
    assert await store.pending_expansions() == ()
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert [(await _claim(store)).position for _ in range(4)] == [1, 3, 4, 2]


async def test_a_job_that_is_one_series_counts_from_one(store: Store) -> None:
    job, _ = await store.add_job(request("series"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions(job.id)
    rows = await store.expand(expansion.id, refs("s1", "s2"), now=2.0)
    assert [row.position for row in rows] == [1, 2]


async def test_an_address_that_cannot_be_expanded_fails_its_job(store: Store) -> None:
    job, _ = await store.add_job(request("series"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions()
    assert await store.fail_expansion(expansion.id, BROKEN, now=2.0)
    failed = await _job(store, job.id)
    assert (failed.status, failed.expansion_error, failed.completed_at) == (F, BROKEN, 2.0)
    assert not await store.fail_expansion(expansion.id, BROKEN, now=3.0)
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert await store.pending_expansions() == ()
    assert await store.retry_expansions(job.id) == 1
    again = await _job(store, job.id)
    assert (again.status, again.expansion_error, again.completed_at) == (Q, None, None)
    assert await store.pending_expansions() == (expansion,)
    assert await store.retry_expansions(job.id) == 0


async def test_pending_expansions_of_one_job(store: Store) -> None:
    first, _ = await store.add_job(request("s", "t"), series_indexes=frozenset({0, 1}), now=1.0)
    second, _ = await store.add_job(request("u"), series_indexes=frozenset({0}), now=1.0)
    assert [each.ref for each in await store.pending_expansions()] == list(refs("s", "t", "u"))
    assert [each.ref for each in await store.pending_expansions(first.id)] == list(refs("s", "t"))
    assert [each.ref for each in await store.pending_expansions(second.id)] == list(refs("u"))


@pytest.mark.parametrize("paused_before", [True, False])
async def test_episodes_of_a_paused_job_come_paused(store: Store, *, paused_before: bool) -> None:
    job, _ = await store.add_job(request("s", paused=paused_before), series_indexes=frozenset({0}), now=1.0)
    assert (job.status is P) is paused_before
    await store.move_job(job.id, P, now=2.0)
    assert (await _job(store, job.id)).status is P
    (expansion,) = await store.pending_expansions()
    rows = await store.expand(expansion.id, refs("s1"), now=3.0)
    assert [row.status for row in rows] == [P]
    assert (await _job(store, job.id)).paused_expansions == 0


async def test_a_job_that_is_resumed_before_its_expansion_comes_queued(store: Store) -> None:
    job, _ = await store.add_job(request("s", paused=True), series_indexes=frozenset({0}), now=1.0)
    await store.move_job(job.id, Q, now=2.0, before=frozenset({F, X}))
    assert (await _job(store, job.id)).status is P
    await store.move_job(job.id, Q, now=2.0, before=frozenset({P}))
    assert (await _job(store, job.id)).status is Q
    (expansion,) = await store.pending_expansions()
    assert [row.status for row in await store.expand(expansion.id, refs("s1"), now=3.0)] == [Q]


async def test_a_cancelled_job_is_not_expanded(store: Store) -> None:
    job, _ = await store.add_job(request("s"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions()
    await store.move_job(job.id, X, now=2.0)
    cancelled = await _job(store, job.id)
    assert (cancelled.status, cancelled.completed_at) == (X, 2.0)
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert await store.retry_expansions(job.id) == 1
    assert (await _job(store, job.id)).status is Q


async def test_moving_everything_takes_waiting_addresses_along(store: Store) -> None:
    for _ in range(2):
        await store.add_job(request("s"), series_indexes=frozenset({0}), now=1.0)
    await store.move_all(P, now=2.0)
    assert {job.status for job in (await store.jobs()).items} == {P}
    await store.move_all(X, now=3.0)
    assert await store.pending_expansions() == ()
