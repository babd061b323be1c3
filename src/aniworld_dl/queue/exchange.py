"""Gives the whole queue away as a file, and takes such a file in."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.disk import in_thread
from aniworld_dl.model import JobRequest, Status
from aniworld_dl.model.exchange import AddressState
from aniworld_dl.queue.additions import add_empty_jobs
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.export import export_pieces
from aniworld_dl.queue.keys import key_columns, keys_of
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.results import Changed
from aniworld_dl.queue.rows import (
    error_columns,
    hold_columns,
    hundredths,
    ref_columns,
    standing_column,
    standing_json,
    taken_column,
    title_key,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
    from pathlib import Path

    import aiosqlite

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Episode
    from aniworld_dl.model.exchange import AddressRecord, EpisodeRecord, JobRecord
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.duplicates import Duplicate, Sieve
    from aniworld_dl.queue.transitions import Transitions

_EPISODES_A_PART: Final = 1000
_DUPLICATES_NAMED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Changed):
    """What became of an import: jobs, how many episodes were stored or left out, and for the first of those why."""

    count: int
    skipped: int
    duplicates: tuple[Duplicate, ...]


@dataclass(slots=True, kw_only=True)
class _Tally:
    jobs: list[int] = field(default_factory=list)
    count: int = 0
    skipped: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)

    def taken(self) -> Taken:
        return Taken(
            jobs=frozenset(self.jobs), count=self.count, skipped=self.skipped, duplicates=tuple(self.duplicates)
        )


class Exchange:
    """Export and import of the queue. `woken` are called when something new waits."""

    def __init__(
        self,
        *,
        database: Database,
        sieve: Sieve,
        transitions: Transitions,
        clock: Clock,
        woken: Sequence[Callable[[], None]],
    ) -> None:
        self._database = database
        self._sieve = sieve
        self._transitions = transitions
        self._clock = clock
        self._woken = woken

    @property
    def folder(self) -> Path:
        """Where there is room for a file that comes in."""
        return self._database.path.parent

    async def export(self, *, ended: bool = False) -> AsyncGenerator[bytes]:
        """Yield the queue as JSON text, from one moment; close it in the end. `ended` jobs are left out by default.

        Raises:
            StorageError: the database cannot be read.
        """
        pieces = export_pieces(self._database.path, ended=ended, now=self._clock.time())
        try:
            while (piece := await in_thread(next, pieces, None)) is not None:
                yield piece
        finally:
            pieces.close()

    async def take(self, records: Callable[[], Iterator[JobRecord]]) -> Taken:
        """Store jobs behind those that there are, in their order, all or none.

        `records` gives them, and raises what is wrong with them; it is called twice: what is wrong is found before
        anything is written. What was downloading is queued. Episodes that are queued here already are left out, and
        jobs of which nothing else was to be done. Everything blocking of `records` happens in threads.

        Raises:
            StorageError: the database refuses.
            RequestInvalidError: a value cannot be stored.
        """
        async with aclosing(_parts(records())) as parts:
            async for _ in parts:
                pass
        taken = await self._transitions.carry_out(
            lambda: self._database.write(lambda connection: self._store(connection, records))
        )
        for wake in self._woken:
            wake()
        return taken

    async def _store(self, connection: aiosqlite.Connection, records: Callable[[], Iterator[JobRecord]]) -> Taken:
        tally = _Tally()
        async with aclosing(_parts(records())) as parts:
            async for part in parts:
                for record in part:
                    await self._store_job(connection, record, tally)
        return tally.taken()

    async def _store_job(self, connection: aiosqlite.Connection, whole: JobRecord, tally: _Tally) -> None:
        record, duplicates = await self._sifted(whole)
        skipped = len(whole.episodes) - len(record.episodes)
        tally.skipped += skipped
        tally.duplicates += duplicates[: _DUPLICATES_NAMED - len(tally.duplicates)]
        if skipped and not _is_to_do(record):
            tally.skipped += len(record.episodes)
            return
        job_id = await self._add_job(connection, record, skipped)
        rows = await in_thread(_episode_rows, job_id, record, self._clock.time())
        await connection.executemany(SQL["import_episode"], rows)
        addresses = [_address_row(job_id, address) for address in record.addresses]
        await connection.executemany(SQL["import_address"], addresses)
        await fetch(connection, "set_last_end", id=job_id)
        tally.jobs.append(job_id)
        tally.count += len(rows)

    async def _sifted(self, record: JobRecord) -> tuple[JobRecord, Sequence[Duplicate]]:
        """Return the job without the episodes that are queued already."""
        refs = tuple(each.episode.ref for each in record.episodes if not each.episode.status.ended)
        request = JobRequest(anime_title=record.anime_title, episodes=refs, language=record.language)
        sifted = await self._sieve.sift(request, frozenset())
        if len(sifted.request.episodes) == len(refs):
            return record, ()
        new = set(map(id, sifted.request.episodes))
        kept = (each for each in record.episodes if each.episode.status.ended or id(each.episode.ref) in new)
        return replace(record, episodes=tuple(kept)), sifted.known

    async def _add_job(self, connection: aiosqlite.Connection, record: JobRecord, duplicates: int) -> int:
        columns = {
            "anime_title": record.anime_title,
            "title_key": title_key(record.anime_title),
            "language": record.language,
            "provider": record.provider,
            "priority": record.priority,
            "requested_episodes": record.requested_episodes,
            "bandwidth_limit_bytes_per_s": record.bandwidth_limit_bytes_per_s,
            "duplicates": duplicates,
            "created_at": record.created_at,
            "standing": standing_column(record.standing),
        }
        return (await add_empty_jobs(connection, [columns]))[0]


async def _parts(records: Iterator[JobRecord]) -> AsyncGenerator[list[JobRecord]]:
    """Yield the jobs some at a time, each part read in a thread."""
    while part := await in_thread(_part, records):
        yield part


def _part(records: Iterator[JobRecord]) -> list[JobRecord]:
    part: list[JobRecord] = []
    episodes = 0
    for record in records:
        part.append(record)
        episodes += 1 + len(record.episodes)
        if episodes >= _EPISODES_A_PART:
            break
    return part


def _is_to_do(record: JobRecord) -> bool:
    is_waiting = any(not each.episode.status.ended for each in record.episodes)
    return is_waiting or any(address.state is AddressState.PENDING for address in record.addresses)


def _episode_rows(job_id: int, record: JobRecord, now: float) -> list[dict[str, Any]]:
    keys = keys_of([each.episode.ref for each in record.episodes], record.language, record.anime_title)
    return [
        {"job_id": job_id, **_episode_row(each, now), **key_columns(key)}
        for each, key in zip(record.episodes, keys, strict=True)
    ]


def _episode_row(record: EpisodeRecord, now: float) -> dict[str, Any]:
    episode = record.episode
    status = Status.QUEUED if episode.status is Status.DOWNLOADING else episode.status
    path = None if episode.path is None else episode.path.as_posix()
    return {
        "request_index": record.address,
        "ordinal": record.ordinal,
        "position": episode.position,
        "rank": episode.rank,
        **ref_columns(episode.ref),
        "status": status,
        "priority": episode.priority,
        "bandwidth_limit_bytes_per_s": episode.bandwidth_limit_bytes_per_s,
        "attempt": episode.attempt,
        "retries": episode.retries,
        **hold_columns(episode.hold if status is Status.QUEUED else None),
        "progress": hundredths(episode.progress_percentage),
        "bytes_downloaded": episode.bytes_downloaded,
        "total_bytes": episode.total_bytes,
        **error_columns(episode.error),
        "path": path,
        "path_key": None if path is None else title_key(path),
        "existing": int(episode.existing),
        "created_at": episode.created_at,
        "started_at": episode.started_at,
        "completed_at": _end_of(episode, now),
        "poster": episode.ref.poster,
        "taken": taken_column(episode.taken),
        "standing": standing_json(episode.standing if status is Status.COMPLETED else None),
    }


def _end_of(episode: Episode, now: float) -> float | None:
    if not episode.status.ended:
        return None
    return now if episode.completed_at is None else episode.completed_at


def _address_row(job_id: int, record: AddressRecord) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "request_index": record.address,
        **ref_columns(record.ref),
        "state": record.state,
        "paused": int(record.paused),
        **error_columns(record.error),
        "created_at": record.created_at,
        "ended_at": record.ended_at,
    }
