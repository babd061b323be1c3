"""One episode from its address to a proven file, with the real network code and the real ffmpeg."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.limits import Throttle
from aniworld_dl.media.download.loop import DownloadProgress, download
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.download.tail import TOLLED_EVERY_S
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.join import mux
from aniworld_dl.media.proof.verify import verify
from aniworld_dl.media.store.work import open_work
from aniworld_dl.net.client import HttpClient
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.proof.verify import Proof
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media

TARGET: Final = PurePosixPath("Series/Season 01/Series S01E01.mkv")


@dataclass(kw_only=True)
class EngineRun:
    """The steps of an episode, one by one. Retries do not wait: the clock is not a real one."""

    http: HttpClient
    clock: FakeClock
    work: WorkFolder
    progress: DownloadProgress
    ffmpeg: Ffmpeg

    async def fetch(self, connections: int = 4) -> Self:
        await download(
            self.http,
            [SourceLinks(self.work.media)],
            self.work,
            connections=connections,
            throttle=Throttle(self.clock),
            progress=self.progress,
        )
        return self

    async def join(self, container: str = "mkv", *, pipes: bool = True) -> Path:
        feed = Feed(self.work)
        feed.complete()
        return await mux(self.ffmpeg, self.work, feed, container=container, pipes=pipes)

    async def prove(self, path: Path) -> Proof:
        return await verify(self.ffmpeg, path, self.work.media, self.work)


@asynccontextmanager
async def engine_run(settings: Settings, url: str, ffmpeg: Ffmpeg | None = None) -> AsyncIterator[EngineRun]:
    """Load what is at `url` and open its work folder."""
    async with HttpClient(settings, FakeClock(auto_advance=True)) as http:
        media = (await load_media(http, url, {})).media
    async with media_run(settings, media, ffmpeg) as run:
        yield run


@asynccontextmanager
async def media_run(settings: Settings, media: Media, ffmpeg: Ffmpeg | None = None) -> AsyncIterator[EngineRun]:
    """Open the work folder of what is known already."""
    clock = FakeClock(auto_advance=True, waits_s=TOLLED_EVERY_S)
    async with HttpClient(settings, clock) as http, open_work(settings.download_dir, TARGET, media) as work:
        progress = DownloadProgress(media, Meter(clock))
        yield EngineRun(http=http, clock=clock, work=work, progress=progress, ffmpeg=ffmpeg or find_ffmpeg())
