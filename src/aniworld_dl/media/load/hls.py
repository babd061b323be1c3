"""From an HLS playlist to tracks: parses it, chooses, reads the chosen media playlists."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from aniworld_dl.errors import ManifestError, NotMediaError
from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.choice.choose import only
from aniworld_dl.media.hls.follow import Follower
from aniworld_dl.media.hls.playlist import MediaPlaylist, MultivariantPlaylist, parse_hls
from aniworld_dl.media.load.choice import load_choice
from aniworld_dl.media.load.container import container_of
from aniworld_dl.media.load.mirrors import first_that_gives
from aniworld_dl.media.source.headers import headers_for
from aniworld_dl.media.source.probe import MANIFEST_LIMIT_BYTES, Probe
from aniworld_dl.media.source.sniff import HEAD_BYTES, Kind, sniff
from aniworld_dl.model import Container, Track, TrackKind
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.choice.choose import Judged
    from aniworld_dl.media.choice.wish import TrackWish
    from aniworld_dl.net.client import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlaylist:
    """A media playlist that has no end yet, and what it is read again with."""

    url: str
    headers: Mapping[str, str]
    playlist: MediaPlaylist
    variables: Mapping[str, str] | None

    def follower(self, http: HttpClient, clock: Clock) -> Follower:
        """Return what gives the segments that come after those that are known."""
        return Follower(http, clock, self.url, self.headers, self.playlist, variables=self.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class HlsTrack:
    """A track, and how it goes on where its playlist has no end yet."""

    track: Track
    live: LivePlaylist | None
    mirrors: int = 0
    """How many further servers have it."""


async def load_hls(
    http: HttpClient, url: str, headers: Mapping[str, str], found: Probe, wish: TrackWish, *, mirror: int = 0
) -> tuple[list[HlsTrack], tuple[Judged, ...]]:
    """Read the tracks of a playlist that was found at `url`, and say why these; with `mirror`, from 1, on that server.

    Raises:
        ManifestError: a playlist breaks its format, or lists variants where segments should be.
        NotMediaError: where a playlist should be there is something else.
        UnsupportedMediaError: what is listed cannot be taken as it is.
        NetError: a playlist could not be read.
    """
    loader = _Loader(http, url, headers)
    if found.whole:
        playlist = await loader.parsed(found.body, found.url, None)
    else:
        playlist = await loader.fetched(url, None)
    if isinstance(playlist, MultivariantPlaylist):
        read = partial(loader.read, variables=playlist.variables, mirror=mirror)
        return await load_choice(playlist.candidates(), wish, read)
    candidate = Candidate(id="0", kind=TrackKind.MUXED, uri=url)
    return [await loader.track(candidate, playlist, url, None)], (only(candidate),)


class _Loader:
    """Reads the playlists that one source leads to."""

    def __init__(self, http: HttpClient, source_url: str, headers: Mapping[str, str]) -> None:
        self._http = http
        self._source_url = source_url
        self._headers = headers

    async def read(self, candidate: Candidate, variables: Mapping[str, str], mirror: int) -> HlsTrack:
        """Read a candidate's media playlist, or where that fails the same on another server; of a mirror that alone."""
        assert candidate.uri is not None
        places = (candidate.uri, *candidate.alternatives)
        if mirror:
            places = (places[min(mirror, len(places) - 1)],)

        async def read_at(url: str) -> HlsTrack:
            playlist = await self.fetched(url, variables)
            if isinstance(playlist, MultivariantPlaylist):
                raise ManifestError(line=1, reason="it lists variants where segments should be")
            return await self.track(candidate, playlist, url, variables)

        return replace(await first_that_gives(places, read_at), mirrors=len(candidate.alternatives))

    async def track(
        self, candidate: Candidate, playlist: MediaPlaylist, url: str, variables: Mapping[str, str] | None
    ) -> HlsTrack:
        """Make a track of a candidate and its media playlist, which was asked for at `url`."""
        container = await container_of(self._http, playlist.segments, candidate.kind, self._headers_for)
        is_sound = container is Container.PACKED_AUDIO
        track = Track(
            kind=TrackKind.AUDIO if is_sound else candidate.kind,
            container=container,
            segments=playlist.segments,
            language=candidate.language,
            name=candidate.name,
            default=candidate.default,
            forced=candidate.forced,
            codecs=candidate.codecs,
            bandwidth_bps=candidate.bandwidth_bps,
            average_bandwidth_bps=candidate.average_bandwidth_bps,
            width=candidate.width,
            height=candidate.height,
            frame_rate=candidate.frame_rate,
            channels=candidate.channels,
            rounded=playlist.rounded,
            live_from=None if playlist.ended else playlist.media_sequence,
        )
        if playlist.ended:
            return HlsTrack(track=track, live=None)
        live = LivePlaylist(url=url, headers=self._headers_for(url), playlist=playlist, variables=variables)
        return HlsTrack(track=track, live=live)

    async def fetched(self, url: str, variables: Mapping[str, str] | None) -> MultivariantPlaylist | MediaPlaylist:
        """Read a playlist from its address."""
        fetched = await self._http.get_bytes(url, headers=self._headers_for(url), limit_bytes=MANIFEST_LIMIT_BYTES)
        kind = sniff(fetched.body[:HEAD_BYTES])
        if kind is not Kind.HLS:
            raise NotMediaError(url=without_query(url), found=kind.words)
        return await self.parsed(fetched.body, fetched.url, variables)

    async def parsed(
        self, body: bytes, url: str, variables: Mapping[str, str] | None
    ) -> MultivariantPlaylist | MediaPlaylist:
        """Parse in a thread: a playlist of thousands of segments takes longer than the event loop may stand still.

        It must be UTF-8 (RFC 8216 4); titles and comments that are not do no harm.
        """
        return await asyncio.to_thread(parse_hls, body.decode(errors="replace"), url, variables)

    def _headers_for(self, url: str) -> dict[str, str]:
        return headers_for(url, source_url=self._source_url, headers=self._headers)
