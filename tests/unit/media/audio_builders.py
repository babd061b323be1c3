"""Packed audio made by hand: frames with nothing in them, and the tags before them."""

from __future__ import annotations

OWNER = b"com.apple.streaming.transportStreamTimestamp"


def aac_frame(size: int = 200, *, rate: int = 3, blocks: int = 1) -> bytes:
    """Return a frame of ADTS AAC; `rate` 3 is 48 kHz."""
    head = [
        0xFF,
        0xF1,
        0x40 | rate << 2,
        0x80 | size >> 11,
        size >> 3 & 0xFF,
        (size & 7) << 5 | 0x1F,
        0xFC | blocks - 1,
    ]
    return bytes(head).ljust(size, b"\x55")


def mp3_frame(size: int, *, version: int = 3, rate: int = 1, bit_rate: int = 9, padding: int = 0) -> bytes:
    """Return a frame of layer III; as it is set, MPEG-1 at 48 kHz and 128 kbit/s, which makes 384 bytes."""
    head = [0xFF, 0xE3 | version << 3, bit_rate << 4 | rate << 2 | padding << 1, 0]
    return bytes(head).ljust(size, b"\x55")


def ac3_frame(size: int, *, rate: int = 0, code: int = 16, bsid: int = 8) -> bytes:
    """Return a frame of AC-3; as it is set, 48 kHz and 128 kbit/s, which makes 512 bytes."""
    return bytes([0x0B, 0x77, 0, 0, rate << 6 | code, bsid << 3, 0]).ljust(size, b"\x55")


def eac3_frame(size: int = 256, *, kind: int = 0, substream: int = 0, rate: int = 0, blocks: int = 3) -> bytes:
    """Return a frame of E-AC-3; as it is set, six blocks of an independent substream at 48 kHz."""
    words = size // 2 - 1
    head = [0x0B, 0x77, kind << 6 | substream << 3 | words >> 8, words & 0xFF, rate << 6 | blocks << 4, 16 << 3, 0]
    return bytes(head).ljust(size, b"\x55")


def id3_tag(content: bytes, *, flags: int = 0) -> bytes:
    """Return an ID3v2.4 tag."""
    size = len(content)
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00" + bytes([flags]) + sizes + content + (b"3DI\x04\x00\x10" + sizes if flags & 0x10 else b"")


def id3_frame(name: bytes, content: bytes) -> bytes:
    """Return a frame of such a tag."""
    size = len(content)
    return name + bytes([0, 0, size >> 7, size & 0x7F, 0, 0]) + content


def timestamp_tag(ticks: int) -> bytes:
    """Return the tag that a segment of packed audio begins with (RFC 8216 3.4)."""
    return id3_tag(id3_frame(b"PRIV", OWNER + b"\0" + ticks.to_bytes(8)))
