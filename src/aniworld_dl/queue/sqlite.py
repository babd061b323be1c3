"""The store in a SQLite file."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import HoldReason, Status
from aniworld_dl.queue import changes
from aniworld_dl.queue.additions import Addition, add_jobs
from aniworld_dl.queue.database import Database
from aniworld_dl.queue.rows import cursor_of, episode_of, expansion_of, job_of, json_list, place_of_cursor, title_key
from aniworld_dl.queue.store import UNSET, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, Job, JobRequest, Selection
    from aniworld_dl.queue.keys import Keys
    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.results import Moves, Removed
    from aniworld_dl.queue.store import Details, Expansion, Unset

_LARGEST_ID: Final = 2**63 - 1
_ACTIVE: Final = frozenset(status for status in Status if not status.ended)
_QUEUE_START: Final = (-1, 0, 0, 0)
"""Before what runs: 0 is running, 1 waiting; then priority, position, id."""
_QUEUE_STRETCHES: Final = {
    "queue_page_alike": ("waits", "priority", "position", "id"),
    "queue_page_lower": ("waits", "priority"),
    "queue_page_waiting": ("waits",),
}
"""What follows a place, in order, and what each query must know of the place."""


class SqliteStore:
    """Implements `aniworld_dl.queue.store.Store`, where every method is described. Open it with `open`."""

    def __init__(self, database: Database, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        self.database = database
        self._folder = folder
        self._read, self._change, self._write = database.read, database.change, database.write

    @classmethod
    async def open(cls, path: Path | None) -> SqliteStore:
        """Open the database, creating it and its folder where they are missing; None means one that is not kept.

        Raises:
            StorageError: it cannot be opened, or a newer version has written it.
        """
        if path is not None:
            return cls(await Database.open(path))
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="aniworld-dl-")
        return cls(await Database.open(Path(folder.name) / "queue.db", kept=False), folder)

    # ------------------------------------------------------------------------------------------------------- jobs

    async def add_job(
        self,
        request: JobRequest,
        *,
        series_indexes: frozenset[int] = frozenset(),
        duplicates: int = 0,
        keys: Sequence[Keys] | None = None,
        now: float,
    ) -> tuple[Job, bool]:
        """Store a request."""
        addition = Addition(request=request, series_indexes=series_indexes, duplicates=duplicates, keys=keys)
        return (await self.add_jobs([addition], now=now))[0]

    async def add_jobs(self, requests: Sequence[Addition], *, now: float) -> Sequence[tuple[Job, bool]]:
        """Store requests together."""
        return await self._write(lambda connection: add_jobs(connection, requests, now))

    async def job(self, job_id: int) -> Job | None:
        """Return a job."""
        rows = await self._read("job", id=job_id)
        return job_of(rows[0]) if rows else None

    async def jobs_by_id(self, job_ids: Iterable[int]) -> Mapping[int, Job]:
        """Return those of these jobs that there are."""
        return {row["id"]: job_of(row) for row in await self._read("jobs_by_id", ids=json_list(job_ids))}

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None = None,
        q: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        in_queue: bool = False,
    ) -> Page[Job]:
        """Return jobs, newest first or in the order of the queue."""
        if in_queue:
            return await self._queue_page(_ACTIVE if statuses is None else statuses & _ACTIVE, q, limit, cursor)
        (before,) = place_of_cursor(cursor, 1) if cursor is not None else (_LARGEST_ID,)
        chosen = {"statuses": json_list(Status if statuses is None else statuses), "q": title_key(q or "")}
        rows = await self._read("jobs_page", before=before, limit=limit + 1, **chosen)
        total = await self._read("jobs_total", **chosen)
        items = tuple(map(job_of, rows[:limit]))
        more = cursor_of(items[-1].id) if len(rows) > limit else None
        return Page(items=items, next_cursor=more, total=total[0]["total"])

    async def _queue_page(
        self, statuses: frozenset[Status], q: str | None, limit: int, cursor: str | None
    ) -> Page[Job]:
        waits, priority, position, last_id = place_of_cursor(cursor, 4) if cursor is not None else _QUEUE_START
        chosen = {"statuses": json_list(statuses), "q": title_key(q or "")}
        place = {"waits": waits, "priority": priority, "position": position, "id": last_id}
        rows: list[Row] = []
        for stretch, known in _QUEUE_STRETCHES.items():
            if len(rows) <= limit:
                given = {name: place[name] for name in known}
                rows += await self._read(stretch, limit=limit + 1 - len(rows), **given, **chosen)
        total = await self._read("jobs_total", **chosen)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = cursor_of(int(last["downloading"] == 0), last["priority"], last["position"], last["id"])
        return Page(items=tuple(map(job_of, rows[:limit])), next_cursor=more, total=total[0]["total"])

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
        columns = {
            "priority": priority,
            "anime_title": anime_title,
            "title_key": None if anime_title is None else title_key(anime_title),
            "limit_given": given,
            "bandwidth_limit_bytes_per_s": bandwidth_limit_bytes_per_s if given else None,
        }
        await self._write(lambda connection: changes.update_job(connection, job_id, columns))
        return await self.job(job_id)

    async def jobs_of_statuses(self, statuses: Iterable[Status]) -> frozenset[int]:
        """Return the ids of jobs by status."""
        rows = await self._read("jobs_of_statuses", statuses=json_list(statuses))
        return frozenset(row["id"] for row in rows)

    async def remove(self, selection: Selection) -> Removed:
        """Forget what is selected."""
        return await self._write(lambda connection: changes.remove(connection, selection))

    async def counts(self) -> Mapping[Status, int]:
        """Count all episodes by status."""
        (row,) = await self._read("counts")
        return {status: int(row[status.value]) for status in Status}

    # --------------------------------------------------------------------------------------------------- episodes

    async def episode(self, episode_id: int) -> Episode | None:
        """Return an episode."""
        rows = await self._read("episode", id=episode_id)
        return episode_of(rows[0]) if rows else None

    async def episodes_by_id(self, episode_ids: Iterable[int]) -> Mapping[int, Episode]:
        """Return those of these episodes that there are."""
        return {row["id"]: episode_of(row) for row in await self._read("episodes_by_id", ids=json_list(episode_ids))}

    async def episodes(self, job_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[Episode]:
        """Return a job's episodes in order."""
        rank, last_id = place_of_cursor(cursor, 2) if cursor is not None else (float("-inf"), 0)
        rows = await self._read("episodes_page", job_id=job_id, rank=rank, id=last_id, limit=limit + 1)
        total = await self._read("episodes_total", job_id=job_id)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = cursor_of(last["rank"], last["id"])
        items = tuple(map(episode_of, rows[:limit]))
        return Page(items=items, next_cursor=more, total=total[0]["total"] if total else 0)

    async def running_episodes(self) -> Sequence[Episode]:
        """Return every episode that downloads."""
        return tuple(map(episode_of, await self._read("running_episodes")))

    async def claim(self, *, now: float, fair: bool = True) -> Episode | None:
        """Take the next queued episode."""
        return await self._write(lambda connection: changes.claim(connection, now, fair=fair))

    async def start(self, episode_id: int, *, now: float) -> Episode | None:
        """Take this queued episode."""
        return await self._write(lambda connection: changes.start(connection, episode_id, now))

    async def held(self, reason: HoldReason, limit: int) -> Sequence[Episode]:
        """Return what is held for a reason."""
        return tuple(map(episode_of, await self._read("held", reason=reason, limit=limit)))

    async def next_hold_end(self) -> float | None:
        """Return when the first hold ends."""
        (row,) = await self._read("next_hold_end", reasons=json_list(HoldReason))
        return None if row["until"] is None else float(row["until"])

    async def end_holds(self, *, now: float) -> Sequence[Episode]:
        """End the holds whose time has come."""
        return await self._write(lambda connection: changes.end_holds(connection, now))

    async def end_holds_of(self, reason: HoldReason, episode_ids: Iterable[int]) -> Sequence[Episode]:
        """End the holds of these episodes."""
        return await self._write(lambda connection: changes.end_holds_of(connection, reason, episode_ids))

    async def move(
        self,
        selection: Selection,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        live: Mapping[int, Details] | None = None,
    ) -> Moves:
        """Move what is selected and may."""
        wanted = changes.move(after, before, now)
        return await self._write(lambda connection: changes.move_selection(connection, selection, wanted, live or {}))

    async def start_now(self, selection: Selection, *, now: float, most: int) -> Moves:
        """Start what is selected."""
        return await self._write(lambda connection: changes.start_now(connection, selection, now, most))

    async def requeue_interrupted(self, *, now: float) -> Sequence[Episode]:
        """Queue again what was downloading."""
        return await self._write(lambda connection: changes.requeue_interrupted(connection, now))

    # ------------------------------------------------------------------------------------------------- expansions

    async def pending_expansions(self, job_id: int | None = None) -> Sequence[Expansion]:
        """Return the addresses that wait to be expanded."""
        return tuple(map(expansion_of, await self._read("pending_expansions", job_id=job_id)))

    async def expand(
        self, expansion_id: int, refs: Sequence[EpisodeRef], *, duplicates: int = 0, now: float
    ) -> Sequence[Episode]:
        """Put episodes in the place of an address."""
        return await self._write(
            lambda connection: changes.expand(connection, expansion_id, refs, duplicates=duplicates, now=now)
        )

    async def fail_expansion(self, expansion_id: int, error: ErrorInfo, *, now: float, held: bool = False) -> bool:
        """Record why an address cannot be expanded."""
        return await self._write(
            lambda connection: changes.fail_expansion(connection, expansion_id, error, now, held=held)
        )

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
        return await self.database.failed()

    async def aclose(self) -> None:
        """Complete what was asked for and close."""
        await self.database.aclose()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)
