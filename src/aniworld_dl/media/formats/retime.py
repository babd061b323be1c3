"""Adding to the timestamps inside a segment, in place: MPEG-TS (33 bits of 90 kHz) and ISO boxes (`tfdt`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.fragments import tfdt_fields
from aniworld_dl.media.formats.mpegts import TS_PACKET_BYTES
from aniworld_dl.media.formats.pes import TICKS_PER_S, WRAP_TICKS
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MICROSECONDS: Final = 1_000_000

_STARTS_UNIT: Final = 0x40
_HAS_ADAPTATION: Final = 0x20
_HAS_PAYLOAD: Final = 0x10
_HAS_PCR: Final = 0x10
_PCR_BYTES: Final = 6
_PES_START: Final = b"\x00\x00\x01"
_PES_FIXED_BYTES: Final = 9
_TIMESTAMP_BYTES: Final = 5
_TIMESTAMPS: Final = {0b10: 1, 0b11: 2}
"""How many there are by PTS_DTS_flags (ISO/IEC 13818-1 2.4.3.7)."""
_WITHOUT_HEADER: Final = frozenset({0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF})
"""Stream ids whose PES packets have no optional header (ISO/IEC 13818-1 2.4.3.7)."""

_UNIT_STARTS: Final = bytes(bool(byte & _STARTS_UNIT) for byte in range(256))
_ADAPTATIONS: Final = bytes(bool(byte & _HAS_ADAPTATION) for byte in range(256))


def retime_mpegts(data: bytearray, shift_us: int) -> None:
    """Add `shift_us` to every PCR, PTS and DTS of whole MPEG-TS packets, modulo 2**33 ticks (ISO/IEC 13818-1 2.4.3)."""
    shift = _ticks(shift_us, TICKS_PER_S)
    for start in _packets(data, 3, _ADAPTATIONS):
        _shift_pcr(data, start, shift)
    for start in _packets(data, 1, _UNIT_STARTS):
        _shift_pes(data, start, shift)


def retime_boxes(data: bytearray, shift_us: int, timescales: Mapping[int, int]) -> None:
    """Add `shift_us` to the decode time of every track fragment (ISO/IEC 14496-12 8.8.12).

    `timescales` gives the ticks per second of each track id; fragments of other tracks, which nobody reads, stay.

    Raises:
        StructureError: a time has no room there, or its boxes are damaged.
    """
    for field in tfdt_fields(bytes(data)):
        if field.track_id not in timescales:
            continue
        place = slice(field.offset, field.offset + (8 if field.version else 4))
        moved = int.from_bytes(data[place]) + _ticks(shift_us, timescales[field.track_id])
        try:
            data[place] = moved.to_bytes(place.stop - place.start)
        except OverflowError as error:
            raise StructureError(f"a fragment's time cannot be moved by {shift_us / _MICROSECONDS:.3f} s") from error


def _ticks(shift_us: int, per_s: int) -> int:
    return (2 * shift_us * per_s + _MICROSECONDS) // (2 * _MICROSECONDS)


def _packets(data: bytearray, place: int, wanted: bytes) -> Iterator[int]:
    """Yield where the packets start whose byte at `place` is marked in `wanted`."""
    marks = data[place::TS_PACKET_BYTES].translate(wanted)
    number = marks.find(1)
    while number >= 0:
        yield number * TS_PACKET_BYTES
        number = marks.find(1, number + 1)


def _shift_pcr(data: bytearray, start: int, shift: int) -> None:
    if data[start + 4] <= _PCR_BYTES or not data[start + 5] & _HAS_PCR:
        return
    place = slice(start + 6, start + 6 + _PCR_BYTES)
    field = int.from_bytes(data[place])
    base, rest = field >> 15, field & 0x7FFF
    data[place] = ((base + shift) % WRAP_TICKS << 15 | rest).to_bytes(_PCR_BYTES)


def _shift_pes(data: bytearray, start: int, shift: int) -> None:
    places: Sequence[int] = _payload(data, start)
    if len(places) < _PES_FIXED_BYTES + 2 * _TIMESTAMP_BYTES:
        places = _longer_payload(data, start)
    head = bytes(data[place] for place in places[:_PES_FIXED_BYTES])
    if head[:3] != _PES_START or len(head) < _PES_FIXED_BYTES or head[3] in _WITHOUT_HEADER:
        return  # a table, or data without timestamps
    for number in range(_TIMESTAMPS.get(head[7] >> 6, 0)):
        first = _PES_FIXED_BYTES + _TIMESTAMP_BYTES * number
        _shift_timestamp(data, places[first : first + _TIMESTAMP_BYTES], shift)


def _payload(data: bytearray, start: int) -> range:
    """Return where the payload of a packet is."""
    control = data[start + 3]
    first = start + 4 + (1 + data[start + 4] if control & _HAS_ADAPTATION else 0)
    return range(first, start + TS_PACKET_BYTES) if control & _HAS_PAYLOAD else range(0)


def _longer_payload(data: bytearray, start: int) -> Sequence[int]:
    """Return where the payload of a packet is, and that of the next packet of its stream: a head may be cut."""
    places = list(_payload(data, start))
    stream = (data[start + 1] & 0x1F, data[start + 2])
    for other in range(start + TS_PACKET_BYTES, len(data), TS_PACKET_BYTES):
        if (data[other + 1] & 0x1F, data[other + 2]) == stream:
            # what starts there is something else
            return places if data[other + 1] & _STARTS_UNIT else [*places, *_payload(data, other)]
    return places


def _shift_timestamp(data: bytearray, places: Sequence[int], shift: int) -> None:
    """Change a PTS or DTS: 4 bits of prefix, then 3, 15 and 15 bits, each with a marker bit behind it."""
    if len(places) < _TIMESTAMP_BYTES:
        return  # it is cut: nobody can read it
    field = int.from_bytes(bytes(data[place] for place in places))
    ticks = (field >> 33 & 7) << 30 | (field >> 17 & 0x7FFF) << 15 | field >> 1 & 0x7FFF
    ticks = (ticks + shift) % WRAP_TICKS
    kept = field & ~(7 << 33 | 0x7FFF << 17 | 0x7FFF << 1)
    field = kept | (ticks >> 30) << 33 | (ticks >> 15 & 0x7FFF) << 17 | (ticks & 0x7FFF) << 1
    for place, byte in zip(places, field.to_bytes(_TIMESTAMP_BYTES), strict=True):
        data[place] = byte
