"""Adding to the timestamps inside a segment, in place: MPEG-TS (33 bits of 90 kHz) and ISO boxes (`tfdt`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.fragments import tfdt_fields
from aniworld_dl.media.mpegts import TS_PACKET_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TICKS_PER_S: Final = 90_000
_TICKS: Final = 2**33
_MICROSECONDS: Final = 1_000_000

_STARTS_UNIT: Final = 0x40
_HAS_ADAPTATION: Final = 0x20
_HAS_PAYLOAD: Final = 0x10
_HAS_PCR: Final = 0x10
_PCR_BYTES: Final = 6
_PES_START: Final = b"\x00\x00\x01"
_PES_FIXED_BYTES: Final = 9
_WITHOUT_HEADER: Final = frozenset({0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF})
"""Stream ids whose PES packets have no optional header (ISO/IEC 13818-1 2.4.3.7)."""

_INTERESTING_FLAGS: Final = bytes(bool(byte & _STARTS_UNIT) for byte in range(256))
_WITH_ADAPTATION: Final = bytes(bool(byte & _HAS_ADAPTATION) for byte in range(256))


def retime_mpegts(data: bytearray, shift_us: int) -> None:
    """Add `shift_us` to every PCR, PTS and DTS of whole MPEG-TS packets, modulo 2**33 ticks (ISO/IEC 13818-1 2.4.3)."""
    shift = round(shift_us * _TICKS_PER_S / _MICROSECONDS)
    for start in _packets(data, 3, _WITH_ADAPTATION):
        _shift_pcr(data, start, shift)
    for start in _packets(data, 1, _INTERESTING_FLAGS):
        _shift_pes(data, start, shift)


def retime_boxes(data: bytearray, shift_us: int, timescales: Mapping[int, int]) -> None:
    """Add `shift_us` to the decode time of every track fragment (ISO/IEC 14496-12 8.8.12), never below 0.

    `timescales` gives the ticks per second of each track id.
    """
    for field in tfdt_fields(bytes(data)):
        size = 8 if field.version else 4
        ticks = int.from_bytes(data[field.offset : field.offset + size])
        moved = max(ticks + round(shift_us * timescales[field.track_id] / _MICROSECONDS), 0)
        data[field.offset : field.offset + size] = (moved % (1 << 8 * size)).to_bytes(size)


def _packets(data: bytearray, place: int, wanted: bytes) -> Iterator[int]:
    """Yield where the packets start whose byte at `place` is marked in `wanted`."""
    marks = bytes(data[place::TS_PACKET_BYTES]).translate(wanted)
    number = marks.find(1)
    while number >= 0:
        yield number * TS_PACKET_BYTES
        number = marks.find(1, number + 1)


def _shift_pcr(data: bytearray, start: int, shift: int) -> None:
    if data[start + 4] <= _PCR_BYTES or not data[start + 5] & _HAS_PCR:
        return
    field = int.from_bytes(data[start + 6 : start + 12])
    base, rest = field >> 15, field & 0x7FFF
    data[start + 6 : start + 12] = ((base + shift) % _TICKS << 15 | rest).to_bytes(6)


def _shift_pes(data: bytearray, start: int, shift: int) -> None:
    control = data[start + 3]
    payload = start + 4 + (1 + data[start + 4] if control & _HAS_ADAPTATION else 0)
    if not control & _HAS_PAYLOAD or payload + _PES_FIXED_BYTES > start + TS_PACKET_BYTES:
        return
    if data[payload : payload + 3] != _PES_START or data[payload + 3] in _WITHOUT_HEADER:
        return  # a table, or data without timestamps
    first = payload + _PES_FIXED_BYTES
    for number in range({2: 1, 3: 2}.get(data[payload + 7] >> 6, 0)):
        _shift_timestamp(data, first + 5 * number, shift)


def _shift_timestamp(data: bytearray, place: int, shift: int) -> None:
    """Change a PTS or DTS: 4 bits of prefix, then 3, 15 and 15 bits, each with a marker bit behind it."""
    field = int.from_bytes(data[place : place + 5])
    ticks = (field >> 33 & 7) << 30 | (field >> 17 & 0x7FFF) << 15 | field >> 1 & 0x7FFF
    ticks = (ticks + shift) % _TICKS
    kept = field & ~(7 << 33 | 0x7FFF << 17 | 0x7FFF << 1)
    field = kept | (ticks >> 30) << 33 | (ticks >> 15 & 0x7FFF) << 17 | (ticks & 0x7FFF) << 1
    data[place : place + 5] = field.to_bytes(5)
