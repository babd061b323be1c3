"""The store in a SQLite file. Reads have a connection of their own and never wait for a change."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import FileFailedError, FolderDeniedError
from aniworld_dl.model import Status
from aniworld_dl.queue import changes
from aniworld_dl.queue.database import check_sqlite, open_reader, open_writer, translated
from aniworld_dl.queue.rows import cursor_of, episode_of, expansion_of, job_of, json_list, place_of_cursor, title_key
from aniworld_dl.queue.store import UNSET, Details, Page
from aniworld_dl.queue.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiosqlite

    from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, Job, JobRequest
    from aniworld_dl.queue.store import Expansion, Moved, Unset
    from aniworld_dl.queue.writer import Change, Result

_NO_DETAILS: Final = Details()
_LARGEST_ID: Final = 2**63 - 1


class SqliteStore:
    """Implements `aniworld_dl.queue.store.Store`, where every method is described. Open it with `open`."""

    def __init__(
        self, path: Path, writer: Writer, reader: aiosqlite.Connection, folder: tempfile.TemporaryDirectory[str] | None
    ) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._folder = folder
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path | None) -> SqliteStore:
        """Open the database, creating it and its folder where they are missing; None means one that is not kept.

        Raises:
            StorageError: it cannot be opened, is no database, or a newer version has written it.
        """
        folder = None if path else await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="aniworld-dl-")
        where = path or Path(folder.name if folder else "") / "queue.db"
        check_sqlite(sqlite3.sqlite_version_info, where)
        await asyncio.to_thread(_make_folder, where.parent)
        connection = await open_writer(where)
        writer = Writer(connection, where)
        try:
            reader = await open_reader(where)
        except BaseException:
            await writer.aclose()
            raise
        return cls(where, writer, reader, folder)

    # ------------------------------------------------------------------------------------------------------- jobs

    async def add_job(
        self, request: JobRequest, *, series_indexes: frozenset[int] = frozenset(), now: float
    ) -> tuple[Job, bool]:
        """Store a request."""
        return await self._write(lambda connection: changes.add_job(connection, request, series_indexes, now))

    async def job(self, job_id: int) -> Job | None:
        """Return a job."""
        rows = await self._read("job", id=job_id)
        return job_of(rows[0]) if rows else None

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None = None,
        q: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Return jobs, newest first."""
        (before,) = place_of_cursor(cursor, 1) if cursor is not None else (_LARGEST_ID,)
        chosen = {"statuses": json_list(Status if statuses is None else statuses), "q": title_key(q or "")}
        rows = await self._read("jobs_page", before=before, limit=limit + 1, **chosen)
        total = await self._read("jobs_total", **chosen)
        items = tuple(map(job_of, rows[:limit]))
        more = cursor_of(items[-1].id) if len(rows) > limit else None
        return Page(items=items, next_cursor=more, total=total[0]["total"])

    async def active_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that have not ended."""
        return tuple(map(job_of, await self._read("active_jobs", limit=limit)))

    async def waiting_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that neither run nor have ended."""
        return tuple(map(job_of, await self._read("waiting_jobs", limit=limit)))

    async def ended_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that have ended."""
        return tuple(map(job_of, await self._read("ended_jobs", limit=limit)))

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> Job | None:
        """Change what is given."""
        given = bandwidth_limit_bytes_per_s is not UNSET
        await self._change(
            "update_job",
            id=job_id,
            priority=priority,
            anime_title=anime_title,
            title_key=None if anime_title is None else title_key(anime_title),
            limit_given=given,
            bandwidth_limit_bytes_per_s=bandwidth_limit_bytes_per_s if given else None,
        )
        return await self.job(job_id)

    async def delete_job(self, job_id: int) -> bool:
        """Forget a job."""
        return bool(await self._change("delete_job", id=job_id))

    async def counts(self) -> Mapping[Status, int]:
        """Count all episodes by status."""
        (row,) = await self._read("counts")
        return {status: int(row[status.value]) for status in Status}

    # --------------------------------------------------------------------------------------------------- episodes

    async def episode(self, episode_id: int) -> Episode | None:
        """Return an episode."""
        rows = await self._read("episode", id=episode_id)
        return episode_of(rows[0]) if rows else None

    async def episodes(self, job_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[Episode]:
        """Return a job's episodes in order."""
        index, ordinal = place_of_cursor(cursor, 2) if cursor is not None else (-1, -1)
        rows = await self._read("episodes_page", job_id=job_id, request_index=index, ordinal=ordinal, limit=limit + 1)
        total = await self._read("episodes_total", job_id=job_id)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = cursor_of(last["request_index"], last["ordinal"])
        items = tuple(map(episode_of, rows[:limit]))
        return Page(items=items, next_cursor=more, total=total[0]["total"] if total else 0)

    async def running_episodes(self) -> Sequence[Episode]:
        """Return every episode that downloads."""
        return tuple(map(episode_of, await self._read("running_episodes")))

    async def claim(self, *, now: float) -> Episode | None:
        """Take the next queued episode."""
        return await self._write(lambda connection: changes.claim(connection, now))

    async def move_episode(
        self,
        episode_id: int,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        details: Details | None = None,
    ) -> Moved | None:
        """Move an episode if it may."""
        wanted = changes.move(after, before, now)
        return await self._write(
            lambda connection: changes.move_episode(connection, episode_id, wanted, details or _NO_DETAILS)
        )

    async def move_job(
        self,
        job_id: int,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        live: Mapping[int, Details] | None = None,
    ) -> Sequence[Moved]:
        """Move a job's episodes that may."""
        wanted = changes.move(after, before, now)
        return await self._write(lambda connection: changes.move_many(connection, job_id, wanted, live or {}))

    async def move_all(
        self,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        live: Mapping[int, Details] | None = None,
    ) -> Sequence[Moved]:
        """Move all episodes that may."""
        wanted = changes.move(after, before, now)
        return await self._write(lambda connection: changes.move_many(connection, None, wanted, live or {}))

    async def requeue_interrupted(self, *, now: float) -> Sequence[Episode]:
        """Queue again what was downloading."""
        return await self._write(lambda connection: changes.requeue_interrupted(connection, now))

    # ------------------------------------------------------------------------------------------------- expansions

    async def pending_expansions(self, job_id: int | None = None) -> Sequence[Expansion]:
        """Return the addresses that wait to be expanded."""
        return tuple(map(expansion_of, await self._read("pending_expansions", job_id=job_id)))

    async def expand(self, expansion_id: int, refs: Sequence[EpisodeRef], *, now: float) -> Sequence[Episode]:
        """Put episodes in the place of an address."""
        return await self._write(lambda connection: changes.expand(connection, expansion_id, refs, now))

    async def fail_expansion(self, expansion_id: int, error: ErrorInfo, *, now: float) -> bool:
        """Record why an address cannot be expanded."""
        return await self._write(lambda connection: changes.fail_expansion(connection, expansion_id, error, now))

    async def retry_expansions(self, job_id: int) -> int:
        """Let failed and cancelled addresses wait again."""
        return len(await self._change("retry_expansions", job_id=job_id))

    # ------------------------------------------------------------------------------------------------------- meta

    async def get_meta(self, key: str) -> Any:
        """Return the value stored under `key`."""
        rows = await self._read("get_meta", key=key)
        return json.loads(rows[0]["value"]) if rows else None

    async def set_meta(self, key: str, value: Any) -> None:
        """Store a value under `key`."""
        await self._change("set_meta", key=key, value=json.dumps(value))

    # -------------------------------------------------------------------------------------------------- life cycle

    async def failed(self) -> BaseException:
        """Wait until the store has died by itself."""
        return await self._writer.failed()

    async def aclose(self) -> None:
        """Complete what was asked for and close, even if the caller is cancelled meanwhile."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="store-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._reader.close()
        finally:
            await self._writer.aclose()
            if self._folder is not None:
                await asyncio.to_thread(self._folder.cleanup)

    async def _read(self, query: str, **parameters: Any) -> list[sqlite3.Row]:
        if self._closing is not None:
            raise FileFailedError(path=str(self._path), reason="the queue is closed")
        with translated(self._path):
            return await changes.fetch(self._reader, query, **parameters)

    async def _change(self, query: str, **parameters: Any) -> list[sqlite3.Row]:
        return await self._write(lambda connection: changes.fetch(connection, query, **parameters))

    async def _write(self, change: Change[Result]) -> Result:
        with translated(self._path):
            return await self._writer.write(change)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderDeniedError(path=str(folder), reason=str(error)) from error
