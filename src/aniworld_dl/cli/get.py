"""`aniworld-dl get`: downloads without a service."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.cli.displays import Endings, JsonLines, print_json
from aniworld_dl.cli.follow import all_episodes, follow
from aniworld_dl.cli.loop import Interrupt, run, until_signal
from aniworld_dl.cli.requests import requests_for
from aniworld_dl.engine import open_engine
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.cli.follow import Display
    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine
    from aniworld_dl.model import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks for."""

    urls: tuple[str, ...]
    title: str | None = None
    language: str | None = None
    provider: str | None = None

    def requests(self) -> list[JobRequest]:
        """Return one request for each series."""
        return requests_for(self.urls, title=self.title, language=self.language, provider=self.provider)


def run_get(settings: Settings, order: Order, *, dry_run: bool, as_json: bool) -> int:
    """Download and return 0 when all is there, 1 when something failed. A `dry_run` only shows what there would be.

    What is live is recorded until it ends; SIGINT ends it earlier, a second one gives up.
    """
    if dry_run:
        from aniworld_dl.cli.plan import show_plans  # noqa: PLC0415 - drawing is imported where something is drawn

        return run(until_signal(show_plans(settings, order.requests(), as_json=as_json)))
    interrupt = Interrupt()
    return run(until_signal(_get(settings, order, interrupt, as_json=as_json), interrupt))


async def _get(settings: Settings, order: Order, interrupt: Interrupt, *, as_json: bool) -> int:
    settings = settings.model_copy(update={"bandwidth_schedule": []})  # who calls it wants it now
    async with open_engine(settings, keep_queue=False) as engine:
        interrupt.handle = lambda: bool(engine.finish_recordings())
        since = engine.hub.seq
        job_ids = list(dict.fromkeys([(await engine.add_job(request)).job.id for request in order.requests()]))
        with _display(as_json=as_json) as display:
            await follow(engine, since, job_ids, display)
        code = await _report(engine, job_ids, as_json=as_json)
        await engine.posters.settled()  # nobody would fetch them later
        return code


@contextmanager
def _display(*, as_json: bool) -> Iterator[Display]:
    if as_json:
        yield JsonLines()
    elif not sys.stdout.isatty():
        yield Endings()
    else:  # what is drawn with is imported while the first answers are on their way
        from rich.console import Console  # noqa: PLC0415

        from aniworld_dl.cli.bars import Bars  # noqa: PLC0415

        with Bars(Console()) as bars:
            yield bars


async def _report(engine: Engine, job_ids: list[int], *, as_json: bool) -> int:
    failed = 0
    for job_id in job_ids:
        job = await engine.job(job_id)
        nothing_else = bool(job["duplicate_episodes"]) and not job["total_episodes"]  # another one has its episodes
        failed += job["status"] != Status.COMPLETED and not nothing_else
        if as_json:
            print_json({"type": "job", **job, "episodes": await all_episodes(engine, job_id)})
        elif job["error"] is not None and not job["total_episodes"]:
            print(f"failed: {job['error_message']}", file=sys.stderr)  # noqa: T201 - this is the output
    return 1 if failed else 0
