"""How segments come to lie on one continuous timeline, by what is added to the timestamps inside them.

HLS: the timestamps of the first discontinuity sequence (RFC 8216 4.3.2.3) are the timeline. Each further sequence is
moved to where the one before ends: by as much as is needed for no stream, of any track, to begin before its end there.
The same amount holds for all tracks, so that sound keeps its place beside the picture. A sequence that goes on where
the one before ends, as many do whose tag only announces other parameters, stays where it is.

DASH: the manifest says for each segment what to add (ISO/IEC 23009-1 5.3.2, 5.3.9.2.2), so that sequences need no
comparing.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.feed import Feed
    from aniworld_dl.media.spans import StreamSpan
    from aniworld_dl.model import Media, Segment

_MICROSECONDS: Final = 1_000_000
_WRAP_US: Final = 2**33 * 100 // 9
"""When the 33-bit timestamps of MPEG-TS at 90 kHz start again (ISO/IEC 13818-1 2.4.3.7)."""
_SEAMLESS_US: Final = 100_000
"""What two sequences may differ by and still be one timeline: less than three pictures."""
_BASE_US: Final = 10 * _MICROSECONDS
"""Added where DASH moves timestamps, since what begins a little before its period would fall below zero."""


class Splice:
    """Says what to add to the timestamps of each segment, once the ledger has what that depends on."""

    def __init__(self, media: Media, feed: Feed) -> None:
        self._media = media
        self._feed = feed
        self._by_manifest = any(segment.shift_s is not None for track in media.tracks for segment in track.segments)
        self._base_us = _BASE_US if any(segment.shift_s for track in media.tracks for segment in track.segments) else 0
        self._starts = [sequence_starts(track.segments) for track in media.tracks]
        self._shifts_us = [0]

    async def shift_us(self, track: int, segment: Segment) -> int:
        """Return the microseconds to add to every timestamp in a segment; waits for what it depends on."""
        if self._by_manifest:
            return self._base_us + round((segment.shift_s or 0.0) * _MICROSECONDS)
        return await self.sequence_shift_us(bisect_right(self._starts[track], segment.index) - 1)

    async def sequence_shift_us(self, sequence: int) -> int:
        """Return the microseconds to add to the timestamps of a discontinuity sequence, counted from 0."""
        while len(self._shifts_us) <= sequence:
            self._shifts_us.append(await self._next_shift_us(len(self._shifts_us)))
        return self._shifts_us[sequence]

    async def origin_us(self) -> int:
        """Return where on the timeline that is made here the presentation begins.

        HLS: with the first picture or sound. DASH: with the first period, whatever plays first in it.
        """
        if self._by_manifest:
            return self._base_us
        spans = [span for number in self._playing() for span in (await self._feed.entry(number, 0)).spans]
        return min((span.start_us for span in spans), default=0)

    async def _next_shift_us(self, sequence: int) -> int:
        before_us = self._shifts_us[sequence - 1]
        overlaps_us = [overlap for number in self._playing() for overlap in await self._overlaps_us(number, sequence)]
        shift_us = before_us + max(overlaps_us, default=0)
        return before_us if abs(shift_us - before_us) <= _SEAMLESS_US else shift_us

    async def _overlaps_us(self, number: int, sequence: int) -> list[int]:
        """Return by how much each stream of a track begins before its end in the sequence before, by raw timestamps."""
        starts = self._starts[number]
        if sequence >= len(starts):
            return []
        ends = _by_kind((await self._feed.entry(number, starts[sequence] - 1)).spans)
        begins = _by_kind((await self._feed.entry(number, starts[sequence])).spans)
        wraps = self._media.tracks[number].container is Container.MPEG_TS
        return [_unwrapped(ends[kind].end_us - begins[kind].start_us, wraps=wraps) for kind in ends.keys() & begins]

    def _playing(self) -> list[int]:
        return [number for number, track in enumerate(self._media.tracks) if track.kind is not TrackKind.TEXT]


def sequence_starts(segments: Sequence[Segment]) -> list[int]:
    """Return the indexes of the segments that begin a discontinuity sequence; the first always does."""
    return [segment.index for segment in segments if segment.discontinuity or not segment.index]


def _by_kind(spans: Sequence[StreamSpan]) -> dict[str, StreamSpan]:
    return {span.kind: span for span in reversed(spans)}


def _unwrapped(difference_us: int, *, wraps: bool) -> int:
    """Return the difference of two timestamps, the shorter way round where they wrap."""
    return (difference_us + _WRAP_US // 2) % _WRAP_US - _WRAP_US // 2 if wraps else difference_us
