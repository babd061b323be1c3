"""From a plain file to a track: one resource, cut into byte ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.source.headers import headers_for
from aniworld_dl.model import ByteRange, Container, Segment, Track, TrackKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.source.probe import Probe

_MIB: Final = 1024 * 1024
_USUAL_PIECE_BYTES: Final = 4 * _MIB
_PIECES_WANTED: Final = 64
_PIECES_LIMIT: Final = 512


def file_track(url: str, headers: Mapping[str, str], found: Probe) -> Track:
    """Return the one track of a media file that was found at `url`."""
    # a redirect followed once saves one for every piece, but headers must not follow it to another host
    uri = found.url if headers_for(found.url, source_url=url, headers=headers) == dict(headers) else url
    return Track(
        kind=TrackKind.MUXED,
        container=Container.FILE,
        segments=_pieces(uri, found.size_bytes if found.has_ranges else None),
        size_bytes=found.size_bytes,
        validator=found.validator,
    )


def _pieces(uri: str, size_bytes: int | None) -> tuple[Segment, ...]:
    """Cut a file into ranges that depend on its size alone, so that a later run cuts it the same way."""
    if not size_bytes:
        return (Segment(index=0, uri=uri),)
    piece = piece_bytes(size_bytes)
    ranges = (ByteRange(start=start, stop=min(start + piece, size_bytes)) for start in range(0, size_bytes, piece))
    return tuple(Segment(index=index, uri=uri, byte_range=part) for index, part in enumerate(ranges))


def piece_bytes(size_bytes: int) -> int:
    """Return the size of the ranges of a file: 1 to 4 MiB for some 64 pieces, larger ones only above 512 pieces."""
    wanted = min(_in_mib(size_bytes, _PIECES_WANTED), _USUAL_PIECE_BYTES)
    return max(wanted, _in_mib(size_bytes, _PIECES_LIMIT))


def _in_mib(size_bytes: int, pieces: int) -> int:
    """Return the size of one of so many pieces, rounded up to whole MiB."""
    return -(-size_bytes // (pieces * _MIB)) * _MIB
