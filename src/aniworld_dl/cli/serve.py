"""`aniworld-dl serve`: the service, and on demand the demo origin beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from aniworld_dl.api.server import serve
from aniworld_dl.cli.loop import run
from aniworld_dl.engine import open_engine
from aniworld_dl.logs import prepare_logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine


def run_service(settings: Settings, *, demo: bool) -> int:
    """Run until a signal comes; return the exit code."""
    prepare_logs()
    if demo:
        from aniworld_dl.cli.series import engine_with_demo as factory  # noqa: PLC0415 - all of the origin, for this only
    else:
        factory = open_engine
    return run(serve_until_signal(settings, factory))


async def serve_until_signal(
    settings: Settings, factory: Callable[[Settings], AbstractAsyncContextManager[Engine]]
) -> int:
    """Serve, and return 0 after SIGINT or SIGTERM; one that comes before the service is ready gives up the start."""
    ready, stop = asyncio.Event(), asyncio.Event()

    def tell(url: str) -> None:
        ready.set()
        _tell(settings, url)

    serving = asyncio.ensure_future(serve(settings, on_ready=tell, engine_factory=factory, stop=stop))

    def end() -> None:
        if not (ready.is_set() or stop.is_set()):
            serving.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: the HTTP server's own handlers do it once it is ready
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return 0


def _tell(settings: Settings, url: str) -> None:
    print(f"Listening on {url}", flush=True)  # noqa: T201 - other programs wait for this line
    print(f"Finished files go to {settings.download_dir}", flush=True)  # noqa: T201
