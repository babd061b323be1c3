"""Elements of EBML (RFC 8794): their ids and sizes, read from a file piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.media.checksum import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

CRC_32: Final = 0xBF
VOID: Final = 0xEC

_WINDOW_BYTES: Final = 1 << 15
_MOST_HELD_BYTES: Final = 16 << 20
HEAD_BYTES: Final = 64
"""What can be read of an element's beginning at once: its head, and whatever small fields follow."""
_SUM_BYTES: Final = 1 << 20
_CRC_ELEMENT_BYTES: Final = 6
_MOST_CHILDREN: Final = 4096
_LONGEST_ID: Final = 4
_LONGEST_SIZE: Final = 8


class Element(NamedTuple):
    """An element: where its content lies in the file. `stop` is None when its size is not known in advance."""

    id: int
    start: int
    stop: int | None


class EbmlFile:
    """Reads a file by positions. Each read lets other threads run, which a mapped file would not."""

    def __init__(self, file: FileIO, size: int) -> None:
        self._file = file
        self.size = size
        self._window = b""
        self._base = 0
        self._read_to = 0

    def look_again(self, size: int) -> None:
        """Take note that the file has this size now, and may have changed."""
        self.size = size
        self._window = b""
        self._read_to = 0

    def window(self, position: int) -> tuple[bytes, int]:
        """Return bytes that hold `position` and at least 64 more, and where they begin; zeros after the end."""
        offset = position - self._base
        if offset < 0 or offset + HEAD_BYTES > len(self._window):
            self._look(position, position + _WINDOW_BYTES)
        return self._window, self._base

    def hold(self, start: int, stop: int) -> None:
        """Read a part that will be looked at from its beginning to its end, at once, unless it is too large."""
        if stop - start <= _MOST_HELD_BYTES:
            self._look(start, stop + HEAD_BYTES)

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop` or the end of the file."""
        self._file.seek(start)
        return self._file.read(max(0, stop - start))

    def element(self, position: int) -> Element | None:
        """Return the element that begins at a position (RFC 8794 4 to 6), None when none does."""
        data, base = self.window(position)
        offset = position - base
        id_length = _length(data, offset)
        if not 0 < id_length <= _LONGEST_ID:
            return None
        size_length = _length(data, offset + id_length)
        content = offset + id_length + size_length
        if not size_length:
            return None
        number = int.from_bytes(data[offset : offset + id_length])
        unknown = (1 << 7 * size_length) - 1
        size = int.from_bytes(data[offset + id_length : content]) & unknown
        start = base + content
        return Element(number, start, None if size == unknown else start + size)

    def children(self, parent: Element) -> Iterator[Element]:
        """Yield the elements inside one whose size is known, up to the first that is none or does not fit."""
        position, end = parent.start, parent.start if parent.stop is None else min(parent.stop, self.size)
        for _ in range(_MOST_CHILDREN):
            child = self.element(position) if position < end else None
            if child is None or child.stop is None or child.stop > end:
                return
            yield child
            position = child.stop

    def number(self, element: Element) -> int:
        """Return the content of an element that holds an unsigned number."""
        stop = element.start if element.stop is None else min(element.stop, element.start + _LONGEST_SIZE)
        return int.from_bytes(self.read(element.start, stop))

    def has_checksum(self, parent: Element) -> bool:
        """Tell whether an element begins with a checksum of the rest of it (RFC 8794 11.3.1)."""
        first = self.element(parent.start)
        return first is not None and first.id == CRC_32 and first.stop == parent.start + _CRC_ELEMENT_BYTES

    def checksum_fits(self, parent: Element, stop: int) -> bool:
        """Tell whether the bytes up to `stop` are those that the checksum at the start of an element was made of."""
        position = parent.start + _CRC_ELEMENT_BYTES
        return self.crc32(position, stop) == int.from_bytes(self.read(position - 4, position), "little")

    def crc32(self, start: int, stop: int) -> int:
        """Return the CRC-32 of the bytes from `start` to `stop` or the end of the file."""
        if self._base <= start and stop <= self._read_to:
            return crc32(memoryview(self._window)[start - self._base : stop - self._base])
        found = 0
        while start < stop and (piece := self.read(start, min(stop, start + _SUM_BYTES))):
            found = crc32(piece, found)
            start += len(piece)
        return found

    def _look(self, start: int, stop: int) -> None:
        self._window, self._base = self.read(start, stop), start
        self._read_to = start + len(self._window)
        if len(self._window) < stop - start:  # zeros begin no element
            self._window += bytes(HEAD_BYTES)


def _length(data: bytes, offset: int) -> int:
    """Return the length of the number that begins here: the place of its first bit that is set; 0 for none."""
    return _LONGEST_SIZE + 1 - data[offset].bit_length() if data[offset] else 0
