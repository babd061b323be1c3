"""Makes a trace of each request to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette._utils import get_route_path
from starlette.datastructures import Headers

from aniworld_dl.api.correlation import HEADER
from aniworld_dl.api.visits import find_visit

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENDLESS: Final = "/api/events"
"""It lasts for as long as a page is open, as a WebSocket does: that says nothing about how long answers take."""
_FAILURES: Final = 500


class Traced:
    """ASGI middleware. A span goes on where the client's `traceparent` says, and names the route, never the address."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        path = get_route_path(scope) if scope["type"] == "http" else ""
        if not path.startswith("/api/") or path == _ENDLESS:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with self._tracer.start_as_current_span(
            method,
            extract(dict(Headers(scope=scope))),
            SpanKind.SERVER,
            {"http.request.method": method},
            record_exception=False,  # whose text may hold anything
            set_status_on_exception=False,
        ) as span:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    span.set_attribute(f"http.response.header.{HEADER.lower()}", _request_id(message))
                    if message["status"] >= _FAILURES:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, told)
            finally:
                if (route := getattr(scope.get("route"), "path", None)) is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                if (visit := find_visit(scope)) is not None and visit.outcome != "ok":
                    span.set_attribute("error.type", visit.outcome)


def _request_id(message: Message) -> str:
    return Headers(raw=message["headers"]).get(HEADER, "")
