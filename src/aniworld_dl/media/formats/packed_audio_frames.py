"""Headers of the audio frames that are packed without a container: AAC in ADTS, MP3, AC-3 and E-AC-3."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

FRAME_HEADER_BYTES: Final = 7
"""What a header says of its frame's length and time is within so many bytes."""

_AAC_RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_SAMPLES: Final = 1024
_MP3_RATES: Final = (44100, 48000, 32000)
_MP3_KBPS: Final = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
"""Layer III of MPEG-2 and 2.5, and of MPEG-1; the first means that the length of a frame is not said."""
_AC3_RATES: Final = (48000, 44100, 32000)
_AC3_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_AC3_SAMPLES: Final = 1536
_AC3_LAST_BSID: Final = 10
_EAC3_LAST_BSID: Final = 16
_EAC3_BLOCKS: Final = (1, 2, 3, 6)
_EAC3_BLOCK_SAMPLES: Final = 256


class Frame(NamedTuple):
    """A frame: `codec` as ffmpeg calls its demuxer, and how many samples it adds (0: channels of another's)."""

    codec: str
    size_bytes: int
    samples: int
    sample_rate: int


@lru_cache(maxsize=4096)
def frame_of(header: bytes) -> Frame | None:
    """Return the frame that begins with FRAME_HEADER_BYTES bytes, None when they are no header.

    Streams repeat the same few headers: those are remembered instead of being read again.
    """
    first, second = header[0], header[1]
    if first == 0xFF:  # noqa: PLR2004 - the bytes of headers are easier to read where they are compared
        if second & 0xF6 == 0xF0:  # noqa: PLR2004
            return _aac(header)
        return _mp3(header) if second & 0xE6 == 0xE2 else None  # noqa: PLR2004
    if first == 0x0B and second == 0x77:  # noqa: PLR2004
        bsid = header[5] >> 3
        return _ac3(header, bsid) if bsid <= _AC3_LAST_BSID else _eac3(header, bsid)
    return None


def _aac(header: bytes) -> Frame | None:
    """Read an ADTS header (ISO/IEC 14496-3 1.A.3.2)."""
    rate = header[2] >> 2 & 15
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    if rate >= len(_AAC_RATES) or size < FRAME_HEADER_BYTES:
        return None
    blocks = (header[6] & 3) + 1
    return Frame("aac", size, blocks * _AAC_SAMPLES, _AAC_RATES[rate])


def _mp3(header: bytes) -> Frame | None:
    """Read a header of layer III (ISO/IEC 11172-3 2.4.1.3, 13818-3 2.4.2.3; version 2.5 halves the rates again)."""
    version, bit_rate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    is_first = version == 3  # noqa: PLR2004
    if version == 1 or rate >= len(_MP3_RATES) or bit_rate in {0, 15}:
        return None
    sample_rate = _MP3_RATES[rate] >> (0 if is_first else 1 if version else 2)
    samples = 1152 if is_first else 576
    padding = header[2] >> 1 & 1
    size = samples // 8 * 1000 * _MP3_KBPS[is_first][bit_rate] // sample_rate + padding
    return Frame("mp3", size, samples, sample_rate)


def _ac3(header: bytes, bsid: int) -> Frame | None:
    """Read a header of AC-3 (ETSI TS 102 366 4.3.1, 4.4.1); above 8 its bsid halves the rate once or twice."""
    rate, code = header[4] >> 6, header[4] & 63
    if rate >= len(_AC3_RATES) or code >= 2 * len(_AC3_KBPS):
        return None
    words = _AC3_KBPS[code >> 1] * _AC3_SAMPLES * 1000 // _AC3_RATES[rate] // 16
    words += code & 1 if rate == 1 else 0
    return Frame("ac3", 2 * words, _AC3_SAMPLES, _AC3_RATES[rate] >> max(bsid - 8, 0))


def _eac3(header: bytes, bsid: int) -> Frame | None:
    """Read a header of E-AC-3 (ETSI TS 102 366 E.1.2.2, E.1.3.1)."""
    kind, substream = header[2] >> 6, header[2] >> 3 & 7
    rate, blocks = header[4] >> 6, header[4] >> 4 & 3
    reduced = rate == 3  # noqa: PLR2004
    size = 2 * ((header[2] & 7) << 8 | header[3]) + 2
    if kind == 3 or bsid > _EAC3_LAST_BSID or (reduced and blocks == 3) or size < FRAME_HEADER_BYTES:  # noqa: PLR2004
        return None
    sample_rate = _AC3_RATES[blocks] // 2 if reduced else _AC3_RATES[rate]
    samples = _EAC3_BLOCK_SAMPLES * (6 if reduced else _EAC3_BLOCKS[blocks])
    adds_time = kind != 1 and not substream
    return Frame("eac3", size, samples if adds_time else 0, sample_rate)
