"""Looks into a store for tests that know what must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.model import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiosqlite

    from aniworld_dl.model import Episode, Job, Status
    from aniworld_dl.queue.results import Moved, Moves
    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.store import Details, Store


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


async def rows(store: SqliteStore, table: str) -> list[dict[str, Any]]:
    """Return every row of a table as the database has it."""

    async def read(connection: aiosqlite.Connection) -> list[dict[str, Any]]:
        found = await connection.execute_fetchall(f"SELECT * FROM {table} ORDER BY id")
        return [dict(row) for row in found]

    return await store.database.write(read)


async def move_job(
    store: Store, job_id: int, after: Status, *, now: float, live: Mapping[int, Details] | None = None
) -> Moves:
    return await store.move(Selection.of(jobs=[job_id]), after, now=now, live=live)
