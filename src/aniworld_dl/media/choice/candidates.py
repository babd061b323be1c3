"""What a manifest has on offer, before anything is chosen: the same for HLS and DASH."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.model import Track, TrackKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A track that could be taken: an HLS variant or rendition, a DASH representation (over all its periods).

    `id` is unique in its manifest and the same each time the manifest is read. What leads to the segments is either
    `uri`, a media playlist that is still to be read, or `track`, which the manifest itself described.
    """

    id: str
    kind: TrackKind
    uri: str | None = None
    alternatives: tuple[str, ...] = ()
    """Further media playlists with the same content, on other servers."""
    track: Track | None = None
    language: str | None = None
    name: str | None = None
    codecs: str | None = None
    bandwidth_bps: int | None = None
    average_bandwidth_bps: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    channels: int | None = None
    default: bool = False
    forced: bool = False
    characteristics: tuple[str, ...] = ()
    """What it is for, as the manifest has it: of HLS uniform type identifiers (RFC 8216 4.3.4.1) such as
    `public.accessibility.describes-video`, of DASH roles (ISO/IEC 23009-1 5.8.5.5) such as `dub`, `commentary`."""
    group: str | None = None
    """Of an HLS rendition: its GROUP-ID. Of a DASH representation: its adaptation set."""
    audio_group: str | None = None
    """Of an HLS variant: the group its sound is to be taken from. None goes with everything."""
    subtitles_group: str | None = None
    """Of an HLS variant: the group its subtitles are to be taken from."""
