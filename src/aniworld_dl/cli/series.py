"""The demo series: their origin, and the jobs that ask for them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import aiofiles

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import SERIES, Catalogue
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


@asynccontextmanager
async def running_origin(settings: Settings, *, rate_bytes_per_s: float | None) -> AsyncIterator[Origin]:
    """Serve the demo series on this machine, on the port of the last time: the queue remembers addresses.

    Raises:
        FolderDeniedError: the data folder, in which the episodes are kept, cannot be written.
        FfmpegMissingError: there is no usable ffmpeg.
    """
    folder = settings.data_dir / _FOLDER
    await asyncio.to_thread(prepare_folder, folder)
    ffmpeg = await asyncio.to_thread(find_ffmpeg, settings.ffmpeg)
    async with Catalogue(folder, ffmpeg=ffmpeg) as catalogue, _listening(folder / _PORT_FILE) as origin:
        origin.add_shelf(catalogue)
        origin.rate_bytes_per_s = rate_bytes_per_s
        yield origin


async def queue_demo_series(engine: Engine, origin: Origin) -> list[int]:
    """Queue all demo series; return the ids of their jobs."""
    requests = [
        JobRequest(
            anime_title=series.title,
            episodes=(EpisodeRef(url=origin.url(series.page)),),
            language="German Sub",
            total_episodes=len(series.titles),
        )
        for series in SERIES
    ]
    return [(await engine.add_job(request))[0].id for request in requests]


@asynccontextmanager
async def _listening(port_file: Path) -> AsyncIterator[Origin]:
    try:
        async with aiofiles.open(port_file) as file:
            known = int(await file.read())
        origin = await Origin(port=known).__aenter__()
    except (OSError, ValueError):  # the first time, or another program has taken the port meanwhile
        origin = await Origin().__aenter__()
        async with aiofiles.open(port_file, "w") as file:
            await file.write(str(origin.endpoint[1]))
    try:
        yield origin
    finally:
        await origin.__aexit__(None, None, None)
