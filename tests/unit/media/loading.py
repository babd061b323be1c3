"""Addresses loaded through the real HTTP client from a web in memory, and small things to be found there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.load.media import LoadedMedia, load_media
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.fakes.web import Page, Web, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aniworld_dl.config import Settings
    from aniworld_dl.media.choice.wish import TrackWish
    from aniworld_dl.model import Track

URL: Final = "https://cdn.example/show/index.m3u8?token=1"
FILE: Final = "https://cdn.example/show/episode.mp4"
MIB: Final = 1024 * 1024
MP4: Final = b"\x00\x00\x00\x20ftypisom" + bytes(20)
TS: Final = (b"\x47" + bytes(187)) * 40
AAC: Final = b"\xff\xf1\x50\x80\x01\x7f\xfc"
ID3: Final = b"ID3\x04\0\0\0\0\0\x05" + bytes(5)
PLAYLIST: Final = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXTINF:2,\n1.ts\n#EXT-X-ENDLIST\n"


@asynccontextmanager
async def client(settings: Settings, web: Web) -> AsyncIterator[HttpClient]:
    clock = FakeClock(auto_advance=True)
    async with HttpClient(settings, clock, transport=web.transport, resolver=resolve) as http:
        yield http


async def load(
    settings: Settings,
    web: Web,
    url: str = URL,
    headers: Mapping[str, str] | None = None,
    *,
    wish: TrackWish | None = None,
    mirror: int = 0,
) -> LoadedMedia:
    async with client(settings, web) as http:
        return await load_media(http, url, headers or {}, wish, mirror=mirror)


async def track_of(settings: Settings, web: Web, url: str = URL) -> Track:
    loaded = await load(settings, web, url)
    assert loaded.media.url == url
    (track,) = loaded.media.tracks
    return track


def playlist(*lines: str) -> Page:
    return Page(body="\n".join(("#EXTM3U", "#EXT-X-TARGETDURATION:4", *lines, "#EXT-X-ENDLIST", "")).encode())


def multivariant(*lines: str) -> Page:
    return Page(body="\n".join(("#EXTM3U", *lines, "")).encode())
