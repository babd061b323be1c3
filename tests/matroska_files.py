"""Matroska files made by hand (RFC 9559), element by element."""

from __future__ import annotations

import struct
import zlib

EBML, SEGMENT, INFO, TRACKS, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
CUES, VOID, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0x1C53BB6B, 0xEC, 0xE7, 0xA3, 0xA0, 0xA1
UNKNOWN = b"\x01" + b"\xff" * 7


def size_field(size: int, length: int | None = None) -> bytes:
    """Return a size in as few bytes as it takes, or in so many."""
    for wanted in range(length or 1, 9):
        if size < (1 << 7 * wanted) - 1:
            return (size | 1 << 7 * wanted).to_bytes(wanted)
    raise ValueError(size)


def element(number: int, body: bytes, *, length: int | None = None, checksum: bool = False) -> bytes:
    """Return an element, with a checksum of its content if wanted."""
    if checksum:
        body = b"\xbf\x84" + zlib.crc32(body).to_bytes(4, "little") + body
    return number.to_bytes((number.bit_length() + 7) // 8) + size_field(len(body), length) + body


def unsigned(number: int, value: int) -> bytes:
    """Return an element that holds a number."""
    return element(number, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def block(track: int, time: int, data: bytes = b"frame", *, flags: int = 0) -> bytes:
    """Return what a block holds."""
    return size_field(track) + time.to_bytes(2, signed=True) + bytes([flags]) + data


def simple_block(track: int, time: int, data: bytes = b"frame", *, flags: int = 0, length: int | None = None) -> bytes:
    """Return a simple block."""
    return element(SIMPLE_BLOCK, block(track, time, data, flags=flags), length=length)


def track_entry(number: int, kind: int = 1, codec: str = "V_MPEG4/ISO/AVC", duration_ns: int = 0) -> bytes:
    """Return what describes a track."""
    body = unsigned(0xD7, number) + unsigned(0x83, kind) + element(0x86, codec.encode())
    return element(0xAE, body + (unsigned(0x23E383, duration_ns) if duration_ns else b""))


def cluster(time: int, *blocks: bytes, checksum: bool = False) -> bytes:
    """Return a cluster."""
    return element(CLUSTER, unsigned(TIMESTAMP, time) + b"".join(blocks), checksum=checksum)


def info(duration: float | None = None, scale: int | None = None) -> bytes:
    """Return what a file says of itself."""
    body = unsigned(0x2AD7B1, scale) if scale is not None else b""
    return element(INFO, body + (element(0x4489, struct.pack(">d", duration)) if duration is not None else b""))


HEAD = element(EBML, element(0x4282, b"matroska"))
BOTH = element(TRACKS, track_entry(1, duration_ns=40_000_000) + track_entry(2, 2, "A_AAC"))


def seconds(count: int, *, checksum: bool = False, start: int = 0) -> bytes:
    """Return clusters of one second each, with 25 pictures and 25 sounds."""
    made = []
    for second in range(start, start + count):
        blocks = (simple_block(track, 40 * number, bytes([number]) * 50) for number in range(25) for track in (1, 2))
        made.append(cluster(1000 * second, *blocks, checksum=checksum))
    return b"".join(made)


def matroska(*parts: bytes) -> bytes:
    """Return a file."""
    return HEAD + element(SEGMENT, b"".join(parts), length=8)
