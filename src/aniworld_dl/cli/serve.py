"""`aniworld-dl serve`: the service, and on demand the demo origin beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.api.server import serve
from aniworld_dl.cli.loop import run
from aniworld_dl.engine import open_engine
from aniworld_dl.logs import prepare_logs

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


def run_service(settings: Settings, *, demo: bool) -> int:
    """Run until a signal comes; return the exit code."""
    prepare_logs()
    if demo:
        from aniworld_dl.cli.series import engine_with_demo as factory  # noqa: PLC0415 - all of the origin, for this only
    else:
        factory = open_engine
    run(serve(settings, on_ready=lambda url: _tell(settings, url), engine_factory=factory))
    return 0


def _tell(settings: Settings, url: str) -> None:
    print(f"Listening on {url}", flush=True)  # noqa: T201 - other programs wait for this line
    print(f"Finished files go to {settings.download_dir}", flush=True)  # noqa: T201
