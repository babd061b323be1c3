"""ID3 tags of packed audio: how long they are, and the timestamp in them (RFC 8216 3.4; ID3v2.4 3.1, 4.27)."""

from __future__ import annotations

from typing import Final

ID3_HEADER_BYTES: Final = 10

_OWNER: Final = b"com.apple.streaming.transportStreamTimestamp\0"
_FRAME_HEADER_BYTES: Final = 10
_TIMESTAMP_BYTES: Final = 8
_TIMESTAMPS: Final = 1 << 33
_UNSYNCHRONISED: Final = 0x80
_FOOTER: Final = 0x10


def id3_bytes(data: bytes, position: int = 0) -> int:
    """Return how many bytes a tag at a position takes, 0 when none begins there. Its header has to be at hand."""
    header = data[position : position + ID3_HEADER_BYTES]
    sizes = header[6:]
    if not header.startswith(b"ID3") or len(header) < ID3_HEADER_BYTES or max(sizes) >> 7:
        return 0
    # 7 bits of each byte
    size = sizes[0] << 21 | sizes[1] << 14 | sizes[2] << 7 | sizes[3]
    return ID3_HEADER_BYTES + size + (ID3_HEADER_BYTES if header[5] & _FOOTER else 0)


def id3_timestamp(tag: bytes) -> int | None:
    """Return the MPEG-2 timestamp, in ticks of 90 kHz, that a tag says its audio begins at; None when it does not."""
    plain = tag.replace(b"\xff\x00", b"\xff") if tag[5] & _UNSYNCHRONISED else tag
    owner = plain.find(_OWNER)
    start = owner + len(_OWNER)
    is_private = plain[max(owner - _FRAME_HEADER_BYTES, 0) : owner].startswith(b"PRIV")
    if owner < 0 or not is_private or start + _TIMESTAMP_BYTES > len(plain):
        return None
    return int.from_bytes(plain[start : start + _TIMESTAMP_BYTES]) % _TIMESTAMPS
