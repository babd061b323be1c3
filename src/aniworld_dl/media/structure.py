"""Whether bytes are a segment at all: MPEG-TS packets, ISO boxes. Fed piece by piece while the bytes come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.media.structure_error import StructureError
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.boxes import TrackFacts
    from aniworld_dl.media.spans import StreamSpan

__all__ = ["Check", "StructureError", "check_for"]

TS_PACKET_BYTES: Final = 188
_TS_SYNC: Final = 0x47
_BOX_HEADER: Final = 8
_LARGE_BOX_HEADER: Final = 16
_LAST_BOX: Final = "mdat"
_PAGE_STARTS: Final = (b"<!doctype", b"<html", b"<head", b"<?xml", b"{", b"#extm3u")


class Check(Protocol):
    """Looks at the bytes of one segment in order."""

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes.

        Raises:
            StructureError: they cannot be part of such a segment.
        """
        ...

    def finish(self) -> None:
        """Look at the whole.

        Raises:
            StructureError: something is missing at the end.
        """
        ...

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when its streams play, in the order of their numbers; nothing that cannot be told. After `finish`."""
        ...


def check_for(container: Container, *, init: bool = False, tracks: Mapping[int, TrackFacts] | None = None) -> Check:
    """Return a fresh check for a segment (or, `init`, an init section) of a track.

    `tracks` is what the segment's init section says; without it the timestamps of boxes have no unit.
    """
    if container is Container.MPEG_TS:
        return TransportStreamCheck()
    if container is Container.FMP4:
        return BoxCheck(required=("ftyp", "moov") if init else ("moof", "mdat"), tracks=tracks)
    return AnyBytes()


class AnyBytes:
    """For pieces that have no structure of their own: ranges of a plain file."""

    def feed(self, piece: bytes) -> None:
        """Accept anything."""

    def finish(self) -> None:
        """Accept anything."""

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none."""
        return ()


class TransportStreamCheck:
    """Every 188-byte packet starts with the sync byte and the last one is whole (ISO/IEC 13818-1 2.4.3.2)."""

    def __init__(self) -> None:
        self._length = 0

    def feed(self, piece: bytes) -> None:
        """Look at the sync bytes of the next packets."""
        if not self._length:
            _refuse_page(piece)
        first = -self._length % TS_PACKET_BYTES
        starts = piece[first::TS_PACKET_BYTES]
        if starts.count(_TS_SYNC) != len(starts):
            wrong = next(number for number, byte in enumerate(starts) if byte != _TS_SYNC)
            place = self._length + first + wrong * TS_PACKET_BYTES
            raise StructureError(f"no MPEG-TS sync byte at offset {place}")
        self._length += len(piece)

    def finish(self) -> None:
        """See that there is something and that the last packet is whole."""
        if not self._length:
            raise StructureError("it is empty")
        if self._length % TS_PACKET_BYTES:
            raise StructureError(f"{self._length} bytes are not a whole number of MPEG-TS packets")

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none."""
        return ()


class BoxCheck:
    """Boxes fill the segment exactly and those that make it playable are there (ISO/IEC 14496-12 4.2, 8.8)."""

    def __init__(self, *, required: tuple[str, ...], tracks: Mapping[int, TrackFacts] | None = None) -> None:
        self._required = required
        self._tracks = tracks
        self._found: set[str] = set()
        self._header = b""
        self._skip = 0
        self._length = 0
        self._open_ended = False

    def feed(self, piece: bytes) -> None:
        """Step from box to box."""
        if not self._length:
            _refuse_page(piece)
        self._length += len(piece)
        position = 0
        while position < len(piece) and not self._open_ended:
            if self._skip:
                step = min(self._skip, len(piece) - position)
                self._skip -= step
                position += step
                continue
            wanted = self._header_bytes() - len(self._header)
            taken = piece[position : position + wanted]
            self._header += taken
            position += len(taken)
            if len(self._header) == self._header_bytes():
                self._enter_box()

    def finish(self) -> None:
        """See that the last box ends where the bytes end, and that nothing is missing."""
        if not self._length:
            raise StructureError("it is empty")
        if self._skip or self._header:
            raise StructureError(f"the last box is cut short at {self._length} bytes")
        if missing := [name for name in self._required if name not in self._found]:
            raise StructureError(f"there is no {' and no '.join(missing)} box")

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none."""
        return ()

    def _header_bytes(self) -> int:
        # a size of 1 says that the real one follows in 8 more bytes
        return _LARGE_BOX_HEADER if self._header[:4] == b"\x00\x00\x00\x01" else _BOX_HEADER

    def _enter_box(self) -> None:
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


def _refuse_page(head: bytes) -> None:
    start = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_PAGE_STARTS):
        raise StructureError("a page of text came in its place")
