"""A manifest's first candidate, read through the real HTTP client from a server inside the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.dash.tracks import dash_track

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.config import Settings
    from aniworld_dl.media.dash.manifest import Mpd
    from aniworld_dl.model import Track
    from tests.fakes.site import FakeSite


async def track_of(settings: Settings, site: FakeSite, mpd: Mpd, headers: Mapping[str, str] | None = None) -> Track:
    async with site.client(settings) as http:
        return await dash_track(http, mpd, mpd.candidates()[0], headers or {})
