"""What every store does with jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import EpisodeRef, Selection, Status
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, request
from tests.unit.queue.lookups import move_episode

if TYPE_CHECKING:
    from aniworld_dl.queue.store import Store

Q, D, P, C, F, X = (
    Status.QUEUED,
    Status.DOWNLOADING,
    Status.PAUSED,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
)


async def test_a_job_is_what_was_asked_for(store: Store) -> None:
    wanted = request(
        "a",
        "b",
        title="Nordlicht",
        language="German Sub",
        provider="VOE",
        priority=3,
        bandwidth_limit_bytes_per_s=2048,
        total_episodes=12,
    )
    job, created = await store.add_job(wanted, now=5.5)
    assert created
    assert job == await store.job(job.id)
    assert (job.anime_title, job.language, job.provider, job.priority) == ("Nordlicht", "German Sub", "VOE", 3)
    assert (job.bandwidth_limit_bytes_per_s, job.requested_episodes, job.created_at) == (2048, 12, 5.5)
    assert (job.counts, job.status, job.completed_at, job.progress_sum) == ({Q: 2}, Q, None, 0.0)


async def test_episodes_keep_what_the_request_says_of_them(store: Store) -> None:
    ref = EpisodeRef(url="https://example.org/4", series="Nordlicht", season=2, number=4, title="Eis")
    job, _ = await store.add_job(request(), now=1.0)
    other, _ = await store.add_job(request().__class__(anime_title="x", episodes=(ref,)), now=7.0)
    (row,) = (await store.episodes(other.id)).items
    assert row == await store.episode(row.id)
    assert (row.ref, row.job_id, row.position, row.status, row.attempt) == (ref, other.id, 1, Q, 0)
    assert (row.created_at, row.started_at, row.completed_at, row.error) == (7.0, None, None, None)
    assert [each.position for each in (await store.episodes(job.id)).items] == [1, 2, 3]


async def test_a_paused_request_waits_for_nothing(store: Store) -> None:
    job, _ = await store.add_job(request(paused=True), now=1.0)
    assert job.status is P
    assert await store.claim(now=2.0) is None


async def test_a_known_idempotency_key_gives_the_job_of_then(store: Store) -> None:
    first, created = await store.add_job(request(idempotency_key="k"), now=1.0)
    again, created_again = await store.add_job(request("other", title="Other", idempotency_key="k"), now=2.0)
    other, created_other = await store.add_job(request(idempotency_key="K"), now=2.0)
    assert (created, created_again, created_other) == (True, False, True)
    assert again == first != other
    assert sum((await store.counts()).values()) == 6


async def test_requests_without_a_key_are_all_new(store: Store) -> None:
    first, _ = await store.add_job(request(), now=1.0)
    second, created = await store.add_job(request(), now=1.0)
    assert created
    assert second.id > first.id


async def test_what_is_not_there_is_none(store: Store) -> None:
    assert await store.job(9) is None
    assert await store.episode(9) is None
    assert await store.update_job(9, priority=1) is None
    assert (await store.remove(Selection.of(jobs=[9]))).jobs == frozenset()
    assert (await store.episodes(9)).items == ()
    assert (await store.episodes(9)).total == 0


async def test_only_what_is_given_is_updated(store: Store) -> None:
    job, _ = await store.add_job(request(bandwidth_limit_bytes_per_s=5000, title="Alt"), now=1.0)
    assert (await store.update_job(job.id)) == job
    changed = await store.update_job(job.id, priority=-2, anime_title="NEU")
    assert changed is not None
    assert (changed.priority, changed.anime_title, changed.bandwidth_limit_bytes_per_s) == (-2, "NEU", 5000)
    assert (await store.jobs(q="neu")).total == 1
    assert (await store.jobs(q="alt")).total == 0
    unlimited = await store.update_job(job.id, bandwidth_limit_bytes_per_s=None)
    assert unlimited is not None
    assert unlimited.bandwidth_limit_bytes_per_s is None
    limited = await store.update_job(job.id, bandwidth_limit_bytes_per_s=7000)
    assert limited is not None
    assert limited.bandwidth_limit_bytes_per_s == 7000


async def test_a_deleted_job_takes_all_along(store: Store) -> None:
    job, _ = await store.add_job(request("a", "series"), series_indexes=frozenset({1}), now=1.0)
    kept, _ = await store.add_job(request("z"), now=1.0)
    row = (await store.episodes(job.id)).items[0]
    assert (await store.remove(Selection.of(jobs=[job.id]))).jobs == {job.id}
    assert await store.job(job.id) is None
    assert await store.episode(row.id) is None
    assert await store.pending_expansions() == ()
    assert (await store.counts())[Q] == 1
    assert [each.id for each in (await store.jobs()).items] == [kept.id]
    again, _ = await store.add_job(request(), now=2.0)
    assert again.id > kept.id > job.id


async def test_ids_of_deleted_jobs_are_not_used_again(store: Store) -> None:
    job, _ = await store.add_job(request("a"), now=1.0)
    row = (await store.episodes(job.id)).items[0]
    await store.remove(Selection.of(jobs=[job.id]))
    later, _ = await store.add_job(request("a"), now=1.0)
    assert later.id > job.id
    assert (await store.episodes(later.id)).items[0].id > row.id


async def test_pages_of_jobs_newest_first(store: Store) -> None:
    """The pages are the whole list cut into pieces, also while jobs are added in front."""
    ids = [(await store.add_job(request("a"), now=1.0))[0].id for _ in range(5)]
    first = await store.jobs(limit=2)
    await store.add_job(request("a"), now=2.0)
    second = await store.jobs(limit=2, cursor=first.next_cursor)
    third = await store.jobs(limit=2, cursor=second.next_cursor)
    seen = [job.id for page in (first, second, third) for job in page.items]
    assert seen == ids[::-1]
    assert (first.total, second.total, third.total) == (5, 6, 6)
    assert first.next_cursor
    assert second.next_cursor
    assert third.next_cursor is None


async def test_a_full_last_page_has_no_next(store: Store) -> None:
    for _ in range(2):
        await store.add_job(request("a"), now=1.0)
    assert (await store.jobs(limit=2)).next_cursor is None


async def test_jobs_by_status_and_title(store: Store) -> None:
    running, _ = await store.add_job(request("a", title="Märchen 100%"), now=1.0)
    paused, _ = await store.add_job(request("a", title="märchen ZWEI", paused=True), now=1.0)
    queued, _ = await store.add_job(request("a", title="\uff2e\uff4f\uff52\uff44"), now=1.0)  # wide letters
    await store.claim(now=2.0)

    async def found(**wanted: object) -> list[int]:
        page = await store.jobs(**wanted)  # type: ignore[arg-type]
        assert page.total == len(page.items)
        return [job.id for job in page.items]

    assert await found(statuses=frozenset({D})) == [running.id]
    assert await found(statuses=frozenset({Q, P})) == [queued.id, paused.id]
    assert await found(statuses=frozenset()) == []
    assert await found(q="MÄRCHEN") == [paused.id, running.id]
    assert await found(q="100%") == [running.id]
    assert await found(q="%") == [running.id]
    assert await found(q="nord") == [queued.id]
    assert await found(q="märchen", statuses=frozenset({P, F})) == [paused.id]
    assert await found(q="_") == []
    assert await found(q="") == [queued.id, paused.id, running.id]


async def test_pages_over_several_statuses(store: Store) -> None:
    """A page of mixed statuses is in one order, not status by status."""
    ids = [(await store.add_job(request("a", paused=bool(n % 2)), now=1.0))[0].id for n in range(7)]
    seen: list[int] = []
    cursor = None
    while True:
        page = await store.jobs(statuses=frozenset({Q, P}), limit=3, cursor=cursor)
        seen += [job.id for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ids[::-1]


async def test_pages_in_the_order_of_the_queue(store: Store) -> None:
    """What runs first, then by priority and place; what has ended is not among them. The pages are the whole list."""
    ids = [(await store.add_job(request("a", title=f"Job {n}", paused=n == 3), now=1.0))[0].id for n in range(7)]
    for job_id, priority in ((ids[5], 2), (ids[6], 2), (ids[2], -1)):
        await store.update_job(job_id, priority=priority)
    await store.claim(now=2.0)
    ended = await store.claim(now=2.0)
    assert ended is not None
    await store.move(Selection(jobs=frozenset({ended.job_id})), X, now=3.0)
    running, cancelled = ids[5], ids[6]
    order = [running, ids[0], ids[1], ids[3], ids[4], ids[2]]
    assert ended.job_id == cancelled
    for limit in (1, 2, 4, 6, 7):
        assert await _pages(store, limit) == order
    assert await _pages(store, 2, statuses=frozenset({Q, X})) == [ids[0], ids[1], ids[4], ids[2]]
    assert await _pages(store, 2, q="job 3") == [ids[3]]
    assert (await store.jobs(in_queue=True, limit=2)).total == len(order)
    newest = (await store.jobs(limit=1)).next_cursor
    with pytest.raises(RequestInvalidError):
        await store.jobs(in_queue=True, cursor=newest)


async def _pages(store: Store, limit: int, **wanted: Any) -> list[int]:
    """Return the ids of all pages in the order of the queue."""
    seen: list[int] = []
    cursor = None
    while True:
        page = await store.jobs(in_queue=True, limit=limit, cursor=cursor, **wanted)
        seen += [job.id for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen


@pytest.mark.parametrize("cursor", ["", "?", "AAAA", "MSwy", "ä", "MQ==x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LDE,"])
async def test_a_cursor_that_no_page_gave_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(RequestInvalidError):
        await store.jobs(cursor=cursor)
    with pytest.raises(RequestInvalidError):
        await store.episodes(1, cursor=cursor.replace("MSwy", "MQ"))


async def test_pages_of_episodes_in_order(store: Store) -> None:
    job, _ = await store.add_job(request("a", "b", "c", "d", "e"), now=1.0)
    first = await store.episodes(job.id, limit=2)
    second = await store.episodes(job.id, limit=2, cursor=first.next_cursor)
    third = await store.episodes(job.id, limit=2, cursor=second.next_cursor)
    assert [row.position for page in (first, second, third) for row in page.items] == [1, 2, 3, 4, 5]
    assert {page.total for page in (first, second, third)} == {5}
    assert third.next_cursor is None
    assert (await store.episodes(job.id, limit=5)).next_cursor is None


async def test_active_waiting_and_ended_jobs(store: Store) -> None:
    """Active: what runs, then the order of the queue. Ended: the latest end first."""
    ids = [(await store.add_job(request("a", priority=p), now=1.0))[0].id for p in (0, 5, 0, 1, 0)]
    claimed = [await store.claim(now=2.0) for _ in range(3)]
    rows = [row for row in claimed if row is not None]
    assert [row.job_id for row in rows] == [ids[1], ids[3], ids[0]]
    await move_episode(store, rows[2].id, C, now=3.0)
    await move_episode(store, rows[0].id, F, now=4.0, details=Details(error=BROKEN))
    assert [job.id for job in await store.active_jobs(10)] == [ids[3], ids[2], ids[4]]
    assert [job.id for job in await store.active_jobs(2)] == [ids[3], ids[2]]
    assert [job.id for job in await store.waiting_jobs(10)] == [ids[2], ids[4]]
    assert [job.id for job in await store.waiting_jobs(1)] == [ids[2]]
    assert [(job.id, job.completed_at) for job in await store.ended_jobs(10)] == [(ids[1], 4.0), (ids[0], 3.0)]
    assert len(await store.ended_jobs(1)) == 1


async def test_a_job_that_is_retried_has_not_ended(store: Store) -> None:
    job, _ = await store.add_job(request("a"), now=1.0)
    row = await store.claim(now=2.0)
    assert row is not None
    await move_episode(store, row.id, F, now=3.0, details=Details(error=BROKEN))
    failed = await store.job(job.id)
    assert failed is not None
    assert (failed.status, failed.completed_at, failed.episode_error) == (F, 3.0, BROKEN)
    await store.move(Selection.of(jobs=[job.id]), Q, now=4.0)
    retried = await store.job(job.id)
    assert retried is not None
    assert (retried.status, retried.completed_at, retried.episode_error) == (Q, None, None)
    await store.claim(now=5.0)
    await move_episode(store, row.id, C, now=6.0)
    done = await store.job(job.id)
    assert done is not None
    assert (done.status, done.completed_at, done.progress_sum) == (C, 6.0, 100.0)


async def test_meta_keeps_json(store: Store) -> None:
    assert await store.get_meta("settings") is None
    await store.set_meta("settings", {"max_concurrent_downloads": 5, "limit": None})
    await store.set_meta("queue_paused", value=True)
    assert await store.get_meta("settings") == {"max_concurrent_downloads": 5, "limit": None}
    await store.set_meta("settings", [])
    assert await store.get_meta("settings") == []
    assert await store.get_meta("queue_paused") is True
