"""What single MPEG-TS packets say: tables of programs and the heads of elementary streams (ISO/IEC 13818-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TICKS_PER_S: Final = 90_000
WRAP_TICKS: Final = 1 << 33

_VIDEO_TYPES: Final = frozenset({0x01, 0x02, 0x10, 0x1B, 0x1E, 0x1F, 0x20, 0x21, 0x24, 0x32, 0x33, 0x42, 0xD1, 0xEA})
_AUDIO_TYPES: Final = frozenset({0x03, 0x04, 0x0F, 0x11, 0x1C, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x87, 0x8A})
_PRIVATE: Final = 0x06
_AUDIO_DESCRIPTORS: Final = frozenset({0x6A, 0x7A, 0x7B, 0x7C})
"""AC-3, enhanced AC-3, DTS and AAC (ETSI EN 300 468)."""
_REGISTRATION: Final = 0x05
_REGISTERED: Final = {
    **dict.fromkeys((b"AC-3", b"EAC3", b"Opus", b"DTS1", b"DTS2", b"DTS3", b"BSSD"), "audio"),
    **dict.fromkeys((b"HEVC", b"AV01", b"VP09", b"VC-1"), "video"),
}
_PES_START: Final = b"\0\0\1"
_PLAIN_PES: Final = frozenset({0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF})
"""Stream ids whose packets have no header with timestamps (2.4.3.7)."""
_HAS_PTS: Final = 0b10
_HAS_DTS: Final = 0b01
_PAT: Final = 0x00
_PMT: Final = 0x02
_SECTION_HEADER_BYTES: Final = 8
_CRC_BYTES: Final = 4


class PesHead(NamedTuple):
    """The beginning of one packet of an elementary stream. `decoded` is its DTS or, without one, its PTS, in ticks."""

    stream_id: int
    size_bytes: int
    """0 where the packet does not say (allowed of pictures only)."""
    decoded: int | None

    @property
    def kind(self) -> str:
        """What the stream id tells of it (2.4.3.7, table 2-22)."""
        return {0xE0: "video", 0xC0: "audio", 0xD0: "audio"}.get(self.stream_id & 0xF0, "other")


def pid_of(packet: bytes) -> int:
    """Return which stream the packet belongs to (2.4.3.3)."""
    return (packet[1] & 0x1F) << 8 | packet[2]


def is_scrambled(packet: bytes) -> bool:
    """Tell by the transport_scrambling_control (2.4.3.3) whether the packet's payload is scrambled."""
    return bool(packet[3] & 0xC0)


def pes_head(packet: bytes) -> PesHead | None:
    """Return the head of a PES packet that starts here (2.4.3.6), None when none does."""
    payload = _payload(packet)
    if payload[:3] != _PES_START or len(payload) < 9:  # noqa: PLR2004 - up to the length of the header
        return None
    stream_id, flags = payload[3], payload[7] >> 6
    decoded = None
    if stream_id not in _PLAIN_PES and flags & _HAS_PTS:
        decoded = _timestamp(payload[14:19] if flags & _HAS_DTS else payload[9:14])
    return PesHead(stream_id=stream_id, size_bytes=int.from_bytes(payload[4:6]), decoded=decoded)


def program_maps(packet: bytes) -> list[int]:
    """Return where the tables of the programs are, from a packet that starts the table of them all (2.4.4.3)."""
    entries = _section(packet, _PAT)
    pairs = [entries[place : place + 4] for place in range(0, len(entries) - 3, 4)]
    return [int.from_bytes(pair[2:]) & 0x1FFF for pair in pairs if any(pair[:2])]


def elementary_streams(packet: bytes) -> dict[int, str]:
    """Return the streams of a program with their kinds, from a packet that starts its table (2.4.4.8).

    What does not fit into the one packet is left out: the streams are then known by their ids.
    """
    section = _section(packet, _PMT)
    position = 4 + (int.from_bytes(section[2:4]) & 0xFFF)
    streams = {}
    while position + 5 <= len(section):
        length = int.from_bytes(section[position + 3 : position + 5]) & 0xFFF
        descriptors = section[position + 5 : position + 5 + length]
        pid = int.from_bytes(section[position + 1 : position + 3]) & 0x1FFF
        streams[pid] = _kind(section[position], descriptors)
        position += 5 + length
    return streams


def _payload(packet: bytes) -> bytes:
    control = packet[3]
    start = 5 + packet[4] if control & 0x20 else 4
    return packet[start:] if control & 0x10 else b""


def _timestamp(field: bytes) -> int | None:
    if len(field) < 5:  # noqa: PLR2004 - the header goes on in the next packet
        return None
    return (field[0] >> 1 & 7) << 30 | (int.from_bytes(field[1:3]) >> 1) << 15 | int.from_bytes(field[3:5]) >> 1


def _section(packet: bytes, table: int) -> bytes:
    """Return what a table's section lists, as far as it is in this packet, without its header and checksum."""
    payload = _payload(packet)
    section = payload[1 + payload[0] :] if payload else b""
    if len(section) < _SECTION_HEADER_BYTES or section[0] != table:
        return b""
    length = int.from_bytes(section[1:3]) & 0xFFF
    return section[_SECTION_HEADER_BYTES : 3 + length - _CRC_BYTES]


def _kind(stream_type: int, descriptors: bytes) -> str:
    if stream_type in _VIDEO_TYPES:
        return "video"
    if stream_type in _AUDIO_TYPES:
        return "audio"
    if stream_type == _PRIVATE:
        return next(filter(None, map(_described, _descriptors(descriptors))), "other")
    return "other"


def _descriptors(data: bytes) -> Iterator[bytes]:
    position = 0
    while position + 2 <= len(data):
        stop = position + 2 + data[position + 1]
        yield data[position:stop]
        position = stop


def _described(descriptor: bytes) -> str | None:
    if descriptor[0] in _AUDIO_DESCRIPTORS:
        return "audio"
    return _REGISTERED.get(descriptor[2:6]) if descriptor[0] == _REGISTRATION else None
