"""The example of the author's guide: a site whose series pages are lists, and whose media follow from their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.model import EpisodeRef, Offer, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import ProviderContext

SITE = "https://media.example"
OFFERS = (Offer(language="German Dub", provider="Example"), Offer(language="German Sub", provider="Example"))


class ExampleProvider:
    """Knows `https://media.example/series/<name>` and `https://media.example/watch/<name>-<number>`."""

    name = "example"

    def __init__(self, context: ProviderContext) -> None:
        self._http = context.http

    def matches(self, url: str) -> bool:
        """Tell whether the page is one of the site's."""
        return url.startswith((f"{SITE}/series/", f"{SITE}/watch/"))

    def is_series(self, url: str) -> bool:
        """Tell whether the page is a series'."""
        return url.startswith(f"{SITE}/series/")

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List a series' episodes: a line each, the number and the title."""
        if not self.is_series(url):
            return [EpisodeRef(url=url)]
        name = url.rpartition("/")[2]
        page = await self._http.get_bytes(url, limit_bytes=1_000_000)
        lines = [line.partition(" ") for line in page.body.decode().splitlines()]
        if not lines:
            raise NoEpisodesError(url=url)
        return [
            EpisodeRef(
                url=f"{SITE}/watch/{name}-{number}",
                series=name.title(),
                season=1,
                number=int(number),
                title=title,
                titles={"de": title},
                offers=OFFERS,
            )
            for number, _, title in lines
        ]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Put the wished language first; the other one follows."""
        name = episode.url.rpartition("/")[2]
        languages = sorted((offer.language or "" for offer in OFFERS), key=lambda each: each != wish.language)
        return [
            Source(
                url=f"{SITE}/media/{name}/{language.lower().replace(' ', '-')}/index.m3u8",
                headers={"Referer": episode.url},
                language=language,
                provider="Example",
            )
            for language in languages
        ]
