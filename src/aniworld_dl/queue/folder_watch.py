"""Closes the queue while the download folder cannot be written, so that nothing fails for what is nobody's fault."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import DownloadFolderError
from aniworld_dl.folders import refusal_of
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.closures import Closure
from aniworld_dl.queue.persistence import persist

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.closures import Closures
    from aniworld_dl.queue.disk import Disk

_TRIED_EVERY_S: Final = 2.0

_log = get_logger(__name__)


class FolderWatch:
    """Waits until an episode finds the folder refused, and from then on until it can be written again."""

    def __init__(
        self, *, disk: Disk, closures: Closures, announcer: Announcer, clock: Clock, settings: Callable[[], Settings]
    ) -> None:
        self._disk = disk
        self._closures = closures
        self._announcer = announcer
        self._clock = clock
        self._settings = settings

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self._disk.refused.wait()
            folder = self._settings().download_dir
            if (reason := await asyncio.to_thread(refusal_of, folder)) is None:
                self._disk.refused.clear()  # it has passed already
                continue
            refusal = DownloadFolderError(path=str(folder), reason=reason)
            self._announcer.refusals[refusal.code] = refusal
            _log.error("download_folder_refused", path=str(folder), reason=reason)
            await persist(lambda: self._closures.close(Closure.FOLDER_REFUSED), self._clock)
            await self._announcer.tell_waiting()
            while self._disk.refused.is_set():
                await self._clock.sleep(_TRIED_EVERY_S)
                if await asyncio.to_thread(refusal_of, folder) is None:
                    self._disk.refused.clear()
            _log.info("download_folder_accepted", path=str(folder))
            del self._announcer.refusals[refusal.code]
            self._closures.open(Closure.FOLDER_REFUSED)
            await self._announcer.tell_waiting()
