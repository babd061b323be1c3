"""From a DASH manifest to tracks: parses it, chooses, gives the chosen ones their segments."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.tracks import dash_track
from aniworld_dl.media.load.choice import load_choice
from aniworld_dl.media.source.headers import headers_for
from aniworld_dl.media.source.probe import MANIFEST_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.choose import Judged
    from aniworld_dl.media.choice.wish import TrackWish
    from aniworld_dl.media.source.probe import Probe
    from aniworld_dl.model import Track
    from aniworld_dl.net.client import HttpClient


async def load_dash(
    http: HttpClient, url: str, headers: Mapping[str, str], found: Probe, wish: TrackWish
) -> tuple[list[Track], tuple[Judged, ...]]:
    """Read the tracks of a manifest that was found at `url`, and say why these.

    Raises:
        ManifestError: the manifest or an index breaks its format.
        NotMediaError: where an index should be there is something else.
        UnsupportedMediaError: what is listed cannot be taken as it is.
        NetError: the manifest or an index could not be read.
    """
    body, at = found.body, found.url
    if not found.whole:
        fetched = await http.get_bytes(url, headers=headers, limit_bytes=MANIFEST_LIMIT_BYTES)
        body, at = fetched.body, fetched.url
    mpd = await asyncio.to_thread(parse_mpd, body, at)
    own = headers_for(mpd.url, source_url=url, headers=headers)

    async def read(candidate: Candidate) -> Track:
        track = await dash_track(http, mpd, candidate, own)
        return replace(track, language=candidate.language, default=candidate.default)

    return await load_choice(await asyncio.to_thread(mpd.candidates), wish, read)
