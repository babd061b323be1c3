"""The two sites that the `aniworld` library calls AniWorld and SerienStream. It works in a child process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.model import EpisodeRef, Offer, Source
from aniworld_dl.net.address import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import ProviderContext

_LIBRARY: Final = "aniworld_dl.providers.libraries.aniworld"
_LISTING_S: Final = 100.0
_RESOLVING_S: Final = 80.0
_PAGE: Final = re.compile(
    r"https?://(?:www\.)?"
    r"(?:aniworld\.to/anime/stream|(?:s\.to|serienstream\.(?:to|cx)|186\.2\.175\.5)/serie)"
    r"/[a-z0-9-]+(?:/(?P<season>staffel-\d+|filme))?(?P<episode>/(?:episode|film)-\d+)?/?",
    re.IGNORECASE,
)
_OUTER: Final = re.compile(r"^https?://(?:www\.)?aniworld\.to/", re.IGNORECASE)
ENVIRONMENT_FOLDER: Final = "ANIWORLD_INSTALL_FOLDER"
"""The variable that tells the library where to keep its files."""


class AniworldProvider:
    """Series, seasons, films and episodes; a wish's provider is the name of a hoster, such as VOE."""

    name = "aniworld"

    def __init__(self, context: ProviderContext) -> None:
        self._child = context.child

    def matches(self, url: str) -> bool:
        """Tell whether the address is a page of one of the sites."""
        return _page(url) is not None

    def is_series(self, url: str) -> bool:
        """Tell whether the page has several episodes: a series, a season, or the films."""
        page = _page(url)
        return page is not None and page["episode"] is None

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the episodes of a page; films have season 0.

        Raises:
            NeedsPersonError: the page wants to see a person.
            ProviderError: the library cannot tell, or is not installed.
            NetError: the page could not be read.
        """
        found = await self._child.call(f"{_LIBRARY}:episodes", {"url": _canonical(url)}, timeout_s=_LISTING_S)
        return [EpisodeRef(**{**each, "offers": tuple(Offer(**offer) for offer in each["offers"])}) for each in found]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return where hosters have the episode, in the order of the wish; each says which language it is.

        Raises:
            NeedsPersonError: the page, or a hoster's, wants to see a person.
            ProviderError: nothing that is wished for is there, the library cannot tell, or is not installed.
            NetError: the page could not be read.
        """
        arguments = {
            "url": _canonical(episode.url),
            "language": wish.language,
            "provider": wish.provider,
            "health": dict(wish.health),
        }
        found = await self._child.call(f"{_LIBRARY}:sources", arguments, timeout_s=_RESOLVING_S)
        return [Source(**each) for each in found]


def _canonical(url: str) -> str:
    """Return the address as the library's expressions want it."""
    plain = parse(url).url.partition("?")[0].rstrip("/")
    return _OUTER.sub("https://aniworld.to/", plain)


def _page(url: str) -> re.Match[str] | None:
    return _PAGE.fullmatch(url.strip().partition("#")[0].partition("?")[0])
