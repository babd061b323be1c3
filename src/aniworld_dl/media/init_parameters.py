"""Whether fragments can be read with another init section than their own (ISO/IEC 14496-12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.boxes import boxes, child, number_at, track_facts

if TYPE_CHECKING:
    from aniworld_dl.media.boxes import Box

_DESCRIBED_IN_BAND: Final = frozenset({"av01", "vp08", "vp09"})
"""Codecs whose key frames say all that a decoder needs."""
_BIT_RATE: Final = re.compile(rb"\x00\x00\x00\x14btrt.{12}", re.DOTALL)
"""BitRateBox (8.5.2.2), of which no decoder asks."""
_EMPTY: Final = -1


def parameters(init: bytes) -> list[object]:
    """Return what decides it: ids and time scales of the tracks, where their times begin, descriptions of the codecs.

    Raises:
        StructureError: its boxes are damaged.
    """
    facts = track_facts(init)
    in_band = all(track.codec in _DESCRIBED_IN_BAND for track in facts.values())
    found: list[object] = [*facts.items()]
    for movie in boxes(init):
        if movie.kind == b"moov":
            for track in boxes(init, movie.start, movie.stop):
                if track.kind == b"trak":
                    found += [_edits(init, track), None if in_band else _descriptions(init, track)]
    return found


def _descriptions(init: bytes, track: Box) -> bytes:
    box = child(init, track, b"mdia", b"minf", b"stbl", b"stsd")
    return b"" if box is None else _BIT_RATE.sub(b"", init[box.start : box.stop])


def _edits(init: bytes, track: Box) -> list[tuple[int, int]]:
    """Return what an edit list (8.6.6) does to the beginning: the times it starts from, and the length of pauses."""
    box = child(init, track, b"edts", b"elst")
    if box is None:
        return []
    size = 8 if number_at(init, box.start, 1) else 4
    edits = []
    for order in range(number_at(init, box.start + 4, 4)):
        first = box.start + 8 + order * (2 * size + 4)
        duration = number_at(init, first, size)
        start = int.from_bytes(init[first + size : first + 2 * size], signed=True)
        edits.append((start, duration if start == _EMPTY else 0))
    return edits
