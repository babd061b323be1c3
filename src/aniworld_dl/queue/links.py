"""The sources of one episode as the download wants them: able to move, and able to stand in for each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Media, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker:
    """Makes the links of an episode's sources. `find` asks the provider for them, `load` reads what one leads to.

    `load` is told which of the servers that its manifest names is meant: 0 for the first that gives it.
    """

    find: Callable[[], Awaitable[Sequence[Source]]]
    load: Callable[[Source, int], Awaitable[Media]]
    clock: Clock

    def links(self, media: Media, sources: Sequence[Source], number: int) -> dict[int, SourceLinks]:
        """Return the links of the source that gave `media`, and of those after it as mirrors, not read yet.

        By their places. What is in another language is no mirror, however it is cut.
        """
        chosen = sources[number]
        main = SourceLinks(media, chosen.headers, resolve=self._again(number, chosen), clock=self.clock)
        mirrors = {
            place: SourceLinks(media, resolve=self._first(place, mirror), clock=self.clock, is_read=False)
            for place, mirror in enumerate(sources[number + 1 :], start=number + 1)
            if mirror.language == chosen.language
        }
        return {number: main, **mirrors}

    def mirrors(self, media: Media, sources: Sequence[Source], number: int, count: int) -> list[SourceLinks]:
        """Return the links of further servers that the manifest of a source names, not read yet."""
        return [
            SourceLinks(media, resolve=self._first(number, sources[number], mirror), clock=self.clock, is_read=False)
            for mirror in range(1, count + 1)
        ]

    def _again(
        self, place: int, before: Source, mirror: int = 0
    ) -> Callable[[], Awaitable[tuple[Media, Mapping[str, str]]]]:
        async def resolve() -> tuple[Media, Mapping[str, str]]:
            source = _same(await self.find(), place, before)
            return await self.load(source, mirror), source.headers

        return resolve

    def _first(
        self, place: int, known: Source, mirror: int = 0
    ) -> Callable[[], Awaitable[tuple[Media, Mapping[str, str]]]]:
        """Read a source where it was found at first, later where the provider finds it then."""
        again = self._again(place, known, mirror)
        found = [known]

        async def resolve() -> tuple[Media, Mapping[str, str]]:
            source = found.pop() if found else None
            if source is None or has_expired(source, self.clock):
                return await again()
            return await self.load(source, mirror), source.headers

        return resolve


def has_expired(source: Source, clock: Clock) -> bool:
    """Tell whether a source's address is known to work no longer."""
    return source.expires_at is not None and source.expires_at <= clock.time()


def _same(sources: Sequence[Source], place: int, before: Source) -> Source:
    """Return which of the sources found now is the one found before.

    That of its address, else the only one of its language and hoster, else that of its place: the order may change.
    """
    for source in sources:
        if without_query(source.url) == without_query(before.url):
            return source
    labels = (before.language, before.provider)
    alike = [each for each in sources if (each.language, each.provider) == labels]
    if any(labels) and len(alike) == 1:
        return alike[0]
    if place < len(sources):
        return sources[place]
    raise NoEpisodesError(url=without_query(before.url))
