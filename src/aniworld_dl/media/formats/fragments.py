"""Movie fragments of ISO/IEC 14496-12 (8.8): when their samples play, and how far into the segment they reach."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aniworld_dl.media.formats.boxes import Box, boxes, child, number_at
from aniworld_dl.media.formats.fragment_flags import (
    BASE_OFFSET,
    DATA_OFFSET,
    DESCRIPTION,
    DURATION,
    FIRST_FLAGS,
    SAMPLE_DURATION,
    SAMPLE_FIELDS,
    SAMPLE_SIZE,
    SIZE,
)
from aniworld_dl.media.formats.sample_units import SamplePlace
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aniworld_dl.media.formats.boxes import TrackFacts


class TfdtField(NamedTuple):
    """Where a fragment's decoding time stands in a segment: 8 bytes at `offset` in version 1, 4 in version 0."""

    offset: int
    version: int
    track_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFragment:
    """What a fragment has of one track. Times are ticks of the track's timescale.

    `start` is None when no tfdt says it. `reach_bytes` is where its last sample ends, counted from the moof's first
    byte; None when it is told in another way. `places` is where its samples are, counted likewise, as far as they have
    units whose lengths can be checked.
    """

    track_id: int
    start: int | None
    duration: int
    samples: int
    reach_bytes: int | None
    places: tuple[SamplePlace, ...] = ()


def track_fragments(moof: bytes, tracks: Mapping[int, TrackFacts]) -> list[TrackFragment]:
    """Read the content of a moof box.

    Raises:
        StructureError: its boxes are damaged.
    """
    found: list[TrackFragment] = []
    reach: int | None = 0
    for traf in (box for box in boxes(moof) if box.kind == b"traf"):
        fragment = _track_fragment(moof, traf, tracks, reach)
        reach = fragment.reach_bytes
        found.append(fragment)
    return found


def tfdt_fields(segment: bytes) -> list[TfdtField]:
    """Return where the decoding times of a segment's fragments stand (8.8.12), for moving them.

    Raises:
        StructureError: its boxes are damaged.
    """
    fields = []
    for moof in (box for box in boxes(segment) if box.kind == b"moof"):
        for traf in (box for box in boxes(segment, moof.start, moof.stop) if box.kind == b"traf"):
            header, time = child(segment, traf, b"tfhd"), child(segment, traf, b"tfdt")
            if header is not None and time is not None:
                version = number_at(segment, time.start, 1)
                track_id = number_at(segment, header.start + 4, 4)
                fields.append(TfdtField(offset=time.start + 4, version=version, track_id=track_id))
    return fields


def _track_fragment(moof: bytes, traf: Box, tracks: Mapping[int, TrackFacts], reach: int | None) -> TrackFragment:
    header = child(moof, traf, b"tfhd")
    if header is None:
        raise StructureError("a fragment does not say which track it belongs to")
    flags, track_id = number_at(moof, header.start, 4) & 0xFFFFFF, number_at(moof, header.start + 4, 4)
    facts = tracks.get(track_id)
    duration, size = (facts.default_duration, facts.default_size) if facts else (0, 0)
    position = header.start + 8 + (8 if flags & BASE_OFFSET else 0) + (4 if flags & DESCRIPTION else 0)
    if flags & DURATION:
        duration = number_at(moof, position, 4)
        position += 4
    if flags & SIZE:
        size = number_at(moof, position, 4)
    runs = list(_runs(moof, traf, duration, size))
    return TrackFragment(
        track_id=track_id,
        start=_start(moof, traf),
        duration=sum(run.duration for run in runs),
        samples=sum(run.samples for run in runs),
        reach_bytes=None if flags & BASE_OFFSET else _reach(runs, reach),
        places=() if flags & BASE_OFFSET or not facts else _places(runs, reach, facts.unit_width),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    samples: int
    duration: int
    size_bytes: int
    sizes: Sequence[int]
    """Of each sample, as far as each is told; where all have the same size that is not worth while."""
    offset: int | None


def _runs(moof: bytes, traf: Box, duration: int, size: int) -> Iterator[_Run]:
    for box in boxes(moof, traf.start, traf.stop):
        if box.kind == b"trun":
            yield _run(moof, box, duration, size)


def _run(moof: bytes, box: Box, duration: int, size: int) -> _Run:
    flags, count = number_at(moof, box.start, 4) & 0xFFFFFF, number_at(moof, box.start + 4, 4)
    position = box.start + 8
    offset = None
    if flags & DATA_OFFSET:
        offset = int.from_bytes(moof[position : position + 4], signed=True)
        position += 4
    position += 4 if flags & FIRST_FLAGS else 0
    fields = [field for field in SAMPLE_FIELDS if flags & field]
    if position + 4 * len(fields) * count > box.stop:
        raise StructureError(f"a fragment has no room for the {count} samples that it announces")
    values = struct.unpack_from(f">{len(fields) * count}I", moof, position)

    sizes = values[fields.index(SAMPLE_SIZE) :: len(fields)] if SAMPLE_SIZE in fields else ()
    durations = values[fields.index(SAMPLE_DURATION) :: len(fields)] if SAMPLE_DURATION in fields else None
    return _Run(
        samples=count,
        duration=duration * count if durations is None else sum(durations),
        size_bytes=sum(sizes) if SAMPLE_SIZE in fields else size * count,
        sizes=sizes,
        offset=offset,
    )


def _start(moof: bytes, traf: Box) -> int | None:
    time = child(moof, traf, b"tfdt")
    if time is None:
        return None
    return number_at(moof, time.start + 4, 8 if number_at(moof, time.start, 1) else 4)


def _places(runs: list[_Run], before: int | None, width: int) -> tuple[SamplePlace, ...]:
    """Return where the samples of the runs are; none where that is not known."""
    places: list[SamplePlace] = []
    position = before
    for run in runs if width else ():
        position = position if run.offset is None else run.offset
        if position is None:
            return ()
        end = position + run.size_bytes
        for size in run.sizes:
            places.append(SamplePlace(start=position, stop=position + size, width=width))
            position += size
        position = end
    return tuple(places)


def _reach(runs: list[_Run], before: int | None) -> int | None:
    """Return where the last byte of the runs is, counted from the moof, as the data of one follow the other's."""
    ends = [] if before is None else [before]
    for run in runs:
        start = run.offset if run.offset is not None else (ends[-1] if ends else None)
        if start is None:
            return None
        ends.append(start + run.size_bytes)
    return max(ends, default=None)
