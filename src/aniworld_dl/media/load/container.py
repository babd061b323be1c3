"""Tells how the segments of an HLS playlist are wrapped, asking for one of them only where nothing else tells."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.source.probe import probe
from aniworld_dl.media.source.sniff import Kind
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aniworld_dl.model import Segment
    from aniworld_dl.net.client import HttpClient

_BY_SUFFIX: Final = {
    **dict.fromkeys((".ts", ".m2ts", ".mts", ".mpegts"), Container.MPEG_TS),
    **dict.fromkeys((".aac", ".mp3", ".ac3", ".ec3", ".eac3"), Container.PACKED_AUDIO),
    **dict.fromkeys((".vtt", ".webvtt"), Container.WEBVTT),
    **dict.fromkeys((".ttml", ".dfxp"), Container.TTML),
}
_BY_BYTES: Final = {
    Kind.MPEG_TS: Container.MPEG_TS,
    Kind.MP4: Container.FMP4,
    **dict.fromkeys((Kind.AAC, Kind.MP3, Kind.AC3), Container.PACKED_AUDIO),
    Kind.WEBVTT: Container.WEBVTT,
    Kind.XML: Container.TTML,
}
_TEXTS: Final = frozenset({Container.WEBVTT, Container.TTML})


async def container_of(
    http: HttpClient, segments: Sequence[Segment], kind: TrackKind, headers: Callable[[str], Mapping[str, str]]
) -> Container:
    """Tell the segments' format (RFC 8216 3). `headers` gives those to ask for an address with.

    An init section means fragmented MP4, else the first segment's name decides, else its first bytes. Encrypted bytes
    tell nothing: without a name that does they are taken for MPEG-TS, those of subtitles for WebVTT.

    Raises:
        UnsupportedMediaError: segments with and without an init section are mixed, or they are none of these.
        NetError: the first segment could not be read.
    """
    with_init = sum(segment.init is not None for segment in segments)
    if with_init:
        if with_init < len(segments):
            raise UnsupportedMediaError(what="an HLS playlist that mixes segments with and without an init section")
        return Container.FMP4
    first = next((segment for segment in segments if not segment.gap), segments[0])
    named = _BY_SUFFIX.get(PurePosixPath(urlsplit(first.uri).path).suffix.lower())
    if named is not None and (named in _TEXTS) == (kind is TrackKind.TEXT):
        return named
    if first.key is not None or first.gap:
        return Container.WEBVTT if kind is TrackKind.TEXT else Container.MPEG_TS
    return await _by_bytes(http, first, kind, headers(first.uri))


async def _by_bytes(http: HttpClient, first: Segment, kind: TrackKind, headers: Mapping[str, str]) -> Container:
    found = await probe(http, first.uri, headers)
    container = _BY_BYTES.get(found.kind)
    fits = container is Container.FMP4 or (container in _TEXTS) == (kind is TrackKind.TEXT)
    if container is None or not fits:
        raise UnsupportedMediaError(what=f"an HLS playlist whose first segment is {found.kind.words}")
    return container
