"""`aniworld-dl serve`: the service, and on demand the demo origin beside it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aniworld_dl.api.server import serve
from aniworld_dl.cli.loop import run
from aniworld_dl.cli.series import SHOWN_RATE_BYTES_PER_S, demo_catalogue, queue_series, running_origin
from aniworld_dl.engine import open_engine
from aniworld_dl.logs import prepare_logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine


def run_service(settings: Settings, *, demo: bool) -> int:
    """Run until a signal comes; return the exit code."""
    prepare_logs()
    factory = _engine_with_demo if demo else open_engine
    run(serve(settings, on_ready=lambda url: _tell(settings, url), engine_factory=factory))
    return 0


@asynccontextmanager
async def _engine_with_demo(settings: Settings) -> AsyncIterator[Engine]:
    catalogue = await asyncio.to_thread(demo_catalogue, settings)
    async with (
        running_origin(settings, catalogue, rate_bytes_per_s=SHOWN_RATE_BYTES_PER_S) as origin,
        open_engine(settings, trusted_endpoints=[origin.endpoint]) as engine,
    ):
        known = await engine.jobs(statuses=None, q=None, limit=1, cursor=None)
        if not known["total"]:
            await queue_series(engine, origin, catalogue)
        yield engine


def _tell(settings: Settings, url: str) -> None:
    print(f"Listening on {url}", flush=True)  # noqa: T201 - other programs wait for this line
    print(f"Finished files go to {settings.download_dir}", flush=True)  # noqa: T201
