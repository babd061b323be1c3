"""Downloads from a fake site, and what they leave on the disk."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from aniworld_dl.limits import Throttle
from aniworld_dl.media.download.loop import DownloadProgress, download
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.store.work import open_work
from aniworld_dl.progress import Meter
from tests.fakes.site import FakeSite
from tests.media_builders import ORIGIN, media_of, ts_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media, Track

TARGET: Final = PurePosixPath("Series/Season 01/Series S01E01.mkv")


class Download:
    """Runs downloads against a fake site, each in the work folder that the one before has left."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.site = FakeSite()
        self.rate: float | None = None
        self.stored: list[tuple[int, int]] = []
        """What the last download said was stored, in its order."""
        self.resolved = 0
        """How often mirrors were read."""

    async def __call__(
        self,
        media: Media,
        *,
        connections: int = 3,
        headers: Mapping[str, str] | None = None,
        sources: Sequence[SourceLinks] = (),
    ) -> Path:
        """Download the media and return its work folder. `sources` take the place of the media's own addresses."""
        async with self.open(media) as work:
            await self.into(work, connections=connections, sources=sources or [SourceLinks(media, headers)])
        return work.path

    @asynccontextmanager
    async def open(self, media: Media) -> AsyncIterator[WorkFolder]:
        """Open the media's work folder."""
        async with open_work(self.settings.download_dir, TARGET, media) as work:
            yield work

    async def into(self, work: WorkFolder, *, connections: int = 3, sources: Sequence[SourceLinks] = ()) -> None:
        """Download into a work folder that is open."""
        self.stored.clear()
        self.progress = DownloadProgress(work.media, Meter(self.site.clock))
        async with self.site.client(self.settings) as http:
            await download(
                http,
                sources or [SourceLinks(work.media)],
                work,
                connections=connections,
                throttle=Throttle(self.site.clock, self.rate),
                progress=self.progress,
                stored=lambda track, index: self.stored.append((track, index)),
            )

    def serve(self, *tracks: Track) -> Media:
        """Give every segment of the tracks a body of its own."""
        for track in tracks:
            for segment in track.segments:
                self.site.files[segment.uri.removeprefix(ORIGIN)] = ts_bytes(5, fill=segment.index)
        return media_of(*tracks)


def stored(folder: Path, track: int = 0) -> dict[str, bytes]:
    """Return what a work folder holds of a track, by file name."""
    return {path.name: path.read_bytes() for path in sorted((folder / f"t{track}").iterdir())}
