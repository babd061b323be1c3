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
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.init_parameters import edit_offsets_us
from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.media.formats.spans import StreamSpan
    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Segment

_MICROSECONDS: Final = 1_000_000
WRAP_US: Final = 2**33 * 100 // 9
"""When the 33-bit timestamps of MPEG-TS at 90 kHz start again (ISO/IEC 13818-1 2.4.3.7)."""
_WRAPPING: Final = frozenset({Container.MPEG_TS, Container.PACKED_AUDIO})
_SHOWN: Final = frozenset({"video", "audio"})
_SEAMLESS_GAP_US: Final = 100_000
"""What may lie between two sequences of one timeline: less than three pictures."""
_SEAMLESS_OVERLAP_US: Final = 10_000
"""What timestamps may seem to overlap, since the end of a last frame is estimated: less than a frame."""
_BEFORE_WRAP_US: Final = 90 * _MICROSECONDS
"""ffmpeg takes timestamps that begin in the last minute before they wrap for negative ones, input by input."""
_AFTER_WRAP_US: Final = 120 * _MICROSECONDS
_BASE_US: Final = 10 * _MICROSECONDS
"""Added where DASH moves timestamps, since what begins a little before its period would fall below zero."""


class Splice:
    """Says what to add to the timestamps of each segment, once the ledger has what that depends on. For one task."""

    def __init__(self, work: WorkFolder, feed: Feed) -> None:
        media = work.media
        self._work = work
        self._media = media
        self._feed = feed
        self._playing = [number for number, track in enumerate(media.tracks) if track.kind is not TrackKind.TEXT]
        shifts_s = [segment.shift_s for track in media.tracks for segment in track.segments]
        self._by_manifest = any(shift_s is not None for shift_s in shifts_s)
        self._base_us = _BASE_US if any(shifts_s) else 0
        self._starts = [sequence_starts(track.segments) for track in media.tracks]
        self._shifts_us: list[int] = []

    async def shift_us(self, track: int, segment: Segment) -> int:
        """Return the microseconds to add to every timestamp in a segment; waits for what it depends on.

        Raises:
            IncompleteError: that is not stored, and nothing more will be.
            StructureError: an init section is damaged.
            StorageError: it cannot be read.
        """
        if self._by_manifest:
            return self._base_us + round((segment.shift_s or 0.0) * _MICROSECONDS)
        sequence = bisect_right(self._starts[track], segment.index) - 1
        while len(self._shifts_us) <= sequence:
            self._shifts_us.append(await self._next_shift_us(len(self._shifts_us)))
        return self._shifts_us[sequence]

    async def origin_us(self) -> int:
        """Return where on the timeline that is made here the presentation begins.

        HLS: with the first picture or sound. DASH: with the first period, whatever plays first in it.

        Raises:
            IncompleteError: what it depends on is not stored, and nothing more will be.
        """
        if self._by_manifest:
            return self._base_us
        starts_us = [
            self._wrapped(number, span.start_us + await self.shift_us(number, self._media.tracks[number].segments[0]))
            for number in self._playing
            for span in await self._spans(number, 0)
        ]
        return min(starts_us, default=0)

    async def _next_shift_us(self, sequence: int) -> int:
        if not sequence:
            return await self._first_shift_us()
        overlap_us = await self._overlap_us(sequence)
        is_seamless = -_SEAMLESS_GAP_US <= overlap_us <= _SEAMLESS_OVERLAP_US
        return self._shifts_us[-1] + (0 if is_seamless else overlap_us)

    async def _first_shift_us(self) -> int:
        """Leave the first timestamps as they are, unless they are about to wrap: then all of them lie behind that."""
        starts_us = [
            span.start_us for number in self._playing if self._wraps(number) for span in await self._spans(number, 0)
        ]
        return _AFTER_WRAP_US - WRAP_US if max(starts_us, default=0) > WRAP_US - _BEFORE_WRAP_US else 0

    async def _overlap_us(self, sequence: int) -> int:
        """Return by how much a sequence begins before the one before ends, by raw timestamps; less than 0 for a gap."""
        exact_us: list[int] = []
        wrapping_us: list[int] = []
        for number in self._playing:
            starts = self._starts[number]
            if sequence < len(starts):
                ends = await self._played(number, starts[sequence] - 1)
                begins = await self._played(number, starts[sequence])
                found = wrapping_us if self._wraps(number) else exact_us
                found += [end.end_us - begin.start_us for end in ends for begin in begins if end.kind == begin.kind]
        near_us = max(exact_us, default=0)
        exact_us += [near_us + _shorter_way(overlap_us - near_us) for overlap_us in wrapping_us]
        return max(exact_us, default=0)

    async def _spans(self, number: int, index: int) -> list[StreamSpan]:
        return [span for span in (await self._feed.entry(number, index)).spans if span.kind in _SHOWN]

    async def _played(self, number: int, index: int) -> list[StreamSpan]:
        """Return the spans of a segment with what the edit lists of its init section add to them."""
        spans = await self._spans(number, index)
        track = self._media.tracks[number]
        init = track.segments[index].init
        if init is None:
            return spans
        place = init_index(init_sections(track).index(init))
        await self._feed.entry(number, place)
        offsets_us = await in_thread(_edit_offsets_us, self._work.segment_path(number, place))
        return [_moved(span, offsets_us.get(span.stream, 0)) for span in spans]

    def _wraps(self, number: int) -> bool:
        return self._media.tracks[number].container in _WRAPPING

    def _wrapped(self, number: int, time_us: int) -> int:
        return time_us % WRAP_US if self._wraps(number) else time_us


def sequence_starts(segments: Sequence[Segment]) -> list[int]:
    """Return the indexes of the segments that begin a discontinuity sequence; the first always does."""
    return [segment.index for segment in segments if segment.discontinuity or not segment.index]


def _edit_offsets_us(init: Path) -> dict[int, int]:
    with storage_errors(init):
        return edit_offsets_us(init.read_bytes())


def _moved(span: StreamSpan, offset_us: int) -> StreamSpan:
    return replace(span, start_us=span.start_us + offset_us, end_us=span.end_us + offset_us)


def _shorter_way(difference_us: int) -> int:
    """Return the difference of two timestamps that may have started again in between, the shorter way round."""
    return (difference_us + WRAP_US // 2) % WRAP_US - WRAP_US // 2
