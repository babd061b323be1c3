"""Segments and init sections of ISO boxes: whole, playable, and when their samples play (ISO/IEC 14496-12)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.formats.boxes import BOX_HEADER_BYTES, LARGE_BOX_HEADER_BYTES, is_encrypted, track_facts
from aniworld_dl.media.formats.fragments import track_fragments
from aniworld_dl.media.formats.refused_page import refuse_page
from aniworld_dl.media.formats.sample_units import UnitCheck
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.formats.boxes import TrackFacts
    from aniworld_dl.media.formats.fragments import TrackFragment

_LAST_BOX: Final = "mdat"
_READ: Final = frozenset({"moof", "moov"})
_READ_LIMIT_BYTES: Final = 32 << 20
_JUMP_US: Final = 500_000
"""A longer time between the fragments of one segment is a doubt: that something between them is missing."""


class BoxCheck:
    """Boxes fill the segment exactly and those that make it playable are there (ISO/IEC 14496-12 4.2, 8.8).

    `tracks` is what the init section says; what a moov among the boxes says comes on top.
    """

    def __init__(self, *, required: tuple[str, ...], tracks: Mapping[int, TrackFacts] | None = None) -> None:
        self._required = required
        self._found: set[str] = set()
        self._header = b""
        self._skip = 0
        self._length = 0
        self._open_ended = False
        self._kept: bytearray | None = None
        self._box = ""
        self._box_start = 0
        self._units = UnitCheck()
        self._fragments = _Fragments(dict(tracks or {}), self._units)

    def feed(self, piece: bytes) -> None:
        """Step from box to box."""
        if not self._length:
            refuse_page(piece)
        position = 0
        while position < len(piece) and not self._open_ended:
            if self._skip:
                position += self._pass(piece, position)
                continue
            wanted = self._header_bytes() - len(self._header)
            taken = piece[position : position + wanted]
            self._header += taken
            position += len(taken)
            if len(self._header) == self._header_bytes():
                self._enter_box(self._length + position)
        self._units.feed(piece, self._length)
        self._length += len(piece)

    def finish(self) -> None:
        """See that the last box ends where the bytes end, and that nothing is missing.

        Raises:
            UnsupportedMediaError: it is an init section of encrypted tracks.
        """
        if not self._length:
            raise StructureError("it is empty")
        if self._skip or self._header:
            raise StructureError(f"the last box is cut short at {self._length} bytes")
        if missing := [name for name in self._required if name not in self._found]:
            raise StructureError(f"there is no {' and no '.join(missing)} box")
        self._fragments.finish(self._length)

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when each track plays, by its id; those whose timescale is not known are left out."""
        return self._fragments.spans()

    def doubts(self) -> tuple[str, ...]:
        """Return what looks like a loss but may be the source's own."""
        return tuple(self._fragments.doubts)

    def _header_bytes(self) -> int:
        # a size of 1 says that the real one follows in 8 more bytes
        return LARGE_BOX_HEADER_BYTES if self._header[:4] == b"\x00\x00\x00\x01" else BOX_HEADER_BYTES

    def _enter_box(self, content_start: int) -> None:
        header, self._header = self._header, b""
        kind = header[4:8]
        size = int.from_bytes(header[8:] or header[:4])
        if not kind.isascii() or not kind.decode().isprintable():
            raise StructureError(f"there is no box after {', '.join(sorted(self._found)) or 'the start'}")
        name = kind.decode()
        if size == 0 and name == _LAST_BOX:
            self._open_ended = True
        elif size < len(header):
            raise StructureError(f"box {name} has an impossible size of {size} bytes")
        else:
            self._skip = size - len(header)
        self._found.add(name)
        if name in _READ:
            self._begin_reading(name, content_start - len(header))

    def _begin_reading(self, name: str, start: int) -> None:
        if self._skip > _READ_LIMIT_BYTES:
            raise StructureError(f"box {name} has {self._skip} bytes, more than any real one")
        self._box, self._box_start, self._kept = name, start, bytearray()
        if not self._skip:
            self._read()

    def _pass(self, piece: bytes, position: int) -> int:
        """Go on inside a box and return how many bytes of the piece belong to it."""
        step = min(self._skip, len(piece) - position)
        self._skip -= step
        if self._kept is not None:
            self._kept += piece[position : position + step]
            if not self._skip:
                self._read()
        return step

    def _read(self) -> None:
        content, self._kept = bytes(self._kept or b""), None
        if self._box == "moov":
            self._fragments.add_movie(content)
        else:
            self._fragments.add(content, self._box_start)


class _Fragments:
    """What the fragments of one segment say, track by track."""

    def __init__(self, tracks: dict[int, TrackFacts], units: UnitCheck) -> None:
        self._tracks = tracks
        self._units = units
        self._spans: dict[int, StreamSpan] = {}
        self._reach = 0
        self.doubts: list[str] = []

    def add_movie(self, content: bytes) -> None:
        """Read the content of a moov box."""
        header = (BOX_HEADER_BYTES + len(content)).to_bytes(4) + b"moov"
        found = track_facts(header + content)
        if hidden := sorted({facts.kind for facts in found.values() if is_encrypted(facts)}):
            raise UnsupportedMediaError(what=f"encrypted {' and '.join(hidden)} (DRM)")
        self._tracks.update(found)

    def add(self, content: bytes, start: int) -> None:
        """Read the content of a moof box that begins at an offset of the segment."""
        for fragment in track_fragments(content, self._tracks):
            self._reach = max(self._reach, start + (fragment.reach_bytes or 0))
            self._units.expect(
                replace(place, start=start + place.start, stop=start + place.stop) for place in fragment.places
            )
            if fragment.start is not None and fragment.samples and fragment.track_id in self._tracks:
                self._add_span(fragment, fragment.start)

    def _add_span(self, fragment: TrackFragment, start: int) -> None:
        facts = self._tracks[fragment.track_id]
        start_us = start * 1_000_000 // facts.timescale
        end_us = (start + fragment.duration) * 1_000_000 // facts.timescale
        before = self._spans.get(fragment.track_id)
        if before is not None:
            if start_us - before.end_us > _JUMP_US:
                self.doubts.append(f"{(start_us - before.end_us) / 1e6:.1f} s are missing between its fragments")
            start_us, end_us = min(start_us, before.start_us), max(end_us, before.end_us)
        self._spans[fragment.track_id] = StreamSpan(
            stream=fragment.track_id, kind=facts.kind, start_us=start_us, end_us=end_us
        )

    def finish(self, length: int) -> None:
        """Hold where the samples end against where the bytes end."""
        if self._reach > length:
            self.doubts.append(f"its samples need {self._reach} bytes, but it has {length}")

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return one span for each track."""
        return tuple(self._spans[number] for number in sorted(self._spans))
