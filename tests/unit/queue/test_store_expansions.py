"""What every store does with addresses that stand for several episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import EVERYTHING, Hold, HoldReason, Selection, Status
from aniworld_dl.queue.results import Moves
from tests.builders import BROKEN, WALL, refs, request
from tests.unit.queue.lookups import claim, job_of, names_of

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
RETRIED = frozenset({F, X})


# -------------------------------------------------------------------------------------------------------- expansions


async def test_a_series_address_is_replaced_by_its_episodes(store: Store) -> None:
    """The episodes stand where the address stood; positions are unique and never change."""
    job, _ = await store.add_job(request("a", "series", "z", total_episodes=9), series_indexes=frozenset({1}), now=1.0)
    assert (job.pending_expansions, job.status, job.total_episodes) == (1, Q, 9)
    (expansion,) = await store.pending_expansions()
    assert (expansion.job_id, expansion.request_index, expansion.ref) == (job.id, 1, refs("series")[0])
    rows = await store.expand(expansion.id, refs("s1", "s2"), now=2.0)
    assert [row.ref for row in rows] == list(refs("s1", "s2"))
    assert await names_of(store, job.id) == ["a", "s1", "s2", "z"]
    assert [row.position for row in (await store.episodes(job.id)).items] == [1, 3, 4, 2]
    assert (await job_of(store, job.id)).total_episodes == 4
    assert await store.pending_expansions() == ()
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert [(await claim(store)).position for _ in range(4)] == [1, 3, 4, 2]


async def test_a_job_that_is_one_series_counts_from_one(store: Store) -> None:
    job, _ = await store.add_job(request("series"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions(job.id)
    rows = await store.expand(expansion.id, refs("s1", "s2"), now=2.0)
    assert [row.position for row in rows] == [1, 2]


async def test_an_address_that_cannot_be_expanded_fails_itsjob_of(store: Store) -> None:
    job, _ = await store.add_job(request("series"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions()
    assert await store.fail_expansion(expansion.id, BROKEN, now=2.0)
    failed = await job_of(store, job.id)
    assert (failed.status, failed.expansion_error, failed.completed_at) == (F, BROKEN, 2.0)
    assert not await store.fail_expansion(expansion.id, BROKEN, now=3.0)
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert await store.pending_expansions() == ()
    assert (await store.move(Selection.of(jobs=[job.id]), Q, now=3.0, before=RETRIED)).addresses == (job.id,)
    again = await job_of(store, job.id)
    assert (again.status, again.expansion_error, again.completed_at) == (Q, None, None)
    assert await store.pending_expansions() == (expansion,)
    assert (await store.move(Selection.of(jobs=[job.id]), Q, now=3.0, before=RETRIED)) == Moves()


async def test_an_address_that_is_held_waits_until_it_is_retried(store: Store) -> None:
    """While another one may be listed its job is not held; paused, it stays held."""
    job, _ = await store.add_job(request("s", "t"), series_indexes=frozenset({0, 1}), now=1.0)
    one, other = await store.pending_expansions()
    assert await store.fail_expansion(one.id, WALL, now=2.0, held=True)
    assert await store.pending_expansions() == (other,)
    seen = await job_of(store, job.id)
    assert (seen.status, seen.hold, seen.pending_expansions, seen.expansion_error) == (Q, None, 2, None)
    assert await store.fail_expansion(other.id, WALL, now=3.0, held=True)
    held = await job_of(store, job.id)
    assert held.hold == Hold(reason=HoldReason.NEEDS_PERSON, params=WALL.params)
    assert (held.status, held.completed_at) == (Q, None)
    selected = Selection.of(jobs=[job.id])
    await store.move(selected, P, now=4.0)
    assert (await job_of(store, job.id)).hold is None
    assert await store.move(selected, Q, now=5.0, before=RETRIED) == Moves()
    await store.move(selected, Q, now=6.0, before=frozenset({P}))
    assert (await job_of(store, job.id)).hold == held.hold
    assert set((await store.move(selected, Q, now=7.0, before=RETRIED)).addresses) == {job.id}
    assert await store.pending_expansions() == (one, other)
    assert (await job_of(store, job.id)).hold is None


async def test_an_address_that_is_held_can_be_cancelled(store: Store) -> None:
    job, _ = await store.add_job(request("s"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions()
    await store.fail_expansion(expansion.id, WALL, now=2.0, held=True)
    await store.move(Selection.of(jobs=[job.id]), X, now=3.0)
    cancelled = await job_of(store, job.id)
    assert (cancelled.status, cancelled.hold, cancelled.expansion_error) == (X, None, None)
    await store.move(Selection.of(jobs=[job.id]), Q, now=4.0, before=RETRIED)
    assert await store.pending_expansions() == (expansion,)


async def test_pending_expansions_of_onejob_of(store: Store) -> None:
    first, _ = await store.add_job(request("s", "t"), series_indexes=frozenset({0, 1}), now=1.0)
    second, _ = await store.add_job(request("u"), series_indexes=frozenset({0}), now=1.0)
    assert [each.ref for each in await store.pending_expansions()] == list(refs("s", "t", "u"))
    assert [each.ref for each in await store.pending_expansions(first.id)] == list(refs("s", "t"))
    assert [each.ref for each in await store.pending_expansions(second.id)] == list(refs("u"))


@pytest.mark.parametrize("paused_before", [True, False])
async def test_episodes_of_a_paused_job_come_paused(store: Store, *, paused_before: bool) -> None:
    job, _ = await store.add_job(request("s", paused=paused_before), series_indexes=frozenset({0}), now=1.0)
    assert (job.status is P) is paused_before
    await store.move(Selection.of(jobs=[job.id]), P, now=2.0)
    assert (await job_of(store, job.id)).status is P
    (expansion,) = await store.pending_expansions()
    rows = await store.expand(expansion.id, refs("s1"), now=3.0)
    assert [row.status for row in rows] == [P]
    assert (await job_of(store, job.id)).paused_expansions == 0


async def test_a_job_that_is_resumed_before_its_expansion_comes_queued(store: Store) -> None:
    job, _ = await store.add_job(request("s", paused=True), series_indexes=frozenset({0}), now=1.0)
    await store.move(Selection.of(jobs=[job.id]), Q, now=2.0, before=frozenset({F, X}))
    assert (await job_of(store, job.id)).status is P
    await store.move(Selection.of(jobs=[job.id]), Q, now=2.0, before=frozenset({P}))
    assert (await job_of(store, job.id)).status is Q
    (expansion,) = await store.pending_expansions()
    assert [row.status for row in await store.expand(expansion.id, refs("s1"), now=3.0)] == [Q]


async def test_a_cancelled_job_is_not_expanded(store: Store) -> None:
    job, _ = await store.add_job(request("s"), series_indexes=frozenset({0}), now=1.0)
    (expansion,) = await store.pending_expansions()
    await store.move(Selection.of(jobs=[job.id]), X, now=2.0)
    cancelled = await job_of(store, job.id)
    assert (cancelled.status, cancelled.completed_at) == (X, 2.0)
    assert await store.expand(expansion.id, refs("s1"), now=3.0) == ()
    assert (await store.move(Selection.of(jobs=[job.id]), Q, now=3.0, before=RETRIED)).addresses == (job.id,)
    assert (await job_of(store, job.id)).status is Q


async def test_moving_everything_takes_waiting_addresses_along(store: Store) -> None:
    for _ in range(2):
        await store.add_job(request("s"), series_indexes=frozenset({0}), now=1.0)
    await store.move(EVERYTHING, P, now=2.0)
    assert {job.status for job in (await store.jobs()).items} == {P}
    await store.move(EVERYTHING, X, now=3.0)
    assert await store.pending_expansions() == ()
