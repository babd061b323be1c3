"""The gate in front of everything: host, origin, key and size of each request, security headers, unexpected errors."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket

from aniworld_dl.api.hosts import HostRules
from aniworld_dl.api.passes import admits
from aniworld_dl.api.problems import internal, largest_body_bytes, problem
from aniworld_dl.errors import (
    AniworldDlError,
    BodyTooLargeError,
    HostRefusedError,
    OriginRefusedError,
    UnauthorizedError,
)
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aniworld_dl.config import Settings

SUBPROTOCOL: Final = "aniworld-dl"
"""What browsers ask for over WebSocket; `aniworld-dl.key.<base64url of the key>` beside it carries the key."""
KEY_SUBPROTOCOL: Final = f"{SUBPROTOCOL}.key."

_PROTECTED: Final = ("/api", "/openapi.json", "/metrics")

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_DOCUMENT_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' blob: data:; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NO_DOCUMENTS: Final = ("text/javascript", "text/css", "image/png")
"""What a page loads by the dozen and no browser shows as a page, so that these headers would mean nothing there."""

_log = get_logger(__name__)


class Guard:
    """ASGI middleware for HTTP and WebSocket. What it refuses never reaches a route."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._rules = HostRules(settings)
        self._key = settings.api_key.encode() if settings.api_key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on; answer an unexpected exception, which is logged with its traceback."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reply = _Reply(scope, send)
        try:
            self._check(scope)
            await self._app(scope, _Bounded(receive, largest_body_bytes(get_route_path(scope))), reply)
        except AniworldDlError as error:
            await _refuse(scope, receive, reply, problem(error))
        except Exception as error:
            _log.exception("request_failed", method=scope.get("method", "WEBSOCKET"), path=scope["path"])
            if reply.started:
                raise
            await _refuse(scope, receive, reply, internal(error))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = ",".join(headers.getlist("host"))
        if not self._rules.knows_host(host):
            raise HostRefusedError(host=host)
        origin = headers.get("origin")
        if origin is not None and not self._rules.trusts_origin(origin, host):
            raise OriginRefusedError(origin=origin)
        if self._key is not None and _is_protected(get_route_path(scope)) and not self._may(scope, headers):
            raise UnauthorizedError
        length = headers.get("content-length", "")
        limit = largest_body_bytes(get_route_path(scope))
        if length.isdecimal() and int(length) > limit:
            raise BodyTooLargeError(limit_bytes=limit)

    def _may(self, scope: Scope, headers: Headers) -> bool:
        assert self._key is not None
        return self._has_key(scope, headers) or admits(
            self._key, scope.get("method", ""), get_route_path(scope), headers
        )

    def _has_key(self, scope: Scope, headers: Headers) -> bool:
        assert self._key is not None
        offered = [headers.get("x-api-key", "").encode("latin-1")]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            offered.append(token.strip().encode("latin-1"))
        offered.extend(_subprotocol_keys(scope.get("subprotocols", [])))
        return any(hmac.compare_digest(item, self._key) for item in offered)


class _Bounded:
    """Counts a request's body as it arrives: not every client announces its length."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if self._size > self._limit:
                raise HTTPException(status_code=413)  # the one kind that passes through the framework's body parser
        return message


class _Reply:
    """Puts the security headers on every answer and knows whether one has begun."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._private = _is_protected(get_route_path(scope))
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            self.started = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            shown = not headers.get("content-type", "").startswith(_NO_DOCUMENTS)
            for name, value in (_HEADERS | _DOCUMENT_HEADERS if shown else _HEADERS).items():
                headers.setdefault(name, value)
            if self._private:
                headers.setdefault("Cache-Control", "no-store")
        elif message["type"] == "websocket.accept":
            self.started = True
        await self._send(message)


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)


def _is_protected(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in _PROTECTED)


def _subprotocol_keys(subprotocols: list[str]) -> list[bytes]:
    keys = []
    for name in subprotocols:
        if name.startswith(KEY_SUBPROTOCOL):
            text = name.removeprefix(KEY_SUBPROTOCOL)
            try:
                keys.append(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            except (binascii.Error, ValueError):
                continue
    return keys
