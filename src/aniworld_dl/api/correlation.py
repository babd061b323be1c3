"""Gives each request to the API a name that its answer and its log lines carry."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders

from aniworld_dl.logs import log_about

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-ID"
_USABLE: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Correlated:
    """ASGI middleware. A client or proxy may name its request itself, as long as the name is short and plain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its name; files of the page have none."""
        if scope["type"] == "lifespan" or not get_route_path(scope).startswith("/api/"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if _USABLE.fullmatch(given) else secrets.token_hex(8)

        async def named(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept", "websocket.http.response.start"}:
                MutableHeaders(raw=message.setdefault("headers", [])).setdefault(HEADER, name)
            await send(message)

        with log_about(request_id=name):
            await self._app(scope, receive, named)
