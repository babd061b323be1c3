"""Follows an HLS playlist that is still growing (live or event) until it ends (RFC 8216 6.3.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, StalledError
from aniworld_dl.media.hls.playlist import MediaPlaylist, parse_hls
from aniworld_dl.media.hls.window import Window
from aniworld_dl.media.source.probe import MANIFEST_LIMIT_BYTES
from aniworld_dl.net import address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Segment
    from aniworld_dl.net.client import Fetched, HttpClient

_VOD: Final = "VOD"


class Follower:
    """Reads a media playlist again and again. `playlist` is what it was a moment ago, its segments are known.

    `url` and `headers` are what it was asked for with, `variables` those of the multivariant playlist that led to it.
    `ended` becomes true when the playlist says that nothing more will come, or is of the type VOD, which does not
    grow, and was read twice without a difference.
    """

    def __init__(
        self,
        http: HttpClient,
        clock: Clock,
        url: str,
        headers: Mapping[str, str],
        playlist: MediaPlaylist,
        *,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.ended = playlist.ended
        self._http = http
        self._clock = clock
        self._url = url
        self._headers = headers
        self._variables = variables
        self._asked_s = clock.monotonic()
        self._changed = True
        self._invalid: ManifestError | None = None
        self._window = Window(playlist, url=url, now_s=self._asked_s)

    async def more(self) -> tuple[Segment, ...]:
        """Wait until there are new segments and return them, in order; nothing only when the playlist has ended.

        Indexes go on from those of the segments before. What came and went between two readings is there as segments
        with `gap`, each as long as the target duration; when the server started anew, the first of the new segments
        has `discontinuity`. A reading that is no playlist is no news, as a file is that is being written.

        It can be cancelled and called again; nothing is lost by that.

        Raises:
            StalledError: nothing new came for three target durations, and at least 30 s.
            ManifestError: the same, and what came last was no playlist; or there are too many segments.
            UnsupportedMediaError: the new segments are encrypted in a way that is not opened.
            NetError: the playlist could not be read, or is not there any more.
        """
        while not self.ended:
            await self._wait()
            playlist = await self._read()
            now_s = self._clock.monotonic()
            new = self._window.take(playlist, now_s=now_s) if playlist else ()
            self._changed = bool(new)
            if playlist and self._window.goes_on:
                self.ended = playlist.ended or (playlist.playlist_type == _VOD and not new)
            if new:
                return new
            if not self.ended and self._window.is_dead(now_s=now_s):
                raise self._invalid or self._stalled()
        return ()

    async def _wait(self) -> None:
        """Wait a target duration after a change, half of it after none, since the last reading was asked for."""
        pause_s = self._window.target_s if self._changed else self._window.target_s / 2
        await self._clock.sleep(max(self._asked_s + pause_s - self._clock.monotonic(), 0.0))

    async def _read(self) -> MediaPlaylist | None:
        """Read the playlist; None when what came is none."""
        self._asked_s = self._clock.monotonic()
        fetched = await self._http.get_bytes(self._url, headers=self._headers, limit_bytes=MANIFEST_LIMIT_BYTES)
        self._invalid = None
        try:
            return await asyncio.to_thread(_parsed, fetched, self._variables)
        except ManifestError as error:
            self._invalid = error
            return None

    def _stalled(self) -> StalledError:
        return StalledError(host=address.parse(self._url).host, timeout_s=self._window.dead_after_s)


def _parsed(fetched: Fetched, variables: Mapping[str, str] | None) -> MediaPlaylist:
    playlist = parse_hls(fetched.body.decode(errors="replace"), fetched.url, variables, may_be_empty=True)
    if not isinstance(playlist, MediaPlaylist):
        raise ManifestError(line=1, reason="it lists variants where segments should be")
    return playlist
