"""Undoing, and what becomes of files: of what was removed, of what was cancelled, and when the time is over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.errors import StorageError
from aniworld_dl.logs import get_logger
from aniworld_dl.media.shelf.trash import empty_trash, put_back, throw_away
from aniworld_dl.queue.archive import State
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.views import page_view, time_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from aniworld_dl.clock import Clock
    from aniworld_dl.queue.archive import Archive
    from aniworld_dl.queue.results import Undoable
    from aniworld_dl.queue.tools import Runner
    from aniworld_dl.queue.transitions import Transitions

_LONGEST_REST_S: Final = 60.0
"""How long records are left alone at most: the system's time may be set anew meanwhile."""
_log = get_logger(__name__)


class Undo:
    """Moves files into the trash and back, undoes, and clears up when the time of a record is over.

    What is to be done is in the database before it begins, so that the next start completes what a crash interrupted.
    `revived` are called when something has come back.
    """

    def __init__(
        self,
        *,
        archive: Archive,
        transitions: Transitions,
        runner: Runner,
        clock: Clock,
        download_dir: Path,
        revived: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.download_dir = download_dir
        self._archive = archive
        self._transitions = transitions
        self._runner = runner
        self._clock = clock
        self._revived = revived
        self._changed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Complete what was interrupted, then clear up in time, until cancelled."""
        while True:
            self._changed.clear()
            await persist(self._catch_up_alone, self._clock)
            end = await self._archive.next_end()
            wait_s = None if end is None else min(max(end - self._clock.time(), 0.0), _LONGEST_REST_S)
            await wait_for(self._changed, self._clock, wait_s)

    def changed(self) -> None:
        """Look again at what is kept: something new is."""
        self._changed.set()

    async def remove_files(self, undo: Undoable) -> Mapping[int, StorageError]:
        """Move the files of a removal into the trash; return by episode why one could not be moved."""
        async with self._one_at_a_time:
            return await self._remove_files(undo)

    async def restore(self, undo_id: int) -> dict[str, Any]:
        """Undo and return what has come back.

        Raises:
            NotFoundError: it cannot be undone (any more), or the job to which it belongs was removed since.
        """
        async with self._one_at_a_time:
            restored = await self._transitions.carry_out(lambda: self._archive.restore(undo_id, now=self._clock.time()))
            for tell in self._revived:
                tell()
            failures = await self._put_files_back(restored.undo)
        self.changed()
        return {
            **undo_view(restored.undo),
            "episodes": restored.count,
            "refused": [
                {"kind": "episode", "id": episode_id, "code": error.code, "text": str(error)}
                for episode_id, error in failures.items()
            ],
        }

    async def page(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of what can be undone, the newest first.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        page = await self._archive.page(now=self._clock.time(), limit=limit, cursor=cursor)
        return page_view(page, undo_view)

    # ------------------------------------------------------------------------------------------------------ parts

    async def _catch_up_alone(self) -> None:
        async with self._one_at_a_time:
            await self._catch_up()

    async def _catch_up(self) -> None:
        for undo in await self._archive.in_state(State.REMOVING):
            await self._remove_files(undo)
        for undo in await self._archive.in_state(State.RESTORING):
            await self._put_files_back(undo)
        end, now = await self._archive.next_end(), self._clock.time()
        if end is not None and end <= now:
            await self._transitions.carry_out(lambda: self._archive.expire(now=now))
        for undo in await self._archive.in_state(State.EXPIRED):
            await self._clear_up(undo)

    async def _remove_files(self, undo: Undoable) -> Mapping[int, StorageError]:
        failures = await self._each_file(undo, throw_away)
        await self._archive.settle(undo.id, State.OPEN)
        return failures

    async def _put_files_back(self, undo: Undoable) -> Mapping[int, StorageError]:
        failures = await self._each_file(undo, put_back)
        # the trash keeps what has no way back, until its time is over
        await (self._archive.settle(undo.id, State.RESTORED) if failures else self._throw_out(undo))
        return failures

    async def _clear_up(self, undo: Undoable) -> None:
        for episode, job in await self._archive.works(undo.id):
            try:
                await self._runner.discard(episode, job)
            except StorageError as error:
                _log.warning("work_kept", episode_id=episode.id, code=error.code, reason=str(error))
        await self._throw_out(undo)

    async def _throw_out(self, undo: Undoable) -> None:
        if undo.folder is not None:
            try:
                await empty_trash(undo.folder, undo.id)
            except StorageError as error:
                _log.warning("trash_kept", undo_id=undo.id, code=error.code, reason=str(error))
        await self._archive.forget(undo.id)

    async def _each_file(
        self, undo: Undoable, move: Callable[[Path, int, PurePosixPath], Awaitable[bool]]
    ) -> Mapping[int, StorageError]:
        failures: dict[int, StorageError] = {}
        if undo.folder is None:
            return failures
        for episode_id, path in await self._archive.files(undo.id):
            try:
                await move(undo.folder, undo.id, path)
            except StorageError as error:
                _log.warning("file_not_moved", episode_id=episode_id, code=error.code, reason=str(error))
                failures[episode_id] = error
        return failures


def undo_view(undo: Undoable) -> dict[str, Any]:
    """Return something that can be undone in its public shape."""
    return {
        "id": undo.id,
        "action": undo.action.value,
        "jobs": undo.jobs,
        "episodes": undo.episodes,
        "files": undo.folder is not None,
        "created_at": time_view(undo.created_at),
        "until": time_view(undo.until),
    }
