"""Checksums that a finished file carries itself, so that it can be checked years later, wherever it has gone.

They stand at the end of the file, in an element that every player passes over: `Void` inside the Segment of Matroska
(RFC 8794 11.3.2), a `free` box in MP4 (ISO/IEC 14496-12 8.1.2). The text in it has a line for each block of the file,
`<bytes> <CRC-32> <milliseconds at which its content begins>`, and a last line with the CRC-32 of the text before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.checksum import crc32
from aniworld_dl.media.disk import storage_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import RawIOBase
    from pathlib import Path

SEALED_SUFFIXES: Final = frozenset({".mkv", ".mp4"})
"""Of the files that are made here. One that was downloaded as it is stays as it is, to the last byte."""

NO_SUMS: Final[Mapping[int, tuple[int, int]]] = MappingProxyType({})

_MAGIC: Final = b"aniworld-dl seal 1\n"
_LINE_BYTES: Final = 40
_LAST_LINE_BYTES: Final = 13
_LINE: Final = re.compile(rb"(\d{15}) (\d{10}) (\d{12})\n")

_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = b"\x18\x53\x80\x67"
_VOID: Final = b"\xec"
_WIDE_SIZE: Final = 0x01
"""First byte of a size of 8 bytes, of which 7 count (RFC 8794 4)."""
_UNKNOWN_SIZE: Final = (1 << 56) - 1
_HEAD_BYTES: Final = 4096
_TAIL_BYTES: Final = 16 << 20
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a sealed file: bytes `[start, stop)`, their CRC-32, and when what is in them begins to play."""

    start: int
    stop: int
    crc32: int
    start_s: float


def seal(path: Path, cuts: Sequence[tuple[int, float]], sums: Mapping[int, tuple[int, int]] = NO_SUMS) -> None:
    """Append checksums to a Matroska or MP4 file. `cuts` are the offsets at which blocks begin, with their times.

    The first is at 0, they rise, and the last block reaches to the end. For threads: reads the whole file once, but for
    the blocks of which `sums` has, by their offsets, the end and the CRC-32.

    Raises:
        StorageError: it cannot be read or written.
    """
    with storage_errors(path), path.open("r+b", buffering=0) as file:
        size = file.seek(0, 2)
        text_bytes = len(_MAGIC) + _LINE_BYTES * len(cuts) + _LAST_LINE_BYTES
        header = _grow_segment(file, text_bytes) or (text_bytes + 8).to_bytes(4) + b"free"
        text = _MAGIC + _lines(file, [*cuts, (size, 0.0)], sums)
        file.seek(size)
        file.write(header + text + b"= %010d\n" % crc32(text))


def read_seal(path: Path) -> tuple[Block, ...]:
    """Return the blocks that a file was sealed with, nothing when it has no seal or that is damaged itself.

    Raises:
        StorageError: the file cannot be read.
    """
    with storage_errors(path), path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL_BYTES, 0))
        tail = file.read()
    text, last = tail[tail.rfind(_MAGIC) : -_LAST_LINE_BYTES], tail[-_LAST_LINE_BYTES:]
    if not text.startswith(_MAGIC) or last != b"= %010d\n" % crc32(text):
        return ()
    blocks, start = [], 0
    for line in _LINE.finditer(text, len(_MAGIC)):
        stop = start + int(line[1])
        blocks.append(Block(start=start, stop=stop, crc32=int(line[2]), start_s=int(line[3]) / 1000))
        start = stop
    return tuple(blocks)


def damaged_blocks(path: Path, blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks whose bytes are not what they were. For threads: reads the whole file once.

    Raises:
        StorageError: the file cannot be read.
    """
    with storage_errors(path), path.open("rb", buffering=0) as file:
        return [block for block in blocks if _crc32_of(file, block.start, block.stop) != block.crc32]


def _grow_segment(file: RawIOBase, text_bytes: int) -> bytes | None:
    """Let the Segment of a Matroska file reach over what will be appended, and return the header of that element.

    None for other files. A Segment of unknown size reaches to the end anyway (RFC 8794 6.2).
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if not head.startswith(_EBML):
        return None
    header = _VOID + bytes([_WIDE_SIZE]) + text_bytes.to_bytes(7)
    place = head.find(_SEGMENT) + len(_SEGMENT)
    known = int.from_bytes(head[place + 1 : place + 8])
    if head[place] == _WIDE_SIZE and known != _UNKNOWN_SIZE:
        file.seek(place + 1)
        file.write((known + len(header) + text_bytes).to_bytes(7))
    return header


def _lines(file: RawIOBase, cuts: Sequence[tuple[int, float]], sums: Mapping[int, tuple[int, int]]) -> bytes:
    lines = []
    for (start, start_s), (stop, _) in pairwise(cuts):
        known_stop, crc = sums.get(start, (0, 0))
        if known_stop != stop:
            crc = _crc32_of(file, start, stop)
        lines.append(b"%015d %010d %012d\n" % (stop - start, crc, round(start_s * 1000)))
    return b"".join(lines)


def _crc32_of(file: RawIOBase, start: int, stop: int) -> int:
    """Return the CRC-32 of bytes of a file. Read, not mapped: a mapped file that cannot be read ends the process."""
    file.seek(start)
    crc = 0
    while start < stop and (piece := file.read(min(stop - start, _PIECE_BYTES))):
        crc = crc32(piece, crc)
        start += len(piece)
    return crc
