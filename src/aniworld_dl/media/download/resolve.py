"""Where the pieces of a media are at the moment. Addresses that expire are asked for anew, once for all who wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from aniworld_dl.errors import AniworldDlError, SourceChangedError
from aniworld_dl.media.source.headers import headers_for
from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.media.store.ledger import fingerprint
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import ByteRange, InitSection, Key, Media

    Resolve: TypeAlias = Callable[[], Awaitable[tuple[Media, Mapping[str, str]]]]
    """Asks for the addresses anew; returns the media and the headers its requests want. Raises AniworldDlError."""

_SHORTEST_INTERVAL_S: Final = 1.0
_LONGEST_INTERVAL_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where one piece is now: what to ask for, with which headers, and how it is encrypted."""

    uri: str
    headers: Mapping[str, str]
    byte_range: ByteRange | None
    key: Key | None
    first_key: Key | None
    """The same key as it was called when the source was first read: keys keep their bytes, not their addresses."""
    generation: int
    """Of the addresses, for `SourceLinks.renew` should they be refused."""


class SourceLinks:
    """One source of a media: its addresses and headers, and how to get newer ones.

    `resolve` is called at most once a second, less often while what it returns is of no use. Without it addresses are
    what they are. `clock` goes with it. With `is_read=False`, for a mirror that is perhaps never needed, `media` is
    what it must have, and `resolve` is asked for it before the first use. One event loop only.
    """

    def __init__(
        self,
        media: Media,
        headers: Mapping[str, str] | None = None,
        *,
        resolve: Resolve | None = None,
        clock: Clock | None = None,
        is_read: bool = True,
    ) -> None:
        self.media = media
        self.headers: Mapping[str, str] = headers or {}
        self.pieces_given = 0
        self.fault: AniworldDlError | None = None
        """Why nothing more is asked for here, set by who has found that out."""
        self.generation = 0
        """Counts the renewals: what was refused in an older one may be had now."""
        self._is_read = is_read
        self._first = self._index = _Index(media)
        self._fingerprint: str | None = None
        self._resolve = resolve
        self._clock = clock
        self._lock = asyncio.Lock()
        self._failure: AniworldDlError | None = None
        self._next_at = 0.0
        self._interval_s = _SHORTEST_INTERVAL_S

    def whereabouts(self, track: int, index: int) -> Whereabouts:
        """Return where a segment (or, with a negative index, an init section) is now."""
        section = self._index.section(track, index)
        return Whereabouts(
            uri=section.uri,
            headers=self.headers_for(section.uri),
            byte_range=section.byte_range,
            key=section.key,
            first_key=self._first.section(track, index).key,
            generation=self.generation,
        )

    def headers_for(self, uri: str) -> dict[str, str]:
        """Return the headers to ask for `uri` with; another host than the source's own gets no secrets."""
        return headers_for(uri, source_url=self.media.url, headers=self.headers)

    async def read(self) -> None:
        """Read the source unless that has been done.

        Raises:
            SourceChangedError: it is cut in another way.
            AniworldDlError: it cannot be read.
        """
        if not self._is_read:
            await self.renew(self.generation)

    def worked(self) -> None:
        """Say that a piece came from here, so that the addresses are of use."""
        self.pieces_given += 1
        self._interval_s = _SHORTEST_INTERVAL_S

    async def renew(self, stale_generation: int) -> bool:
        """Get addresses that are newer than those of `stale_generation`; False where there is no way to.

        Who asks meanwhile waits for the same answer, or gets the same error.

        Raises:
            SourceChangedError: what is there now is cut in another way.
            AniworldDlError: they cannot be had.
        """
        if self._resolve is None:
            return False
        async with self._lock:
            if self._failure is not None:
                raise self._failure
            if self.generation == stale_generation:
                await self._wait()
                try:
                    await self._take(*await self._resolve())
                except AniworldDlError as error:
                    self._failure = error
                    raise
        return True

    async def _wait(self) -> None:
        assert self._clock is not None, "a clock goes with resolve"
        pause_s = self._next_at - self._clock.monotonic()
        if pause_s > 0:
            await self._clock.sleep(pause_s)
        self._next_at = self._clock.monotonic() + self._interval_s
        self._interval_s = min(self._interval_s * 2, _LONGEST_INTERVAL_S)

    async def _take(self, media: Media, headers: Mapping[str, str]) -> None:
        if self._fingerprint is None:
            self._fingerprint = await asyncio.to_thread(fingerprint, self.media)
        if await asyncio.to_thread(fingerprint, media) != self._fingerprint:
            raise SourceChangedError(url=without_query(self.media.url))
        self.media, self.headers, self._index = media, headers, _Index(media)
        self._first = self._first if self._is_read else self._index
        self._is_read = True
        self.generation += 1


@dataclass(frozen=True, slots=True)
class _Section:
    uri: str
    byte_range: ByteRange | None
    key: Key | None


class _Index:
    """Finds the segments and init sections of a media by their numbers."""

    def __init__(self, media: Media) -> None:
        self._tracks = media.tracks
        self._inits: dict[int, dict[int, InitSection]] = {}

    def section(self, track: int, index: int) -> _Section:
        found = self._tracks[track].segments[index] if index >= 0 else self._init(track, index)
        return _Section(found.uri, found.byte_range, found.key)

    def _init(self, track: int, index: int) -> InitSection:
        if track not in self._inits:
            sections = enumerate(init_sections(self._tracks[track]))
            self._inits[track] = {init_index(order): section for order, section in sections}
        return self._inits[track][index]
