"""The demo series: their origin, and the jobs that ask for them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import aiofiles

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import Catalogue
from aniworld_dl.engine import open_engine
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.folders import prepare_folder
from aniworld_dl.model import EpisodeRef, JobRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine

SHOWN_RATE_BYTES_PER_S: Final = 40_000
"""What the demo origin gives each connection while someone watches, so that there is something to see."""

_FOLDER: Final = "demo"
_PORT_FILE: Final = "port"


def demo_catalogue(settings: Settings) -> Catalogue:
    """Return the demo series; their episodes are kept in the data folder. Blocks for a moment.

    Raises:
        FfmpegMissingError: there is no usable ffmpeg.
    """
    return Catalogue(settings.data_dir / _FOLDER, ffmpeg=find_ffmpeg(settings.ffmpeg))


@asynccontextmanager
async def running_origin(
    settings: Settings, catalogue: Catalogue, *, rate_bytes_per_s: float | None
) -> AsyncIterator[Origin]:
    """Serve a catalogue on this machine, on the port of the last time: the queue remembers addresses.

    Raises:
        FolderDeniedError: the data folder cannot be written.
    """
    folder = settings.data_dir / _FOLDER
    await asyncio.to_thread(prepare_folder, folder)
    async with catalogue, _listening(folder / _PORT_FILE) as origin:
        origin.add_shelf(catalogue)
        origin.rate_bytes_per_s = rate_bytes_per_s
        yield origin


async def queue_series(engine: Engine, origin: Origin, catalogue: Catalogue) -> list[int]:
    """Queue all series of a catalogue that the origin serves; return the ids of their jobs."""
    requests = [
        JobRequest(
            anime_title=series.title,
            episodes=(EpisodeRef(url=origin.url(series.page)),),
            language="German Sub",
            total_episodes=len(catalogue.numbers(series)),
        )
        for series in catalogue.series
    ]
    return [(await engine.add_job(request))[0].id for request in requests]


@asynccontextmanager
async def _listening(port_file: Path) -> AsyncIterator[Origin]:
    try:
        async with aiofiles.open(port_file) as file:
            known = int(await file.read())
        origin = await Origin(port=known).__aenter__()
    except (OSError, ValueError, OverflowError):  # the first time, or another program has taken the port meanwhile
        origin = await Origin().__aenter__()
        async with aiofiles.open(port_file, "w") as file:
            await file.write(str(origin.endpoint[1]))
    try:
        yield origin
    finally:
        await origin.__aexit__(None, None, None)


@asynccontextmanager
async def engine_with_demo(settings: Settings) -> AsyncIterator[Engine]:
    """Open an engine beside the demo origin, whose series are queued if nothing is."""
    catalogue = await asyncio.to_thread(demo_catalogue, settings)
    async with (
        running_origin(settings, catalogue, rate_bytes_per_s=SHOWN_RATE_BYTES_PER_S) as origin,
        open_engine(settings, trusted_endpoints=[origin.endpoint]) as engine,
    ):
        known = await engine.jobs(statuses=None, q=None, limit=1, cursor=None)
        if not known["total"]:
            await queue_series(engine, origin, catalogue)
        yield engine
