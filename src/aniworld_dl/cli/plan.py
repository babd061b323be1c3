"""`aniworld-dl get --dry-run`: what would be downloaded, by the same look as the service's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aniworld_dl.cli import plan_tables, queue_tables
from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.providers import open_registry
from aniworld_dl.clock import SystemClock
from aniworld_dl.config import DEFAULT_MAX_CONCURRENT_DOWNLOADS
from aniworld_dl.engine.planner import Planner
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.limits import Limiter
from aniworld_dl.media.assemble import Workbench
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.net.client import HttpClient
from aniworld_dl.queue.disk import Disk, space_of
from aniworld_dl.queue.duplicates import Sieve
from aniworld_dl.queue.posters import Posters
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.tools import Tools
from aniworld_dl.queue.versions import check_wishes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import JobRequest
    from aniworld_dl.queue.disk import Space


async def show_plans(settings: Settings, requests: Sequence[JobRequest], *, as_json: bool) -> int:
    """Print what requests would download; return 0 if all of it could be, 1 otherwise. Nothing is written anywhere.

    Raises:
        RequestInvalidError: a wish is no chain of names.
        FfmpegMissingError: there is no usable ffmpeg.
    """
    for request in requests:
        check_wishes(request)
    async with _planner(settings) as planner:
        plans = [await planner.plan(request) for request in requests]
    for plan in plans:
        if as_json:
            _print_lines(plan)
        else:
            queue_tables.show(plan_tables.plan_table(plan["episodes"]))
            for sentence in plan_tables.plan_words(plan):
                print(sentence)  # noqa: T201 - this is the output
    return 0 if all(map(_can_come, plans)) else 1


@asynccontextmanager
async def _planner(settings: Settings) -> AsyncIterator[Planner]:
    """Give a planner with an empty queue that exists in memory only."""
    layout_of(settings.naming_template, settings.film_template)
    clock, slots = SystemClock(), settings.max_concurrent_downloads
    ffmpeg = await asyncio.to_thread(find_ffmpeg, settings.ffmpeg)
    async with HttpClient(settings, clock) as http, open_registry(settings, http) as registry:
        tools = Tools(
            http=http,
            registry=registry,
            clock=clock,
            bench=Workbench(http, ffmpeg, clock),
            disk=Disk(lambda: settings, _space_of),
            settings=lambda: settings,
            posters=Posters(http, lambda: settings),
        )
        store = await SqliteStore.open(None)
        try:
            at_a_time = Limiter(DEFAULT_MAX_CONCURRENT_DOWNLOADS if slots == "auto" else slots)
            yield Planner(tools=tools, sieve=Sieve(store.database), slots=at_a_time)
        finally:
            await store.aclose()


def _space_of(folder: Path) -> Space | None:
    """Return the space where a folder is, or would be."""
    return next(filter(None, map(space_of, (folder, *folder.absolute().parents))), None)


def _print_lines(plan: dict[str, Any]) -> None:
    for kind, name in (("address", "addresses"), ("episode", "episodes")):
        for each in plan[name]:
            print_json({"type": kind, **each})
    print_json({"type": "plan", **{name: plan[name] for name in ("anime_title", "language", "provider", "totals")}})


def _can_come(plan: dict[str, Any]) -> bool:
    """Tell whether each episode of a plan that was not left out would get its file, as far as that can be known."""
    totals = plan["totals"]
    are_readable = not totals["unusable_addresses"] and not any(each["error"] for each in plan["episodes"])
    return are_readable and not totals["clashes"] and totals["fits"] is not False
