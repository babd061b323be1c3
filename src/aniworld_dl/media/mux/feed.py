"""What is stored of an episode, handed on in the order in which it plays, while the rest is still being fetched."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from heapq import merge
from typing import TYPE_CHECKING

from aniworld_dl.errors import IncompleteError
from aniworld_dl.media.timeline import Timeline
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aniworld_dl.media.store.ledger import Entry
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media, Segment

Place = tuple[int, "Segment"]
"""A track's number and one of its segments."""


def play_order(media: Media) -> Iterator[Place]:
    """Yield the segments of all picture and sound tracks by the time at which they start, earlier tracks first."""
    tracks = [
        [
            (start, number, segment.index)
            for segment, (start, _) in zip(track.segments, Timeline(track).spans, strict=True)
        ]
        for number, track in enumerate(media.tracks)
        if track.kind is not TrackKind.TEXT
    ]
    for _, number, index in merge(*tracks):
        yield number, media.tracks[number].segments[index]


class Feed:
    """Tells those who join segments which of them are stored. One event loop only."""

    def __init__(self, work: WorkFolder) -> None:
        self._work = work
        self._waiting: defaultdict[tuple[int, int], asyncio.Event] = defaultdict(asyncio.Event)
        self._handed_on: dict[tuple[int, int], Entry] = {}
        self._complete = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        """Whether everything is stored."""
        return self._complete.is_set()

    @property
    def is_up_to_date(self) -> bool:
        """Whether all that was handed on is what is stored: doubtful segments may be fetched a second time."""
        return all(_same_bytes(entry, self._work.ledger.entry(*place)) for place, entry in self._handed_on.items())

    def stored(self, track: int, index: int) -> None:
        """Say that the ledger has one more segment or (negative index) init section."""
        if event := self._waiting.pop((track, index), None):
            event.set()

    def complete(self) -> None:
        """Say that everything is stored: who still waits for something waits in vain."""
        self._complete.set()
        for event in self._waiting.values():
            event.set()

    async def completed(self) -> None:
        """Wait until everything is stored."""
        await self._complete.wait()

    async def entry(self, track: int, index: int) -> Entry:
        """Wait until a segment or (negative index) init section is stored, and return what the ledger says of it.

        Raises:
            IncompleteError: it is not, and nothing more will be.
        """
        while (found := self._work.ledger.entry(track, index)) is None:
            if self.is_complete:
                raise IncompleteError(reason=f"segment {index} of track {track} is not stored", missing="")
            await self._waiting[track, index].wait()
        self._handed_on[track, index] = found
        return found

    async def in_play_order(self) -> AsyncIterator[Place]:
        """Yield the segments of picture and sound in the order in which they play, each when it is stored.

        Raises:
            IncompleteError: one of them is not, and nothing more will be.
        """
        for number, segment in play_order(self._work.media):
            await self.entry(number, segment.index)
            yield number, segment


def _same_bytes(left: Entry, right: Entry | None) -> bool:
    return right is not None and (left.size_bytes, left.crc32) == (right.size_bytes, right.crc32)
