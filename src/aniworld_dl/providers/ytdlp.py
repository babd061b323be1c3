"""Everything that yt-dlp resolves. It works in a child process; the downloading is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aniworld_dl.model import EpisodeRef, Source
from aniworld_dl.net.address import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import ProviderContext

_LIBRARY: Final = "aniworld_dl.providers.libraries.ytdlp"
_PLACE: Final = "aniworld-dl-entry"
"""What is added to the query of a page that holds several episodes, to tell them apart. The page never sees it."""


class YtDlpProvider:
    """Asked about what is named to be its, and about pages in which no media is in plain sight."""

    name = "ytdlp"

    def __init__(self, context: ProviderContext) -> None:
        self._child = context.child

    def matches(self, url: str) -> bool:
        """Tell whether the address is meant for the web; what yt-dlp makes of it shows when it is asked."""
        return url.strip().lower().startswith(("http://", "https://"))

    def is_series(self, url: str) -> bool:
        """Any address may be a playlist; only yt-dlp can tell. That of an entry stands for one episode."""
        return _split(url)[1] is None

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the entries of a playlist, or the one episode.

        Raises:
            UrlInvalidError: it is not a usable address.
            ProviderError: yt-dlp cannot tell, or is not installed.
            NetError: the page could not be read.
        """
        found = await self._child.call(f"{_LIBRARY}:episodes", {"url": parse(url).url})
        return [
            EpisodeRef(**{**entry, "url": entry["url"] or _joined(url, place)})
            for place, entry in enumerate(found, start=1)
        ]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return where yt-dlp finds the episode's media: manifests, and files that have both picture and sound.

        Raises:
            UrlInvalidError: it is not a usable address.
            NeedsPersonError: the page wants to see a person.
            UnsupportedMediaError: all of it is locked by DRM, or picture and sound are in files apart.
            ProviderError: yt-dlp cannot tell, or is not installed.
            NetError: the page could not be read.
        """
        url, place = _split(parse(episode.url).url)
        found = await self._child.call(f"{_LIBRARY}:sources", {"url": url, "place": place})
        return [Source(**each) for each in found]


def _joined(url: str, place: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode({_PLACE: place}))))))


def _split(url: str) -> tuple[str, int | None]:
    """Return a page's address and which of its episodes is meant, None for the page itself."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url, None
    rest, _, last = parts.query.rpartition("&")
    for name, value in parse_qsl(last):
        if name == _PLACE and value.isdecimal() and value.isascii():
            return urlunsplit(parts._replace(query=rest)), int(value)
    return url, None
