"""The index of an ISO file: where its subsegments lie and how long they play (`sidx`, ISO/IEC 14496-12 8.16.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.model import ByteRange

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOX: Final = struct.Struct(">I4s")
_LARGE: Final = struct.Struct(">Q")
_HEAD: Final = struct.Struct(">B3xII")
"""Version, flags, reference_ID, timescale."""
_TIMES: Final = (struct.Struct(">II"), struct.Struct(">QQ"))
"""Of version 0 and 1: earliest_presentation_time and first_offset."""
_COUNT: Final = struct.Struct(">2xH")
_REFERENCE: Final = struct.Struct(">III")
_TO_INDEX: Final = 0x8000_0000
_LARGE_SIZE: Final = 1
_TO_THE_END: Final = 0


class SidxError(ValueError):
    """The bytes are no index, or one that cannot be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of a file: its bytes, header included, and the offset in the file at which its content starts.

    `size` is None of the last one, which lasts to the end of the file.
    """

    name: str
    start: int
    content: int
    size: int | None

    @property
    def stop(self) -> int | None:
        """Where the next box begins, None behind the last."""
        return None if self.size is None else self.start + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A subsegment, or (`is_index`) the index of several with them."""

    byte_range: ByteRange
    ticks: int
    is_index: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What a `sidx` box says. `timescale` ticks are a second; `start` is when the first subsegment begins."""

    timescale: int
    start: int
    references: tuple[Reference, ...]


def file_boxes(data: bytes, offset: int = 0) -> Iterator[Box]:
    """Yield the boxes whose headers are there; `offset` is where in the file the bytes begin (ISO/IEC 14496-12 4.2).

    The last one may reach beyond them.

    Raises:
        SidxError: what comes is no box.
    """
    position = 0
    while position + _BOX.size <= len(data):
        size, name = _BOX.unpack_from(data, position)
        header = _BOX.size
        if size == _LARGE_SIZE:
            if position + header + _LARGE.size > len(data):
                return
            (size,) = _LARGE.unpack_from(data, position + header)
            header += _LARGE.size
        if not (name.isascii() and name.decode("ascii").isprintable()) or 0 < size < header:
            raise SidxError(f"there is no box at offset {offset + position}")
        start = offset + position
        known = None if size == _TO_THE_END else size
        yield Box(name=name.decode("ascii"), start=start, content=start + header, size=known)
        if known is None:
            return
        position += known


def parse_sidx(data: bytes, offset: int) -> Index:
    """Return the first index among the boxes in `data`, which begin at `offset` of their file.

    Raises:
        SidxError: there is none, it is cut short, or what it says is impossible.
    """
    for box in file_boxes(data, offset):
        if box.name == "sidx":
            if box.stop is None or box.stop > offset + len(data):
                raise SidxError("the sidx box is cut short")
            return _index(data[box.content - offset : box.stop - offset], box.stop)
    raise SidxError("there is no sidx box")


def _index(content: bytes, anchor: int) -> Index:
    try:
        version, _, timescale = _HEAD.unpack_from(content)
        if version >= len(_TIMES):
            raise SidxError(f"the sidx box has the unknown version {version}")
        times = _TIMES[version]
        start, first_offset = times.unpack_from(content, _HEAD.size)
        place = _HEAD.size + times.size
        (count,) = _COUNT.unpack_from(content, place)
        place += _COUNT.size
        entries = [_REFERENCE.unpack_from(content, place + order * _REFERENCE.size) for order in range(count)]
    except struct.error as error:
        raise SidxError("the sidx box is shorter than what it lists") from error
    if not timescale or not entries:
        raise SidxError("the sidx box has no timescale or no entries")
    return Index(timescale=timescale, start=start, references=tuple(_references(entries, anchor + first_offset)))


def _references(entries: list[tuple[int, int, int]], place: int) -> Iterator[Reference]:
    for typed_size, ticks, _access_points in entries:
        size = typed_size & ~_TO_INDEX
        if not size:
            raise SidxError("the sidx box lists an empty subsegment")
        yield Reference(
            byte_range=ByteRange(start=place, stop=place + size),
            ticks=ticks,
            is_index=bool(typed_size & _TO_INDEX),
        )
        place += size
