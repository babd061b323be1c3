"""`aniworld-dl demo`: the product without any site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiofiles.os
from rich.console import Console
from rich.table import Table

from aniworld_dl.cli.bars import Bars
from aniworld_dl.cli.displays import label, size
from aniworld_dl.cli.follow import all_episodes, follow
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.cli.series import demo_catalogue, queue_series, running_origin
from aniworld_dl.cli.serve import run_service
from aniworld_dl.clock import SystemClock
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import AniworldDlError
from aniworld_dl.ffmpeg import find_ffmpeg, run_ffmpeg
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.series import Catalogue
    from aniworld_dl.engine import Engine


def run_demo(settings: Settings, *, once: bool) -> int:
    """Run the service with the demo origin; or download all of it once, and return 0 when every file is whole."""
    if once:
        return run(until_signal(download_once(settings, demo_catalogue(settings))))
    return run_service(settings, demo=True)


async def download_once(settings: Settings, catalogue: Catalogue) -> int:
    """Download all of a catalogue, print what became of each episode, and return 0 when every file is whole."""
    console, clock = Console(markup=False), SystemClock()
    started = clock.monotonic()
    async with (
        running_origin(settings, catalogue, rate_bytes_per_s=None) as origin,
        open_engine(settings, keep_queue=False, trusted_endpoints=[origin.endpoint]) as engine,
    ):
        since = engine.hub.seq
        job_ids = await queue_series(engine, origin, catalogue)
        with Bars(console) as bars:
            await follow(engine, since, job_ids, bars)
        jobs = [await engine.job(job_id) for job_id in job_ids]
        rows = [row for job in jobs for row in await _rows(settings, engine, job)]
    console.print(_table(rows))
    good = sum(row.fault is None for row in rows)
    wanted = sum(len(catalogue.numbers(series)) for series in catalogue.series)
    total = sum(row.size_bytes for row in rows)
    console.print(
        f"{good} of {wanted} episodes complete and decoded without an error, {size(total)}, "
        f"{clock.monotonic() - started:.1f} s, in {settings.download_dir}",
        soft_wrap=True,
    )
    return 0 if good == wanted else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    series: str
    episode: str
    path: str
    size_bytes: int
    fault: str | None
    """Why the finished file is not good, None when it decodes from its first to its last picture."""


async def _rows(settings: Settings, engine: Engine, job: dict[str, Any]) -> list[_Row]:
    title = job["anime_title"]
    rows = [await _checked(settings, title, episode) for episode in await all_episodes(engine, job["id"])]
    # a series that could not be listed has no episodes
    return rows or [_Row(series=title, episode="", path="", size_bytes=0, fault=job["error_message"] or job["status"])]


async def _checked(settings: Settings, series: str, episode: dict[str, Any]) -> _Row:
    size_bytes, fault = 0, episode["error_message"] or episode["status"]
    if episode["status"] == Status.COMPLETED:
        path = settings.download_dir / episode["path"]
        size_bytes = (await aiofiles.os.stat(path)).st_size
        fault = await _decoding_fault(settings, path)
    return _Row(series=series, episode=label(episode), path=episode["path"] or "", size_bytes=size_bytes, fault=fault)


async def _decoding_fault(settings: Settings, path: Path) -> str | None:
    try:
        everything = ("-map", "0", "-c:s", "copy", "-f", "null", "-")
        complaints = await run_ffmpeg(
            find_ffmpeg(settings.ffmpeg).reading(path),
            ["-v", "error", "-xerror", *READ_ONLY_MEDIA, "-i", str(path), *everything],
            timeout_s=120,
        )
    except AniworldDlError as error:
        return str(error)
    return complaints or None


def _table(rows: list[_Row]) -> Table:
    table = Table("series", "episode", "size", "file", "checked")
    for row in rows:
        table.add_row(row.series, row.episode, size(row.size_bytes), row.path, row.fault or "whole")
    return table
