"""Requests become rows, thousands of episodes by one statement."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Status
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.keys import keys_of
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.rows import job_of, json_list, ref_columns, standing_column, title_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import aiosqlite

    from aniworld_dl.model import EpisodeRef, Job, JobRequest
    from aniworld_dl.queue.keys import Keys

ROWS_A_STATEMENT: Final = 2000
"""A hundred thousand rows are worked through in pieces, beside the event loop."""
_ROWS_AT_ONCE: Final = 200
"""More than so many are put into words in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A request to be stored: without the `duplicates` (their number) that were left out of it.

    `series_indexes` are the indexes of addresses that must still be expanded, `keys` those of the other ones, as far as
    they are known.
    """

    request: JobRequest
    series_indexes: frozenset[int] = frozenset()
    duplicates: int = 0
    keys: Sequence[Keys] | None = None


async def add_jobs(
    connection: aiosqlite.Connection, additions: Sequence[Addition], now: float
) -> list[tuple[Job, bool]]:
    """Store requests with their episodes, except those whose idempotency key is known."""
    added = [await _add_job(connection, each, now) for each in additions]
    rows = await fetch(connection, "jobs_by_id", ids=json_list(job_id for job_id, _ in added))
    jobs = {row["id"]: job_of(row) for row in rows}
    return [(jobs[job_id], created) for job_id, created in added]


async def _add_job(connection: aiosqlite.Connection, addition: Addition, now: float) -> tuple[int, bool]:
    request, series_indexes = addition.request, addition.series_indexes
    if request.idempotency_key is not None:
        known = await fetch(connection, "job_of_key", idempotency_key=request.idempotency_key)
        if known:
            return known[0]["id"], False
    rows = await fetch(connection, "add_job", created_at=now, **_job_columns(addition))
    job_id = rows[0]["id"]
    direct = [(index, ref) for index, ref in enumerate(request.episodes) if index not in series_indexes]
    keys = addition.keys
    if keys is None:
        keys = keys_of([ref for _, ref in direct], request.language, request.anime_title)
    places = [(index, 0, ref, key) for (index, ref), key in zip(direct, keys, strict=True)]
    status = Status.PAUSED if request.paused else Status.QUEUED
    await add_episodes(connection, places, job_id=job_id, position=1, status=status, created_at=now)
    if series_indexes:
        await connection.executemany(SQL["add_expansion"], _series_rows(job_id, addition, now))
    return job_id, True


def _job_columns(addition: Addition) -> dict[str, Any]:
    request = addition.request
    return {
        "anime_title": request.anime_title,
        "title_key": title_key(request.anime_title),
        "language": request.language,
        "provider": request.provider,
        "priority": request.priority,
        "requested_episodes": request.total_episodes,
        "bandwidth_limit_bytes_per_s": request.bandwidth_limit_bytes_per_s,
        "standing": standing_column(request.standing),
        "idempotency_key": request.idempotency_key,
        "duplicates": addition.duplicates,
    }


def _series_rows(job_id: int, addition: Addition, now: float) -> Iterator[dict[str, Any]]:
    for index in sorted(addition.series_indexes):
        yield {
            "job_id": job_id,
            "request_index": index,
            "paused": int(addition.request.paused),
            "created_at": now,
            **ref_columns(addition.request.episodes[index]),
        }


async def add_episodes(
    connection: aiosqlite.Connection, places: Sequence[tuple[int, int, EpisodeRef, Keys]], **columns: Any
) -> None:
    """Store episodes by the index of their address in the request and their ordinal below it."""
    for start in range(0, len(places), ROWS_A_STATEMENT):
        part = places[start : start + ROWS_A_STATEMENT]
        refs = await asyncio.to_thread(_refs_json, part) if len(part) > _ROWS_AT_ONCE else _refs_json(part)
        await fetch(connection, "add_episodes", **columns | {"refs": refs, "position": columns["position"] + start})


def _refs_json(places: Sequence[tuple[int, int, EpisodeRef, Keys]]) -> str:
    rows = [
        (index, ordinal, ref.url, ref.series, ref.season, ref.number, ref.title, key.address, key.place, ref.poster)
        for index, ordinal, ref, key in places
    ]
    return json.dumps(rows, ensure_ascii=False)  # half a character is refused then, and not stored
