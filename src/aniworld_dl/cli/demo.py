"""`aniworld-dl demo`: the product without any site."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiofiles.os
from rich.console import Console
from rich.table import Table

from aniworld_dl.cli.displays import Bars, label, size
from aniworld_dl.cli.follow import all_episodes, follow
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.cli.series import demo_catalogue, queue_series, running_origin
from aniworld_dl.cli.serve import run_service
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import AniworldDlError
from aniworld_dl.ffmpeg import find_ffmpeg, run_ffmpeg
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.series import Catalogue


def run_demo(settings: Settings, *, once: bool) -> int:
    """Run the service with the demo origin; or download all of it once, and return 0 when every file is whole."""
    if once:
        return run(until_signal(download_once(settings, demo_catalogue(settings))))
    return run_service(settings, demo=True)


async def download_once(settings: Settings, catalogue: Catalogue) -> int:
    """Download all of a catalogue, print what became of each episode, and return 0 when every file is whole."""
    console = Console(markup=False)
    started = time.monotonic()
    async with (
        running_origin(settings, catalogue, rate_bytes_per_s=None) as origin,
        open_engine(settings, keep_queue=False, trusted_endpoints=[origin.endpoint]) as engine,
    ):
        since = engine.hub.seq
        job_ids = await queue_series(engine, origin, catalogue)
        with Bars(console) as bars:
            await follow(engine, since, job_ids, bars)
        rows = []
        for job_id in job_ids:
            title = (await engine.job(job_id))["anime_title"]
            rows += [await _checked(settings, title, episode) for episode in await all_episodes(engine, job_id)]
    console.print(_table(rows))
    bad = sum(row.fault is not None for row in rows)
    total = sum(row.size_bytes for row in rows)
    console.print(
        f"{len(rows) - bad} of {len(rows)} episodes complete and decoded without an error, {size(total)}, "
        f"{time.monotonic() - started:.1f} s, in {settings.download_dir}"
    )
    return 1 if bad or not rows else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    series: str
    episode: dict[str, Any]
    size_bytes: int
    fault: str | None
    """Why the finished file is not good, None when it decodes from its first to its last picture."""


async def _checked(settings: Settings, series: str, episode: dict[str, Any]) -> _Row:
    if episode["status"] != Status.COMPLETED:
        return _Row(series=series, episode=episode, size_bytes=0, fault=episode["error_message"] or episode["status"])
    path = settings.download_dir / episode["path"]
    size_bytes = (await aiofiles.os.stat(path)).st_size
    return _Row(series=series, episode=episode, size_bytes=size_bytes, fault=await _decoding_fault(settings, path))


async def _decoding_fault(settings: Settings, path: Path) -> str | None:
    try:
        complaints = await run_ffmpeg(
            find_ffmpeg(settings.ffmpeg),
            ["-v", "error", "-xerror", "-i", str(path), "-map", "0", "-f", "null", "-"],
            timeout_s=120,
        )
    except AniworldDlError as error:
        return str(error)
    return complaints or None


def _table(rows: list[_Row]) -> Table:
    table = Table("series", "episode", "size", "file", "checked")
    for row in rows:
        path = row.episode["path"] or ""
        table.add_row(row.series, label(row.episode), size(row.size_bytes), path, row.fault or "whole")
    return table
