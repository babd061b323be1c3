"""`aniworld-dl serve`: the service, and on demand the demo origin beside it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from aniworld_dl.api.server import serve
from aniworld_dl.cli.loop import run
from aniworld_dl.cli.series import queue_demo_series, running_origin

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


def run_service(settings: Settings, *, demo: bool) -> int:
    """Run until a signal comes; return the exit code."""
    return run(_serve(settings, demo=demo))


async def _serve(settings: Settings, *, demo: bool) -> int:
    async with AsyncExitStack() as stack:
        if not demo:
            return await serve(settings, on_ready=lambda url: _tell(settings, url))
        origin = await stack.enter_async_context(running_origin(settings.data_dir))
        return await serve(
            settings,
            on_ready=lambda url: _tell(settings, url),
            on_engine=lambda engine: queue_demo_series(engine, origin),
            trusted_endpoints=[origin.endpoint],
        )


def _tell(settings: Settings, url: str) -> None:
    print(f"Listening on {url}", flush=True)  # noqa: T201 - other programs wait for this line
    print(f"Files go to {settings.download_dir}", flush=True)  # noqa: T201
