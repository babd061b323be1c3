"""MPEG-TS packets made by hand (ISO/IEC 13818-1 2.4.3)."""

from __future__ import annotations

from typing import Final

VIDEO_PID: Final = 0x100
AUDIO_PID: Final = 0x101
PACKET_BYTES: Final = 188


def packet(payload: bytes, *, pid: int = VIDEO_PID, starts: bool = True, counter: int = 0, field: bytes = b"") -> bytes:
    """Return one packet: `field` is what its adaptation field begins with; stuffing fills it up."""
    room = PACKET_BYTES - 4 - len(payload)
    control = (0x10 if payload else 0) | (0x20 if room or field else 0)
    head = bytes((0x47, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, control | counter))
    if not room:
        return head + payload
    adaptation = (field or b"\0" * (room > 1)).ljust(room - 1, b"\xff")
    assert len(adaptation) == room - 1
    return head + bytes((room - 1,)) + adaptation + payload


def pcr(base: int, rest: int = 0) -> bytes:
    """Return the beginning of an adaptation field with a PCR."""
    return b"\x10" + (base << 15 | 0x3F << 9 | rest).to_bytes(6)


def pes(pts: int | None, dts: int | None = None, *, stream_id: int = 0xE0, data: bytes = b"data" * 20) -> bytes:
    """Return a PES packet with none, one or two timestamps."""
    stamps = b""
    if pts is not None:
        stamps = timestamp(2 if dts is None else 3, pts) + (b"" if dts is None else timestamp(1, dts))
    flags = {0: 0, 5: 0x80, 10: 0xC0}[len(stamps)]
    return b"\0\0\1" + bytes((stream_id, 0, 0, 0x80, flags, len(stamps))) + stamps + data


def timestamp(prefix: int, ticks: int) -> bytes:
    """Return a PTS or DTS as it is written: 33 bits in three parts, each with a marker bit behind it."""
    return (
        prefix << 36 | ticks >> 30 << 33 | 1 << 32 | (ticks >> 15 & 0x7FFF) << 17 | 1 << 16 | (ticks & 0x7FFF) << 1 | 1
    ).to_bytes(5)


def packets(*payloads: bytes) -> bytes:
    """Return packets joined."""
    return b"".join(payloads)
