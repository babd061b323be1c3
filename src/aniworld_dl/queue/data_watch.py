"""Waits until the queue can be written again, and says meanwhile why it cannot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import DataFolderError, StorageError
from aniworld_dl.folders import failure_in
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.database import Database

_TRIED_EVERY_S: Final = 2.0
_MOST_IN_VAIN: Final = 5

_log = get_logger(__name__)


class DataWatch:
    """Sleeps until a change cannot be written because of the folder or its disk, and from then on tries.

    Whoever has decided something keeps it in memory until then (`persist`), and nothing new starts, since a start is
    written first; so there is nothing to be stopped here.
    """

    def __init__(self, *, database: Database, announcer: Announcer, clock: Clock) -> None:
        self._database = database
        self._announcer = announcer
        self._clock = clock

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            DataFolderError: the folder can be written, but not the database by the files that are open: another file
                system has taken the place of theirs. A new start opens them anew.
        """
        while True:
            await self._database.refused.wait()
            refusal = self._database.refusal
            assert refusal is not None  # it comes with the event
            _log.critical("data_folder_refused", **refusal.params)
            self._announcer.refusals[DataFolderError.code] = refusal
            await self._announcer.tell_waiting()
            await self._until_written()
            self._database.refused.clear()
            _log.info("data_folder_accepted", path=refusal.params["path"])
            del self._announcer.refusals[DataFolderError.code]
            await self._announcer.tell_waiting()

    async def _until_written(self) -> None:
        in_vain = 0
        while True:
            await self._clock.sleep(_TRIED_EVERY_S)
            try:
                await self._database.try_out()
            except StorageError as error:
                if not error.retryable:
                    raise
                in_vain = in_vain + 1 if await self._is_left_behind(error) else 0
                if in_vain == _MOST_IN_VAIN:
                    reason = f"{error.params['reason']} by files that are open, others can: a new start opens them anew"
                    raise DataFolderError(path=str(error.params["path"]), reason=reason) from error
            else:
                return

    async def _is_left_behind(self, error: StorageError) -> bool:
        if not isinstance(error, DataFolderError):
            return False
        return await asyncio.to_thread(failure_in, self._database.path.parent) is None
