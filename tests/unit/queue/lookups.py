"""Looks into a store for tests that know what must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.model import Selection

if TYPE_CHECKING:
    from aniworld_dl.model import Episode, Job, Status
    from aniworld_dl.queue.store import Details, Moved, Store


async def claim(store: Store, now: float = 2.0) -> Episode:
    row = await store.claim(now=now)
    assert row is not None
    return row


async def job_of(store: Store, job_id: int) -> Job:
    job = await store.job(job_id)
    assert job is not None
    return job


async def names_of(store: Store, job_id: int) -> list[str]:
    return [row.ref.url[20:-5] for row in (await store.episodes(job_id)).items]


async def move_episode(
    store: Store,
    episode_id: int,
    after: Status,
    *,
    now: float,
    before: frozenset[Status] | None = None,
    details: Details | None = None,
) -> Moved | None:
    live = {} if details is None else {episode_id: details}
    moves = await store.move(Selection.of(episodes=[episode_id]), after, now=now, before=before, live=live)
    return moves.episodes[0] if moves.episodes else None
