"""Small media made by hand: bytes that pass as segments, and tracks that speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.model import ByteRange, Container, Media, Segment, Track, TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def hls_track(count: int = 4, **changes: object) -> Track:
    """Return a track of `count` MPEG-TS segments of 4 s at `/0.ts`, `/1.ts`, ..."""
    segments = tuple(Segment(index=index, uri=f"{ORIGIN}/{index}.ts", duration_s=4.0) for index in range(count))
    fields: dict[str, object] = {"kind": TrackKind.MUXED, "container": Container.MPEG_TS, "segments": segments}
    return Track(**{**fields, **changes})  # type: ignore[arg-type] - the test names fields of Track


def file_track(size: int, piece: int, **changes: object) -> Track:
    """Return a plain file at `/whole.mp4`, cut into ranges of `piece` bytes."""
    ranges = [ByteRange(start=start, stop=min(start + piece, size)) for start in range(0, size, piece)]
    segments = tuple(
        Segment(index=index, uri=f"{ORIGIN}/whole.mp4", byte_range=part) for index, part in enumerate(ranges)
    )
    fields: dict[str, object] = {"kind": TrackKind.MUXED, "container": Container.FILE, "segments": segments}
    return Track(**{**fields, "size_bytes": size, "validator": '"v1"', **changes})  # type: ignore[arg-type] - as above


def media_of(*tracks: Track) -> Media:
    """Return an episode of these tracks."""
    return Media(url=f"{ORIGIN}/index.m3u8", tracks=tracks)


def uris(tracks: Sequence[Track]) -> list[str]:
    """Return the paths of all segments in order."""
    return [segment.uri.removeprefix(ORIGIN) for track in tracks for segment in track.segments]
