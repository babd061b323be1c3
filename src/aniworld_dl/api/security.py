"""The gate in front of everything: host, origin, key and size of each request, security headers, unexpected errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from aniworld_dl.access.callers import AMBIENT
from aniworld_dl.api.door import Door
from aniworld_dl.api.hosts import HostRules
from aniworld_dl.api.problems import internal, largest_body_bytes, problem
from aniworld_dl.api.rights import WEBSOCKET, is_protected, is_safe, right_of
from aniworld_dl.api.visits import address_of, begin_visit
from aniworld_dl.errors import (
    AniworldDlError,
    BodyTooLargeError,
    ForbiddenError,
    HostRefusedError,
    OriginRefusedError,
    UnauthorizedError,
    UnprovenError,
)
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aniworld_dl.access import Access, Trail
    from aniworld_dl.api.rights import Right
    from aniworld_dl.api.visits import Visit
    from aniworld_dl.config import Settings

PAGE_HEADER: Final = "x-requested-with"
PAGE_NAME: Final = "aniworld-dl"
"""A page of another site can make a browser send cookies, but not this header."""

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

_ELSEWHERE: Final = frozenset({"cross-site", "same-site"})
"""Another port of this host is the same site to a browser, and another service to us."""

_log = get_logger(__name__)


class Guard:
    """ASGI middleware for HTTP and WebSocket. What it refuses never reaches a route; what was changed is audited."""

    def __init__(self, app: ASGIApp, settings: Settings, access: Access, trail: Trail) -> None:
        self._app = app
        self._rules = HostRules(settings)
        self._door = Door(settings, access)
        self._trail = trail
        behind: Any = ProxyHeadersMiddleware(self._guarded, trusted_hosts=list(settings.trusted_proxies))  # type: ignore[arg-type]  # two spellings of ASGI
        self._entrance: ASGIApp = behind if settings.trusted_proxies else self._guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope["aniworld_dl.door"] = self._door
        scope["aniworld_dl.peer"] = peer = address_of(scope)
        if scope.get("client"):
            scope["client"] = (peer, scope["client"][1])
        await self._entrance(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, pass on, audit; answer an unexpected exception, which is logged with its traceback."""
        method, path = scope.get("method", WEBSOCKET), get_route_path(scope)
        visit, right = begin_visit(scope, scope["aniworld_dl.peer"]), right_of(method, path)
        reply = _Reply(scope, send)
        try:
            self._check(scope, visit, right)
            await self._app(scope, _Bounded(receive, largest_body_bytes(path)), reply)
        except AniworldDlError as error:
            await _refuse(scope, receive, reply, problem(error))
        except Exception as error:
            _log.exception("request_failed", method=method, path=scope["path"])
            visit.outcome = "internal"
            if reply.started:
                raise
            await _refuse(scope, receive, reply, internal(error))
        finally:
            if right.changes and visit.caller is not None:
                targets = {**right.targets, **visit.targets}
                self._trail.add(visit.caller, visit.address, right.action, targets, visit.outcome)

    def _check(self, scope: Scope, visit: Visit, right: Right) -> None:
        headers, path = Headers(scope=scope), get_route_path(scope)
        host = ",".join(headers.getlist("host"))
        if not self._rules.knows_host(host):
            raise HostRefusedError(host=host)
        self._check_origin(headers, host, path)
        visit.caller = self._door.caller(scope, path, headers, visit.peer)
        if right.scope is not None:
            if visit.caller is None:
                raise UnauthorizedError
            if not visit.caller.scope.covers(right.scope):
                raise ForbiddenError(needed=right.scope.value, scope=visit.caller.scope.value)
        if visit.caller is not None and visit.caller.way in AMBIENT:
            _check_page(scope, headers)
        length = headers.get("content-length", "")
        limit = largest_body_bytes(path)
        if length.isdecimal() and int(length) > limit:
            raise BodyTooLargeError(limit_bytes=limit)

    def _check_origin(self, headers: Headers, host: str, path: str) -> None:
        """Refuse what pages of other sites ask for, also where the browser only says that they are others."""
        origin = headers.get("origin")
        if origin is None and is_protected(path) and not _is_visit(headers):
            origin = headers.get("sec-fetch-site")
            if origin not in _ELSEWHERE:
                return
        if origin is not None and not self._rules.trusts_origin(origin, host):
            raise OriginRefusedError(origin=origin)


def _is_visit(headers: Headers) -> bool:
    """Tell whether somebody follows a link, and sees the answer themselves."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _check_page(scope: Scope, headers: Headers) -> None:
    """Believe that the service's own page asks for a change: what the browser adds by itself is no proof."""
    if scope["type"] == "websocket":
        if "origin" not in headers:
            raise OriginRefusedError(origin="")
    elif not is_safe(scope["method"]) and headers.get(PAGE_HEADER) != PAGE_NAME:
        raise UnprovenError


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
        self._private = is_protected(get_route_path(scope))
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
