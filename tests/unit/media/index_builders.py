"""Boxes of ISO files, written by hand."""

from __future__ import annotations

import struct


def box(name: str, content: bytes = b"", *, large: bool = False) -> bytes:
    """Write a box, with its size in 8 bytes if it is to be large."""
    if large:
        return struct.pack(">I4sQ", 1, name.encode(), 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), name.encode()) + content


def sidx(
    *references: tuple[int, int],
    timescale: int = 1000,
    start: int = 0,
    first_offset: int = 0,
    version: int = 0,
    indexes: tuple[int, ...] = (),
) -> bytes:
    """Write an index: of each reference the size and the duration; `indexes` are those that lead to another."""
    head = struct.pack(">B3xII", version, 1, timescale)
    head += struct.pack(">QQ" if version else ">II", start, first_offset)
    head += struct.pack(">HH", 0, len(references))
    for order, (size, ticks) in enumerate(references):
        head += struct.pack(">III", size | (0x8000_0000 if order in indexes else 0), ticks, 0x9000_0000)
    return box("sidx", head)


def fragment(time: int, *, version: int = 1, payload: bytes = b"") -> bytes:
    """Write a fragment whose decode time is told."""
    tfdt = box("tfdt", struct.pack(">B3xQ" if version else ">B3xI", version, time))
    traf = box("traf", box("tfhd", bytes(8)) + tfdt)
    return box("moof", box("mfhd", bytes(8)) + traf) + box("mdat", payload)


HEADER = box("ftyp", b"iso6\0\0\0\0") + box("moov", box("mvhd", bytes(100)) + box("mvex", box("trex", bytes(24))))
"""What stands before the fragments."""
