"""Saves the posters of series beside their episodes. That one fails is nobody's failure."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.logs import get_logger
from aniworld_dl.media.shelf.modes import modes_of
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.poster import LARGEST_POSTER_BYTES, has_poster, place_poster
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.config import Settings
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.queue.shelving import Spot
    from aniworld_dl.queue.store import Store

META_POSTERS: Final = "posters"
"""Under this key the store keeps what is still to be fetched."""
TIMEOUT_S: Final = 20.0
_MOST_REMEMBERED: Final = 1000
_log = get_logger(__name__)


class Posters:
    """Fetches posters beside the queue, one after the other, each once while the service runs.

    What did not work is not asked for again. With a `store` what is still to be fetched outlives restarts. One event
    loop only.
    """

    def __init__(
        self,
        http: HttpClient,
        settings: Callable[[], Settings],
        store: Store | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._http = http
        self._settings = settings
        self._store = store
        self._timeout_s = timeout_s
        self._asked: dict[tuple[str, str], None] = {}
        self._wanted: dict[str, str] = {}
        """What is still to be fetched: addresses by the folders that they are for."""
        self._came = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    async def load(self) -> None:
        """Go on with what an earlier run has not fetched.

        Raises:
            StorageError: the database refuses.
        """
        if self._store is not None and self._settings().write_posters:
            for folder, url in (await self._store.get_meta(META_POSTERS) or {}).items():
                self._note(folder, url)

    async def want(self, spot: Spot, *addresses: str | None) -> None:
        """Have the first of some addresses saved as the poster of an episode's series, if that is wanted and new."""
        settings = self._settings()
        folder = layout_of(settings.naming_template, settings.film_template).series_folder(spot.entry)
        url = next(filter(None, addresses), None)
        if settings.write_posters and folder is not None and url is not None and self._note(str(folder), url):
            await self._write_down()

    async def settled(self) -> None:
        """Wait until none is still to be fetched."""
        await self._settled.wait()

    async def run(self) -> None:
        """Fetch what is wanted until cancelled."""
        while True:
            self._came.clear()
            while self._wanted:
                folder, url = next(iter(self._wanted.items()))
                await self._save(PurePosixPath(folder), url)
                del self._wanted[folder]
                await self._write_down()
            self._settled.set()
            await self._came.wait()

    def _note(self, folder: str, url: str) -> bool:
        """Tell whether a poster is a new one that is to be fetched now."""
        if folder in self._wanted or (folder, url) in self._asked or len(self._wanted) >= _MOST_REMEMBERED:
            return False
        self._asked[folder, url] = None
        if len(self._asked) > _MOST_REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._wanted[folder] = url
        self._settled.clear()
        self._came.set()
        return True

    async def _write_down(self) -> None:
        if self._store is None:
            return
        try:
            await self._store.set_meta(META_POSTERS, self._wanted)
        except AniworldDlError as error:  # it is fetched all the same, unless the service ends before
            _log.warning("posters_not_kept", reason=str(error))

    async def _save(self, folder: PurePosixPath, url: str) -> None:
        try:
            await self._fetch(self._settings(), folder, url)
        except (AniworldDlError, TimeoutError, OSError) as error:
            _log.warning("poster_failed", url=without_query(url), reason=str(error) or type(error).__name__)

    async def _fetch(self, settings: Settings, folder: PurePosixPath, url: str) -> None:
        if await has_poster(settings.download_dir, folder):
            return
        async with asyncio.timeout(self._timeout_s):
            fetched = await self._http.get_once(url, limit_bytes=LARGEST_POSTER_BYTES)
        modes = modes_of(settings.file_mode, settings.folder_mode)
        if not await place_poster(fetched.body, settings.download_dir, folder, modes):
            _log.warning("poster_failed", url=without_query(url), reason="it is no picture that can be one")
