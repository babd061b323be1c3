"""Saves the posters of series beside their episodes. That one fails is nobody's failure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.logs import get_logger
from aniworld_dl.media.shelf.modes import modes_of
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.poster import LARGEST_POSTER_BYTES, has_poster, place_poster
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from aniworld_dl.config import Settings
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.queue.shelving import Spot

TIMEOUT_S: Final = 20.0
_MOST_REMEMBERED: Final = 1000
_log = get_logger(__name__)


class Posters:
    """Fetches each poster once while the service runs: what did not work is not asked for again."""

    def __init__(self, http: HttpClient, settings: Callable[[], Settings], *, timeout_s: float = TIMEOUT_S) -> None:
        self._http = http
        self._settings = settings
        self._timeout_s = timeout_s
        self._asked: dict[tuple[PurePosixPath, str], None] = {}

    async def save(self, spot: Spot, *addresses: str | None) -> None:
        """Save the first of some addresses as the poster of an episode's series, if that is wanted and has none."""
        settings = self._settings()
        folder = layout_of(settings.naming_template, settings.film_template).series_folder(spot.entry)
        url = next(filter(None, addresses), None)
        if not settings.write_posters or folder is None or url is None or (folder, url) in self._asked:
            return
        self._asked[folder, url] = None
        if len(self._asked) > _MOST_REMEMBERED:
            del self._asked[next(iter(self._asked))]
        try:
            await self._save(settings, folder, url)
        except (AniworldDlError, TimeoutError, OSError) as error:
            _log.warning("poster_failed", url=without_query(url), reason=str(error) or type(error).__name__)

    async def _save(self, settings: Settings, folder: PurePosixPath, url: str) -> None:
        if await has_poster(settings.download_dir, folder):
            return
        async with asyncio.timeout(self._timeout_s):
            fetched = await self._http.get_once(url, limit_bytes=LARGEST_POSTER_BYTES)
        modes = modes_of(settings.file_mode, settings.folder_mode)
        if not await place_poster(fetched.body, settings.download_dir, folder, modes):
            _log.warning("poster_failed", url=without_query(url), reason="it is no picture that can be one")
