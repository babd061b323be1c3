"""From a DASH manifest to tracks: parses it, chooses, gives the chosen ones their segments."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.tracks import dash_track
from aniworld_dl.media.load.choice import load_choice
from aniworld_dl.media.load.mirrors import first_that_gives
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
    http: HttpClient, url: str, headers: Mapping[str, str], found: Probe, wish: TrackWish, *, mirror: int = 0
) -> tuple[list[Track], tuple[Judged, ...], int]:
    """Read the tracks of a manifest that was found at `url`, say why these, and how many further servers have them.

    Of a `mirror`, from 1, everything is at the addresses of that; else an index that is not to be had at the first is
    asked of the others.

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
    mpd = await asyncio.to_thread(parse_mpd, body, at, mirror)
    own = headers_for(mpd.url, source_url=url, headers=headers)

    async def read_at(number: int, candidate: Candidate) -> Track:
        source = mpd if number == mirror else await asyncio.to_thread(parse_mpd, body, at, number)
        track = await dash_track(http, source, candidate, own)
        return replace(track, language=candidate.language, default=candidate.default)

    async def read(candidate: Candidate) -> Track:
        numbers = (mirror,) if mirror else range(mpd.mirrors + 1)
        return await first_that_gives(numbers, lambda number: read_at(number, candidate))

    tracks, judged = await load_choice(await asyncio.to_thread(mpd.candidates), wish, read)
    return tracks, judged, mpd.mirrors
