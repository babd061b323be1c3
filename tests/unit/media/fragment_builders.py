"""Text tracks in ISO boxes, made by hand: what no muxer of ffmpeg writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.media_builders import box

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACK = 3


def number(value: int, size: int = 4) -> bytes:
    """Return a number as boxes have it."""
    return value.to_bytes(size, signed=value < 0)


def full_box(kind: bytes, body: bytes, *, version: int = 0, flags: int = 0) -> bytes:
    """Return an ISO box with version and flags."""
    return box(kind, number(version, 1) + number(flags, 3) + body)


def init_section(codec: bytes = b"wvtt", *, timescale: int = 1000, duration: int = 0, size: int = 0) -> bytes:
    """Return the init section of one text track, with what its samples have when no fragment says."""
    header = full_box(b"tkhd", number(0, 8) + number(TRACK) + bytes(68))
    media = full_box(b"mdhd", number(0, 8) + number(timescale) + bytes(8))
    descriptions = full_box(b"stsd", number(1) + box(codec, bytes(8)))
    handler = full_box(b"hdlr", bytes(4) + b"text" + bytes(13))
    trak = box(b"trak", header + box(b"mdia", media + handler + box(b"minf", box(b"stbl", descriptions))))
    extends = box(b"mvex", full_box(b"trex", number(TRACK) + number(1) + number(duration) + number(size) + bytes(4)))
    return box(b"ftyp", b"iso6") + box(b"moov", trak + extends)


def track_run(samples: Sequence[tuple[int, bytes]], offset: int | None, *, first: bool = False) -> bytes:
    """Return a trun of samples with durations and sizes of their own."""
    flags = 0x300 | (1 if offset is not None else 0) | (4 if first else 0)
    body = number(len(samples)) + (number(offset) if offset is not None else b"") + (bytes(4) if first else b"")
    body += b"".join(number(duration) + number(len(data)) for duration, data in samples)
    return full_box(b"trun", body, flags=flags)


def fragment(trafs: Sequence[bytes], data: bytes) -> bytes:
    """Return a movie fragment of ready-made track fragments and their data."""
    return box(b"moof", full_box(b"mfhd", number(1)) + b"".join(box(b"traf", traf) for traf in trafs)) + box(
        b"mdat", data
    )


def segment(start: int, samples: Sequence[tuple[int, bytes]], *, track: int = TRACK) -> bytes:
    """Return a segment of one fragment: samples one after another, each a duration and its bytes."""
    header = full_box(b"tfhd", number(track), flags=0x20000)
    time = full_box(b"tfdt", number(start, 8), version=1)
    data = b"".join(one for _, one in samples)
    length = len(fragment([header + time + track_run(samples, 0)], b""))
    return box(b"styp", b"msdh") + fragment([header + time + track_run(samples, length)], data)


def vttc(text: str, settings: str = "") -> bytes:
    """Return the box of a cue (ISO/IEC 14496-30 7.5)."""
    return box(b"vttc", (box(b"sttg", settings.encode()) if settings else b"") + box(b"payl", text.encode()))


NO_CUE = box(b"vtte")
