"""Small media made by hand: bytes that pass as segments, and tracks that speak of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aniworld_dl.model import ByteRange, Container, Media, Segment, Track, TrackKind

ORIGIN = "http://93.184.216.34"
"""A public address, so that no name is looked up."""


def ts_bytes(packets: int = 3, fill: int = 0) -> bytes:
    """Return MPEG-TS packets with nothing in them."""
    return (b"G" + bytes([fill]) * 187) * packets


def box(kind: bytes, body: bytes = b"") -> bytes:
    """Return an ISO box."""
    return (8 + len(body)).to_bytes(4) + kind + body


def fmp4_bytes(fill: int = 0, size: int = 100) -> bytes:
    """Return a movie fragment with nothing in it."""
    return box(b"styp", b"msdh") + box(b"moof", b"\0" * 16) + box(b"mdat", bytes([fill]) * size)


INIT_BYTES = box(b"ftyp", b"iso6") + box(b"moov", b"\0" * 24)


def hls_track(count: int = 4, **changes: Any) -> Track:
    """Return a track of `count` MPEG-TS segments of 4 s at `/0.ts`, `/1.ts`, ..."""
    segments = tuple(Segment(index=index, uri=f"{ORIGIN}/{index}.ts", duration_s=4.0) for index in range(count))
    return replace(Track(kind=TrackKind.MUXED, container=Container.MPEG_TS, segments=segments), **changes)


def file_track(size: int, piece: int, **changes: Any) -> Track:
    """Return a plain file at `/whole.mp4`, cut into ranges of `piece` bytes."""
    ranges = [ByteRange(start=start, stop=min(start + piece, size)) for start in range(0, size, piece)]
    segments = tuple(
        Segment(index=index, uri=f"{ORIGIN}/whole.mp4", byte_range=part) for index, part in enumerate(ranges)
    )
    track = Track(kind=TrackKind.MUXED, container=Container.FILE, segments=segments, size_bytes=size, validator='"v1"')
    return replace(track, **changes)


def media_of(*tracks: Track) -> Media:
    """Return an episode of these tracks."""
    return Media(url=f"{ORIGIN}/index.m3u8", tracks=tracks)
