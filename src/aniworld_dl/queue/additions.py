"""Requests become rows, thousands of episodes by one statement."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aniworld_dl.model import Status
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.keys import keys_of
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.rows import job_of, json_list, ref_columns, standing_column, title_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import aiosqlite

    from aniworld_dl.model import EpisodeRef, Job, JobRequest
    from aniworld_dl.queue.keys import Keys

    NewEpisode = tuple["Place", EpisodeRef, Keys]

ROWS_A_STATEMENT: Final = 2000
"""A hundred thousand rows are worked through in pieces, beside the event loop."""
_ROWS_AT_ONCE: Final = 500
"""More than so many are put into words in a thread."""
_MOST: Final = 2**63 - 1


class Place(NamedTuple):
    """Where an episode comes in: in its job, and in what was asked for (the index of its address, and below that)."""

    job_id: int
    position: int
    request_index: int
    ordinal: int


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

    @property
    def status(self) -> Status:
        """How its episodes begin."""
        return Status.PAUSED if self.request.paused else Status.QUEUED

    def episodes(self, job_id: int) -> Iterator[NewEpisode]:
        """Yield what is an episode already, for the job that it becomes."""
        episodes = self.request.episodes
        direct = [index for index in range(len(episodes)) if index not in self.series_indexes]
        keys = self.keys
        if keys is None:
            keys = keys_of([episodes[index] for index in direct], self.request.language, self.request.anime_title)
        for number, (index, key) in enumerate(zip(direct, keys, strict=True)):
            yield Place(job_id, 1 + number, index, 0), episodes[index], key


async def add_jobs(
    connection: aiosqlite.Connection, additions: Sequence[Addition], now: float
) -> list[tuple[Job, bool]]:
    """Store requests with their episodes, except those whose idempotency key is known. No two have the same one.

    By few statements: to change over to the thread of the database and back takes longer than most of them.
    """
    known = await _known_keys(connection, additions)
    new = [each for each in additions if each.request.idempotency_key not in known]
    new_ids = await add_empty_jobs(connection, [_job_columns(each, now) for each in new])
    for status in (Status.QUEUED, Status.PAUSED):
        these = [pair for pair in zip(new, new_ids, strict=True) if pair[0].status is status]
        episodes = (episode for each, job_id in these for episode in each.episodes(job_id))
        count = sum(len(each.request.episodes) for each, _ in these)
        await add_episodes(connection, episodes, count=count, status=status, created_at=now)
    series = [row for each, job_id in zip(new, new_ids, strict=True) for row in _series_rows(job_id, each, now)]
    if series:
        await connection.executemany(SQL["add_expansion"], series)
    jobs = await _jobs(connection, [*known.values(), *new_ids])
    left = iter(new_ids)
    return [
        (jobs[known[key]], False) if (key := each.request.idempotency_key) in known else (jobs[next(left)], True)
        for each in additions
    ]


async def add_empty_jobs(connection: aiosqlite.Connection, jobs: Sequence[Mapping[str, Any]]) -> list[int]:
    """Store jobs by their columns and return their ids, in the same order.

    Raises:
        OverflowError: a number does not fit into 64 bits.
    """
    if too_large := [value for job in jobs for value in job.values() if type(value) is int and abs(value) > _MOST]:
        raise OverflowError(f"{too_large[0]} does not fit into 64 bits")  # JSON would make another number of it
    rows = await fetch(connection, "add_jobs", jobs=_json(jobs)) if jobs else []
    return [row["id"] for row in sorted(rows, key=itemgetter("position"))]


async def _known_keys(connection: aiosqlite.Connection, additions: Sequence[Addition]) -> dict[str | None, int]:
    keys = [key for each in additions if (key := each.request.idempotency_key) is not None]
    rows = await fetch(connection, "jobs_of_keys", keys=json_list(keys)) if keys else []
    return {row["idempotency_key"]: row["id"] for row in rows}


async def _jobs(connection: aiosqlite.Connection, ids: Sequence[int]) -> dict[int, Job]:
    return {row["id"]: job_of(row) for row in await fetch(connection, "jobs_by_id", ids=json_list(ids))}


def _job_columns(addition: Addition, now: float) -> dict[str, Any]:
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
        "created_at": now,
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
    connection: aiosqlite.Connection, episodes: Iterable[NewEpisode], *, count: int, status: Status, created_at: float
) -> None:
    """Store so many episodes of any jobs. Where they are many, `episodes` is gone through in a thread."""
    pieces = _pieces(episodes)
    take = partial(next, pieces, "")
    while rows := take() if count <= _ROWS_AT_ONCE else await asyncio.to_thread(take):
        await fetch(connection, "add_episodes", rows=rows, status=status, created_at=created_at)


def _pieces(episodes: Iterable[NewEpisode]) -> Iterator[str]:
    rows = (
        (*place, ref.url, ref.series, ref.season, ref.number, ref.title, ref.poster, key.address, key.place)
        for place, ref, key in episodes
    )
    while piece := list(islice(rows, ROWS_A_STATEMENT)):
        yield _json(piece)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # half a character is refused then, and not stored
