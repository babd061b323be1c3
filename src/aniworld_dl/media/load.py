"""From an address to `Media`: looks at what is there, follows playlists, cuts files into ranges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import ManifestError, NotMediaError, UnsupportedMediaError
from aniworld_dl.media.hls import MediaPlaylist, MultivariantPlaylist, Variant, parse_hls
from aniworld_dl.media.probe import MANIFEST_LIMIT_BYTES, Probe, probe
from aniworld_dl.media.sniff import HEAD_BYTES, Kind, sniff
from aniworld_dl.media.source_headers import headers_for
from aniworld_dl.model import ByteRange, Container, Media, Segment, Track, TrackKind
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.net.client import HttpClient

_MIB: Final = 1024 * 1024
_USUAL_PIECE_BYTES: Final = 4 * _MIB
_PIECES_WANTED: Final = 64
_PIECES_LIMIT: Final = 512

_TS_SUFFIXES: Final = frozenset({".ts", ".m2ts", ".mts", ".mpegts"})
_CONTAINERS: Final = {Kind.MPEG_TS: Container.MPEG_TS, Kind.MP4: Container.FMP4}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedMedia:
    """What an address led to. `file_name` is the one the server gives the resource, as it came: not safe as a path."""

    media: Media
    file_name: str | None


async def load_media(http: HttpClient, url: str, headers: Mapping[str, str]) -> LoadedMedia:
    """Find out what an address gives and what there is to download. The first bytes decide, not the content type.

    Raises:
        NotMediaError: it is neither a playlist nor a media file; says what it is.
        ManifestError: it is a playlist that breaks its format.
        UnsupportedMediaError: it is a live playlist, a DASH manifest, encrypted for a DRM system, or the like.
        NetError: it could not be read.
    """
    found = await probe(http, url, headers)
    if found.kind is Kind.HLS:
        track = await _playlist_track(http, url, headers, found)
    elif found.kind.is_media_file:
        track = _file_track(url, headers, found)
    elif found.kind is Kind.DASH:
        raise UnsupportedMediaError(what="a DASH manifest")
    else:
        raise NotMediaError(url=without_query(url), found=found.kind.words)
    return LoadedMedia(media=Media(url=url, tracks=(track,)), file_name=found.file_name)


# ------------------------------------------------------------------------------------------------------- playlists


async def _playlist_track(http: HttpClient, url: str, headers: Mapping[str, str], found: Probe) -> Track:
    if found.whole:
        playlist = await _parsed(found.body, found.url)
    else:
        playlist = await _fetch_playlist(http, url, headers)
    variant = None
    if isinstance(playlist, MultivariantPlaylist):
        variant = playlist.best()
        if variant.separate_audio:
            raise UnsupportedMediaError(what="an HLS playlist whose sound is in a separate playlist")
        playlist = await _fetch_playlist(http, variant.uri, headers_for(variant.uri, source_url=url, headers=headers))
    if isinstance(playlist, MultivariantPlaylist):
        raise ManifestError(line=1, reason="it lists variants where segments should be")
    if not playlist.ended:
        raise UnsupportedMediaError(what="a live playlist: it has no end yet (EXT-X-ENDLIST is missing)")
    segment = playlist.segments[0]
    container = await _container(http, playlist, headers_for(segment.uri, source_url=url, headers=headers))
    return _track(playlist, variant, container)


async def _fetch_playlist(
    http: HttpClient, url: str, headers: Mapping[str, str]
) -> MultivariantPlaylist | MediaPlaylist:
    fetched = await http.get_bytes(url, headers=headers, limit_bytes=MANIFEST_LIMIT_BYTES)
    kind = sniff(fetched.body[:HEAD_BYTES])
    if kind is not Kind.HLS:
        raise NotMediaError(url=without_query(url), found=kind.words)
    return await _parsed(fetched.body, fetched.url)


async def _parsed(body: bytes, url: str) -> MultivariantPlaylist | MediaPlaylist:
    """Parse in a thread: a playlist of thousands of segments takes longer than the event loop may stand still.

    It must be UTF-8 (RFC 8216 4); titles and comments that are not do no harm.
    """
    return await asyncio.to_thread(parse_hls, body.decode(errors="replace"), url)


def _track(playlist: MediaPlaylist, variant: Variant | None, container: Container) -> Track:
    if variant is None:
        return Track(kind=TrackKind.MUXED, container=container, segments=playlist.segments)
    return Track(
        kind=TrackKind.MUXED if variant.has_video else TrackKind.AUDIO,
        container=container,
        segments=playlist.segments,
        codecs=variant.codecs,
        bandwidth_bps=variant.bandwidth_bps or None,
        width=variant.width or None,
        height=variant.height or None,
    )


async def _container(http: HttpClient, playlist: MediaPlaylist, headers: Mapping[str, str]) -> Container:
    """Tell the segments' format: an init section means fragmented MP4, else the first segment's name or bytes do."""
    with_init = sum(segment.init is not None for segment in playlist.segments)
    if with_init:
        if with_init < len(playlist.segments):
            raise UnsupportedMediaError(what="an HLS playlist that mixes segments with and without an init section")
        return Container.FMP4
    first = playlist.segments[0]
    suffix = PurePosixPath(urlsplit(first.uri).path).suffix.lower()
    if suffix in _TS_SUFFIXES or first.key is not None:  # encrypted bytes tell nothing, fragmented MP4 has its init
        return Container.MPEG_TS
    return await _container_by_bytes(http, first, headers)


async def _container_by_bytes(http: HttpClient, first: Segment, headers: Mapping[str, str]) -> Container:
    found = await probe(http, first.uri, headers)
    container = _CONTAINERS.get(found.kind)
    if container is None:
        raise UnsupportedMediaError(what=f"an HLS playlist whose first segment is {found.kind.words}")
    return container


# ----------------------------------------------------------------------------------------------------------- files


def _file_track(url: str, headers: Mapping[str, str], found: Probe) -> Track:
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
