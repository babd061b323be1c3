"""Puts the HTTP face together around an open engine."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette._utils import get_route_path  # what the router itself compares

from aniworld_dl._version import __version__
from aniworld_dl.access.oidc import provider_login
from aniworld_dl.api import problems, sse, ws
from aniworld_dl.api.correlation import Correlated
from aniworld_dl.api.edition import FOLDER, Editions
from aniworld_dl.api.metrics import Counted, Metrics
from aniworld_dl.api.openapi import describe
from aniworld_dl.api.routers import (
    access,
    actions,
    episodes,
    exchange,
    health,
    history,
    jobs,
    metrics,
    names,
    notices,
    oidc,
    pictures,
    plan,
    queue,
    service,
    subscriptions,
    undo,
    updates,
    versions,
    watch,
)
from aniworld_dl.api.security import Guard
from aniworld_dl.api.web import DOCS_FOLDER, Files, Page, Parts, docs_page, frontend_folder
from aniworld_dl.clock import SystemClock
from aniworld_dl.log_ring import LogRing

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.telemetry import TelemetryConfig
    from starlette.types import Receive, Scope, Send

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine


class Application(FastAPI):
    """FastAPI that completes its OpenAPI document and may live under a prefix that a proxy keeps or strips."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._description: dict[str, Any] | None = None
        self._describing = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put back the prefix that a proxy may have stripped, as ASGI wants it."""
        prefix: str = self.state.base_path
        path = scope.get("path", "")
        if prefix and path != prefix and not path.startswith(f"{prefix}/"):
            scope["path"] = f"{prefix}{path}"
        scope["root_path"] = prefix
        if self._description is None and scope["type"] == "http" and get_route_path(scope) == self.openapi_url:
            await asyncio.to_thread(self.openapi)  # it takes so long that it would hold up everything
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made when it is first asked for. Blocks then: for threads."""
        with self._describing:
            if self._description is None:
                self._description = describe(super().openapi())
            return self._description


_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework's own would send queries and texts of errors to whatever the environment names; ours do not."""
_ROUTERS: Final = (
    jobs,
    names,
    notices,
    plan,
    episodes,
    pictures,
    history,
    actions,
    undo,
    queue,
    exchange,
    subscriptions,
    service,
    sse,
    updates,
    health,
    versions,
    metrics,
    watch,
    ws,
    access,
    oidc,
)


def create_app(
    engine: Engine,
    settings: Settings,
    *,
    clock: Clock | None = None,
    frontend: Path | None = None,
    log: LogRing | None = None,
) -> FastAPI:
    """Return the ASGI application for an open engine.

    `app.state.closing` is an event: set it when the server begins to stop, so that event streams end.

    Raises:
        ConfigError: `allowed_hosts` holds something that is no host name, or what belongs to `oidc_issuer` is missing.
    """
    app = Application(
        title="aniworld-dl",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_NO_TELEMETRY,
    )
    app.state.base_path = settings.base_path
    app.state.engine = engine
    app.state.clock = clock or SystemClock()
    app.state.log = log or LogRing()
    app.state.closing = asyncio.Event()
    app.state.metrics = Metrics()
    app.state.provider_login = provider_login(settings, app.state.clock)
    app.add_middleware(Guard, settings=settings, access=engine.access, trail=engine.trail)
    app.add_middleware(Correlated)
    app.add_middleware(Counted, metrics=app.state.metrics, clock=app.state.clock)
    if engine.telemetry is not None:
        from aniworld_dl.api.tracing import Traced  # noqa: PLC0415 - an extra

        app.add_middleware(Traced, tracer=engine.telemetry.tracer)
    problems.install(app)
    folder = frontend or frontend_folder()
    app.state.editions = Editions(folder)
    app.mount(f"/{FOLDER}", Parts(app.state.editions))
    for module in _ROUTERS:
        app.include_router(module.router)
    app.add_api_route("/docs", docs_page, include_in_schema=False)
    app.mount("/docs", Files(directory=DOCS_FOLDER, check_dir=False))
    app.router.default = Page(folder, app.state.editions)
    return app
