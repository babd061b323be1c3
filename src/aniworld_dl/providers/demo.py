"""The demo origin's pages, read as a provider reads a site: a page of a series, a page of each episode."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from aniworld_dl.demo import PAGES
from aniworld_dl.errors import HttpStatusError, NoEpisodesError
from aniworld_dl.model import EpisodeRef, Source
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import ProviderContext

_PAGE: Final = re.compile(rf"{PAGES}/[a-z0-9-]+/(episode-\d+)?")
_LIMIT_BYTES: Final = 1024 * 1024
_NOT_FOUND: Final = 404


class DemoProvider:
    """Knows the pages of the demo origin by a path that no other site has."""

    name = "demo"

    def __init__(self, context: ProviderContext) -> None:
        self._http = context.http

    def matches(self, url: str) -> bool:
        """Tell whether the address is a page of the demo origin; its playlists and files are not."""
        return _page(url) is not None

    def is_series(self, url: str) -> bool:
        """Tell whether the page is a series'."""
        page = _page(url)
        return page is not None and page[1] is None

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """Read the page and list the series' episodes; the page of an episode gives that one.

        Raises:
            NoEpisodesError: the origin has no such series or episode.
            NetError: the origin could not be read.
        """
        page = await self._read(url)
        entries = page["episodes"] if self.is_series(url) else [page]
        return [
            EpisodeRef(
                url=urljoin(url, entry["url"]),
                series=entry["series"],
                season=entry["season"],
                number=entry["number"],
                title=entry["title"],
            )
            for entry in entries
        ]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Read the episode's page for the address of its media.

        Raises:
            NoEpisodesError: the origin has no such episode.
            NetError: the origin could not be read.
        """
        page = await self._read(episode.url)
        return [Source(url=urljoin(episode.url, media)) for media in page["media"]]

    async def _read(self, url: str) -> Any:
        try:
            fetched = await self._http.get_bytes(url, limit_bytes=_LIMIT_BYTES)
            return json.loads(fetched.body)
        except HttpStatusError as error:
            if error.status == _NOT_FOUND:
                raise NoEpisodesError(url=without_query(url)) from error
            raise
        except ValueError as error:  # a page for people, or cut
            raise NoEpisodesError(url=without_query(url)) from error


def _page(url: str) -> re.Match[str] | None:
    if PAGES not in url:  # tens of thousands of addresses may come at once
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return _PAGE.fullmatch(parts.path) if parts.scheme in {"http", "https"} else None
