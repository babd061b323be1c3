"""What was cancelled or removed, kept in the database for as long as it can be undone."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import NotFoundError
from aniworld_dl.model import Job, Status
from aniworld_dl.queue import changes
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.results import Changed, Moves, Removed, Restored, Undoable, Undone
from aniworld_dl.queue.rows import cursor_of, episode_of, json_list, place_of_cursor
from aniworld_dl.queue.store import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import aiosqlite

    from aniworld_dl.model import Episode, Selection
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.store import Details

UNDO_S: Final = 600.0
"""So long something can be undone."""
_LARGEST_ID: Final = 2**63 - 1
_EVERY_STATE: Final = ("pending", "failed", "cancelled")


class State(StrEnum):
    """Where a record stands. What must still be done with files is written down before it is begun."""

    REMOVING = "removing"
    OPEN = "open"
    RESTORING = "restoring"
    RESTORED = "restored"
    EXPIRED = "expired"


class Archive:
    """Cancels and removes so that it can be undone, undoes, and forgets. Each call is one transaction.

    Every method raises `StorageError` when the disk or the database refuses.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel(
        self, selection: Selection, *, before: frozenset[Status], now: float, live: Mapping[int, Details]
    ) -> Moves:
        """Move to cancelled what is selected and may, as `Store.move` does, and keep what it was."""
        wanted = changes.move(Status.CANCELLED, before, now)

        async def change(connection: aiosqlite.Connection) -> Moves:
            jobs = json_list(await changes.jobs_of(connection, selection))
            ids = json_list(await _ids(connection, jobs, selection, wanted.before))
            undo_id = await _add(connection, Undone.CANCEL, None, now)
            await fetch(connection, "drop_kept", ids=ids)
            await fetch(connection, "keep_episodes", undo_id=undo_id, ids=ids)
            await fetch(connection, "keep_expansions", undo_id=undo_id, jobs=jobs, states=json_list(["pending"]))
            moves = await changes.move_selection(connection, selection, wanted, live)
            if not moves.jobs:
                await fetch(connection, "forget_undo", undo_id=undo_id)
                return moves
            return replace(moves, undo=await _count(connection, undo_id, 0, len(moves.episodes)))

        return await self._database.write(change)

    async def remove(
        self,
        selection: Selection,
        action: Undone,
        folder: Path | None,
        *,
        now: float,
        live: Mapping[int, Details],
    ) -> Removed:
        """Delete what is selected, and jobs that have nothing left, and keep it; what runs is kept as waiting.

        With a `folder` the record is not open before the files are moved and `settle` says so.
        """
        interrupted = changes.move(Status.QUEUED, frozenset({Status.DOWNLOADING}), now)

        async def change(connection: aiosqlite.Connection) -> Removed:
            await changes.move_selection(connection, selection, interrupted, live)
            jobs = list(await changes.jobs_of(connection, selection))
            ids = await _ids(connection, json_list(jobs), selection, frozenset(Status))
            undo_id = await _add(connection, action, folder, now)
            owners = await fetch(connection, "owners_of", ids=json_list(ids))
            touched = json_list({*jobs, *(row["job_id"] for row in owners)})
            await fetch(connection, "keep_jobs", undo_id=undo_id, jobs=touched)
            await fetch(connection, "keep_episodes", undo_id=undo_id, ids=json_list(ids))
            await fetch(
                connection, "keep_expansions", undo_id=undo_id, jobs=json_list(jobs), states=json_list(_EVERY_STATE)
            )
            removed = await changes.remove(connection, selection)
            if not removed.jobs and not removed.episodes:
                await fetch(connection, "forget_undo", undo_id=undo_id)
                return removed
            await fetch(connection, "drop_present_jobs", undo_id=undo_id, jobs=json_list(removed.left))
            undo = await _count(connection, undo_id, len(removed.jobs), len(removed.episodes))
            return replace(removed, undo=undo)

        return await self._database.write(change)

    async def restore(self, undo_id: int, *, now: float) -> Restored:
        """Bring back what one record keeps. Its files are still to be put back.

        Raises:
            NotFoundError: it cannot be undone (any more), or the job to which it belongs was removed since.
        """

        async def change(connection: aiosqlite.Connection) -> Restored:
            taken = await fetch(connection, "take_undo", undo_id=undo_id, now=now)
            if not taken:
                raise NotFoundError(what="undo", id=undo_id)
            for missing in await fetch(connection, "missing_job_of_undo", undo_id=undo_id):
                raise NotFoundError(what="job", id=missing["job_id"])
            undo = _undoable(taken[0])
            if undo.action is Undone.CANCEL:
                return await _restore_cancelled(connection, undo)
            return await _restore_removed(connection, undo)

        return await self._database.write(change)

    async def settle(self, undo_id: int, state: State) -> None:
        """Note that what a state stood for is done and another one begins."""
        await self._database.change("settle_undo", undo_id=undo_id, state=state)

    async def forget(self, undo_id: int) -> None:
        """Forget a record with all that it keeps."""
        await self._database.change("forget_undo", undo_id=undo_id)

    async def expire(self, *, now: float) -> Changed:
        """Mark as expired what can be undone no more; of what is cancelled for good nothing counts as fetched."""

        async def change(connection: aiosqlite.Connection) -> Changed:
            lost: list[Row] = []
            for row in await fetch(connection, "expire_undos", now=now):
                lost += await fetch(connection, "lose_work", undo_id=row["id"])
            episodes = tuple(map(episode_of, lost))
            return Changed(jobs=frozenset(episode.job_id for episode in episodes), episodes=episodes)

        return await self._database.write(change)

    async def in_state(self, state: State) -> Sequence[Undoable]:
        """Return the records that stand somewhere."""
        return tuple(map(_undoable, await self._database.read("unfinished_undos", state=state)))

    async def next_end(self) -> float | None:
        """Return when the next record expires, None when there is none."""
        (row,) = await self._database.read("next_undo_end")
        return None if row["until"] is None else float(row["until"])

    async def files(self, undo_id: int) -> Sequence[tuple[int, PurePosixPath]]:
        """Return the removed episodes that had a finished file: id, and path in the download folder."""
        rows = await self._database.read("kept_files", undo_id=undo_id)
        return tuple((row["id"], PurePosixPath(row["path"])) for row in rows)

    async def works(self, undo_id: int) -> Sequence[tuple[Episode, Job]]:
        """Return the episodes whose work ends with a record, each with what is known of its job."""
        rows = await self._database.read("works_of_undo", undo_id=undo_id)
        return tuple((episode_of(row), _former_job(row)) for row in rows)

    async def page(self, *, now: float, limit: int = 50, cursor: str | None = None) -> Page[Undoable]:
        """Return what can be undone, the newest first.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        (before,) = place_of_cursor(cursor, 1) if cursor is not None else (_LARGEST_ID,)
        rows = await self._database.read("undos_page", before=before, now=now, limit=limit + 1)
        (total,) = await self._database.read("undos_total", now=now)
        items = tuple(map(_undoable, rows[:limit]))
        more = cursor_of(items[-1].id) if len(rows) > limit else None
        return Page(items=items, next_cursor=more, total=total["total"])


async def _ids(
    connection: aiosqlite.Connection, jobs: str, selection: Selection, statuses: Iterable[Status]
) -> frozenset[int]:
    episodes = json_list(selection.episodes)
    rows = await fetch(connection, "movable", jobs=jobs, episodes=episodes, before=json_list(statuses))
    return frozenset(row["id"] for row in rows)


async def _add(connection: aiosqlite.Connection, action: Undone, folder: Path | None, now: float) -> int:
    state, path = (State.OPEN, None) if folder is None else (State.REMOVING, str(folder))
    rows = await fetch(
        connection, "add_undo", action=action, state=state, folder=path, created_at=now, until=now + UNDO_S
    )
    return int(rows[0]["id"])


async def _count(connection: aiosqlite.Connection, undo_id: int, jobs: int, episodes: int) -> Undoable:
    return _undoable((await fetch(connection, "count_undo", undo_id=undo_id, jobs=jobs, episodes=episodes))[0])


async def _restore_cancelled(connection: aiosqlite.Connection, undo: Undoable) -> Restored:
    rows = await fetch(connection, "restore_cancelled", undo_id=undo.id)
    addresses = await fetch(connection, "restore_cancelled_expansions", undo_id=undo.id)
    episodes = tuple(map(episode_of, rows))
    jobs = {*(episode.job_id for episode in episodes), *(row["job_id"] for row in addresses)}
    return Restored(undo=undo, jobs=frozenset(jobs), episodes=episodes, count=len(episodes))


async def _restore_removed(connection: aiosqlite.Connection, undo: Undoable) -> Restored:
    whole = frozenset(row["id"] for row in await fetch(connection, "restore_jobs", undo_id=undo.id))
    rows = await fetch(connection, "restore_episodes", undo_id=undo.id)
    await fetch(connection, "restore_expansions", undo_id=undo.id)
    episodes = tuple(episode_of(row) for row in rows if row["job_id"] not in whole)
    jobs = whole.union(episode.job_id for episode in episodes)
    return Restored(undo=undo, jobs=jobs, episodes=episodes, count=len(rows))


def _undoable(row: Row) -> Undoable:
    return Undoable(
        id=row["id"],
        action=Undone(row["action"]),
        jobs=row["jobs"],
        episodes=row["episodes"],
        folder=None if row["folder"] is None else Path(row["folder"]),
        created_at=float(row["created_at"]),
        until=float(row["until"]),
    )


def _former_job(row: Row) -> Job:
    unknown: dict[str, Any] = dict.fromkeys(
        ("language", "provider", "bandwidth_limit_bytes_per_s", "requested_episodes")
    )
    return Job(
        id=row["job_id"],
        anime_title=row["anime_title"],
        priority=0,
        created_at=0.0,
        counts={},
        progress_sum=0.0,
        **unknown,
    )
