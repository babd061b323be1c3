"""A provider whose series are what the test says, or whatever goes wrong instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aniworld_dl.model import EpisodeRef, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish


class FakeProvider:
    """Knows every address; `https://example.org/series...` is a series."""

    name = "fake"

    def __init__(self) -> None:
        self.listings: dict[str, Sequence[EpisodeRef] | BaseException] = {}
        self.wishes: list[Wish] = []
        self.asked: list[str] = []
        self.listing_allowed = asyncio.Event()
        self.listing_allowed.set()

    def matches(self, url: str) -> bool:
        """Know everything."""
        return True

    def is_series(self, url: str) -> bool:
        """Tell by the path."""
        return url.startswith("https://example.org/series")

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """Return or raise what the test put there."""
        self.asked.append(url)
        self.wishes.append(wish)
        await self.listing_allowed.wait()
        listing = self.listings[url]
        if isinstance(listing, BaseException):
            raise listing
        return listing

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Take the address itself."""
        return [Source(url=episode.url)]
