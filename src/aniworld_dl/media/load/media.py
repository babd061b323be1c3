"""From an address to `Media`: looks at what is there, follows playlists, cuts files into ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.errors import NotMediaError
from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.choice.choose import only
from aniworld_dl.media.choice.wish import TrackWish
from aniworld_dl.media.load.file import file_track
from aniworld_dl.media.load.hls import load_hls
from aniworld_dl.media.source.probe import probe
from aniworld_dl.media.source.sniff import Kind
from aniworld_dl.model import Media
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.choice.choose import Judged
    from aniworld_dl.media.load.hls import LivePlaylist
    from aniworld_dl.net.client import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedMedia:
    """What an address led to."""

    media: Media
    file_name: str | None
    """The one the server gives the resource, as it came: not safe as a path."""
    judged: tuple[Judged, ...] = ()
    """Every track that was on offer, and why it was taken or not."""
    live: tuple[LivePlaylist | None, ...] = ()
    """Of each track of the media how it goes on, None when it has ended. Empty when all have."""
    file_kind: Kind | None = None
    """What a plain file is, None for what comes in segments."""
    mirrors: int = 0
    """How many further servers the manifest names for the same segments."""


async def load_media(
    http: HttpClient, url: str, headers: Mapping[str, str], wish: TrackWish | None = None, *, mirror: int = 0
) -> LoadedMedia:
    """Find out what an address gives and what of it to download. The first bytes decide, not the content type.

    With `mirror`, from 1 to the `mirrors` that were found, everything is where that server has it.

    Raises:
        NotMediaError: it is neither a playlist nor a media file; says what it is.
        ManifestError: it is a playlist that breaks its format.
        UnsupportedMediaError: it is encrypted for a DRM system, a live DASH manifest, or the like.
        NetError: it could not be read.
    """
    found, wish = await probe(http, url, headers), wish or TrackWish()
    live: tuple[LivePlaylist | None, ...] = ()
    mirrors = 0
    if found.kind is Kind.HLS:
        playlists, judged = await load_hls(http, url, headers, found, wish, mirror=mirror)
        tracks = [playlist.track for playlist in playlists]
        live = tuple(playlist.live for playlist in playlists)
        mirrors = max(playlist.mirrors for playlist in playlists)
    elif found.kind is Kind.DASH:
        from aniworld_dl.media.load.dash import load_dash  # noqa: PLC0415 - a tenth of all that is imported, and seldom needed

        tracks, judged, mirrors = await load_dash(http, url, headers, found, wish, mirror=mirror)
    elif found.kind.is_media_file:
        tracks = [file_track(url, headers, found)]
        judged = (only(Candidate(id="0", kind=tracks[0].kind, uri=url)),)
    else:
        raise NotMediaError(url=without_query(url), found=found.kind.words)
    media = Media(url=url, tracks=tuple(tracks))
    return LoadedMedia(
        media=media,
        file_name=found.file_name,
        judged=judged,
        live=live if any(live) else (),
        file_kind=found.kind if found.kind.is_media_file else None,
        mirrors=0 if any(live) else mirrors,
    )
