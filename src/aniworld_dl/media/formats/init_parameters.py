"""Whether fragments can be read with another init section than their own (ISO/IEC 14496-12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.boxes import boxes, child, number_at, track_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.media.formats.boxes import Box

_DESCRIBED_IN_BAND: Final = frozenset({"av01", "vp08", "vp09"})
"""Codecs whose key frames say all that a decoder needs."""
_BIT_RATE: Final = re.compile(rb"\x00\x00\x00\x14btrt.{12}", re.DOTALL)
"""BitRateBox (8.5.2.2), of which no decoder asks."""
_EMPTY: Final = -1
_MICROSECONDS: Final = 1_000_000


def parameters(init: bytes) -> list[object]:
    """Return what decides it: what is known of the tracks, where their times begin, descriptions of the codecs.

    Raises:
        StructureError: its boxes are damaged.
    """
    facts = track_facts(init)
    if all(track.codec in _DESCRIBED_IN_BAND for track in facts.values()):
        return [facts, edit_offsets_us(init)]
    descriptions = [child(init, track, b"mdia", b"minf", b"stbl", b"stsd") for _, track in _tracks(init)]
    texts = [_BIT_RATE.sub(b"", init[box.start : box.stop]) for box in descriptions if box is not None]
    return [facts, edit_offsets_us(init), texts]


def edit_offsets_us(init: bytes) -> dict[int, int]:
    """Return the microseconds that a track's edit list adds to the times in its fragments (8.6.6), by track id.

    A pause comes first, if any; then the track plays from some time of its own on.

    Raises:
        StructureError: its boxes are damaged.
    """
    facts = track_facts(init)
    offsets = {}
    for movie, track in _tracks(init):
        header, movie_header = child(init, track, b"tkhd"), child(init, movie, b"mvhd")
        edits = child(init, track, b"edts", b"elst")
        if header is not None and movie_header is not None and edits is not None:
            number = number_at(init, header.start + (20 if number_at(init, header.start, 1) else 12), 4)
            ticks = number_at(init, movie_header.start + (20 if number_at(init, movie_header.start, 1) else 12), 4)
            if number in facts and ticks:
                offsets[number] = _offset_us(init, edits, ticks, facts[number].timescale)
    return offsets


def _offset_us(init: bytes, edits: Box, movie_ticks_per_s: int, ticks_per_s: int) -> int:
    size = 8 if number_at(init, edits.start, 1) else 4
    pause_us = 0
    for order in range(number_at(init, edits.start + 4, 4)):
        first = edits.start + 8 + order * (2 * size + 4)
        duration = number_at(init, first, size)
        start = int.from_bytes(init[first + size : first + 2 * size], signed=True)
        if start != _EMPTY:
            return pause_us - start * _MICROSECONDS // ticks_per_s
        pause_us += duration * _MICROSECONDS // movie_ticks_per_s
    return pause_us


def _tracks(init: bytes) -> Iterator[tuple[Box, Box]]:
    """Yield the tracks, each with the movie it is in."""
    for movie in boxes(init):
        if movie.kind == b"moov":
            yield from ((movie, box) for box in boxes(init, movie.start, movie.stop) if box.kind == b"trak")
