"""Samples of a text track in movie fragments: what each holds and when it is shown (ISO/IEC 14496-12 8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.media.formats.boxes import Box, boxes, child, number_at, track_facts
from aniworld_dl.media.formats.fragment_flags import (
    BASE_OFFSET,
    DATA_OFFSET,
    DESCRIPTION,
    DURATION,
    FIRST_FLAGS,
    SAMPLE_COMPOSITION,
    SAMPLE_DURATION,
    SAMPLE_FIELDS,
    SAMPLE_SIZE,
    SIZE,
)
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from aniworld_dl.media.formats.boxes import TrackFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSample:
    """Times are seconds on the timeline of the timestamps inside."""

    start_s: float
    end_s: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTrack:
    """The text track of an init section, and how its samples are coded (`wvtt`, `stpp`, ...)."""

    track_id: int
    facts: TrackFacts

    @property
    def codec(self) -> str:
        """The four characters of its sample entry."""
        return self.facts.codec


def text_track(init: bytes) -> TextTrack:
    """Return the first track of an init section.

    Raises:
        StructureError: its boxes are damaged, or there is none.
    """
    for track_id, facts in track_facts(init).items():
        return TextTrack(track_id=track_id, facts=facts)
    raise StructureError("the init section describes no track")


def text_samples(track: TextTrack, segment: bytes) -> Iterator[TextSample]:
    """Yield the samples of a segment in their order.

    Raises:
        StructureError: its boxes are damaged, a sample lies outside, or a fragment does not say when it plays.
    """
    found = list(boxes(segment))
    begin = 0
    for number, box in enumerate(found):
        if box.kind == b"moof":
            data = next((other.start for other in found[number:] if other.kind == b"mdat"), len(segment))
            for traf in boxes(segment, box.start, box.stop):
                if traf.kind == b"traf":
                    yield from _Fragment(track, segment, traf, begin, data).samples()
        begin = box.stop


class _Fragment:
    """What a fragment has of one track: `begin` is where its moof begins, `data` where the content of its mdat does."""

    def __init__(self, track: TextTrack, segment: bytes, traf: Box, begin: int, data: int) -> None:
        self._track = track
        self._segment = segment
        self._traf = traf
        header = child(segment, traf, b"tfhd")
        if header is None:
            raise StructureError("a fragment does not say which track it belongs to")
        flags = number_at(segment, header.start, 4) & 0xFFFFFF
        self._is_wanted = number_at(segment, header.start + 4, 4) == track.track_id
        self._duration, self._size = track.facts.default_duration, track.facts.default_size
        position = header.start + 8 + (8 if flags & BASE_OFFSET else 0) + (4 if flags & DESCRIPTION else 0)
        if flags & DURATION:
            self._duration = number_at(segment, position, 4)
            position += 4
        if flags & SIZE:
            self._size = number_at(segment, position, 4)
        # an absolute offset is one inside a file that is not at hand: the samples are then taken one after another
        self._begin = None if flags & BASE_OFFSET else begin
        self._position = data

    def samples(self) -> Iterator[TextSample]:
        """Yield its samples, none where it is of another track."""
        if not self._is_wanted:
            return
        time = child(self._segment, self._traf, b"tfdt")
        if time is None:
            raise StructureError("a fragment does not say when it plays")
        start = number_at(self._segment, time.start + 4, 8 if number_at(self._segment, time.start, 1) else 4)
        for box in boxes(self._segment, self._traf.start, self._traf.stop):
            if box.kind == b"trun":
                start = yield from self._run(box, start)

    def _run(self, box: Box, start: int) -> Generator[TextSample, None, int]:
        """Yield the samples of a run that begins at a decoding time, and return when the next one does."""
        flags, count = number_at(self._segment, box.start, 4) & 0xFFFFFF, number_at(self._segment, box.start + 4, 4)
        if count > len(self._segment):
            raise StructureError(f"a fragment has no room for the {count} samples that it announces")
        position = box.start + 8
        if flags & DATA_OFFSET:
            if self._begin is not None:
                self._position = self._begin + _signed(number_at(self._segment, position, 4))
            position += 4
        position += 4 if flags & FIRST_FLAGS else 0
        fields = [field for field in SAMPLE_FIELDS if flags & field]
        scale = self._track.facts.timescale
        for _ in range(count):
            values = {field: number_at(self._segment, position + 4 * order, 4) for order, field in enumerate(fields)}
            position += 4 * len(fields)
            shown = start + _signed(values.get(SAMPLE_COMPOSITION, 0))
            duration = values.get(SAMPLE_DURATION, self._duration)
            data = self._next(values.get(SAMPLE_SIZE, self._size))
            yield TextSample(start_s=shown / scale, end_s=(shown + duration) / scale, data=data)
            start += duration
        return start

    def _next(self, size: int) -> bytes:
        begin, self._position = self._position, self._position + size
        if begin < 0 or self._position > len(self._segment):
            raise StructureError("a sample lies outside the segment")
        return self._segment[begin : self._position]


def _signed(number: int) -> int:
    return number - (1 << 32) if number >> 31 else number
