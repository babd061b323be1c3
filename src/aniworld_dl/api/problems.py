"""Errors on the wire: every failure becomes a problem document (RFC 9457) with a stable `code`."""

from __future__ import annotations

import http
import json
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import JSONResponse
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.routing import Match

from aniworld_dl import errors
from aniworld_dl.api.visits import find_visit
from aniworld_dl.errors import AniworldDlError, InternalError, JsonInvalidError, NotFoundError, RequestInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket

LARGEST_BODY_BYTES: Final = 16 * 1024 * 1024
"""Room for a request with 100,000 addresses of usual length."""
LARGEST_IMPORT_BYTES: Final = 256 * 1024 * 1024
"""Room for several hundred thousand episodes of an exported queue."""
IMPORT_PATH: Final = "/api/queue/import"

_MOST_ERRORS: Final = 20
"""A body with ten thousand bad items is not answered with ten thousand complaints."""
_LONGEST_VALUE: Final = 80

_STATUSES: Final[Mapping[type[AniworldDlError], int]] = {
    errors.NotFoundError: 404,
    errors.MoveRefusedError: 409,
    errors.UnauthorizedError: 401,
    errors.LoginRefusedError: 401,
    errors.ForbiddenError: 403,
    errors.UnprovenError: 403,
    errors.LoginSlowedError: 429,
    errors.OidcUnreachableError: 502,
    errors.OidcExpiredError: 401,
    errors.OidcRefusedError: 401,
    errors.OidcForbiddenError: 403,
    errors.HostRefusedError: 421,
    errors.OriginRefusedError: 403,
    errors.JsonInvalidError: 400,
    errors.MethodRefusedError: 405,
    errors.BodyTooLargeError: 413,
    errors.NotReadyError: 503,
    errors.NotWatchableError: 409,
    errors.PartNotReadyError: 503,
    errors.UsageError: 422,
    errors.ProviderError: 422,
    errors.UrlInvalidError: 422,
    errors.AddressRefusedError: 422,
    errors.NetError: 502,
    errors.MediaError: 502,
    errors.DiskFullError: 507,
    errors.StorageError: 503,
    errors.AniworldDlError: 500,
}

_MENDS: Final = {
    "missing": "this field is needed",
    "extra_forbidden": "there is no such field",
    "model_type": "give an object",
    "dict_type": "give an object",
}


class ProblemResponse(JSONResponse):
    """A JSON response with the media type of RFC 9457."""

    media_type = "application/problem+json"

    def __init__(self, body: Mapping[str, Any], *, status_code: int, headers: Mapping[str, str] | None) -> None:
        super().__init__(body, status_code=status_code, headers=headers)
        self._code = body["code"]

    def render(self, content: Any) -> bytes:
        """Return it as JSON, whatever is quoted of the request: also halves of characters, which UTF-8 cannot have."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and let the audit trail know."""
        if (visit := find_visit(scope)) is not None:
            visit.outcome = self._code
        await super().__call__(scope, receive, send)


def largest_body_bytes(path: str) -> int:
    """Return how long the body of a request to this path may be."""
    return LARGEST_IMPORT_BYTES if path == IMPORT_PATH else LARGEST_BODY_BYTES


def status_of(error: AniworldDlError | type[AniworldDlError]) -> int:
    """Return the HTTP status for an error: its own, else its nearest ancestor's."""
    cls = error if isinstance(error, type) else type(error)
    return next(_STATUSES[ancestor] for ancestor in cls.__mro__ if ancestor in _STATUSES)


def problem(
    error: AniworldDlError,
    *,
    status: int | None = None,
    fields: Sequence[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """Return the problem document for an error; `fields` lists every bad field of a request."""
    status = status or status_of(error)
    body: dict[str, Any] = {
        "type": f"urn:aniworld-dl:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": str(error),
        "code": error.code,
        "params": dict(error.params),
    }
    if fields is not None:
        body["errors"] = list(fields)
    if status == http.HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
    if isinstance(error, errors.LoginSlowedError):
        headers = {"Retry-After": str(error.params["wait_s"]), **(headers or {})}
    if isinstance(error, errors.PartNotReadyError):
        headers = {"Retry-After": "1", **(headers or {})}
    return ProblemResponse(body, status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Make the app answer every error with a problem document. Unexpected ones are caught by `security.Guard`."""
    app.add_exception_handler(AniworldDlError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _invalid_websocket)
    app.add_exception_handler(HTTPException, _from_framework)


def internal(error: Exception) -> ProblemResponse:
    """Return the answer to an unexpected exception: its type, never its text, which may carry addresses."""
    return problem(InternalError(reason=type(error).__name__))


async def _known(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, AniworldDlError)
    return problem(error)


async def _invalid(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    return _validation_problem(error.errors())


async def _invalid_websocket(websocket: WebSocket, error: Exception) -> None:
    assert isinstance(error, WebSocketRequestValidationError)
    await websocket.send_denial_response(_validation_problem(error.errors()))


async def _from_framework(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed_methods(request) or headers.get("Allow", "")
        refused = errors.MethodRefusedError(method=request.method, allowed=allowed)
        return problem(refused, headers={"Allow": allowed})
    if error.status_code == http.HTTPStatus.NOT_FOUND:
        return problem(NotFoundError(what="page", id=request.url.path), headers=headers)
    if error.status_code == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return problem(errors.BodyTooLargeError(limit_bytes=largest_body_bytes(get_route_path(request.scope))))
    invalid = RequestInvalidError(field="body", value="", mend=str(error.detail))
    return problem(invalid, status=error.status_code, headers=headers)


def _allowed_methods(request: Request) -> str:
    """Return every method that the path knows; the framework names those of its first route only."""
    routes = request.app.routes
    return ", ".join(
        method
        for method in ("GET", "HEAD", "POST", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    )


def _validation_problem(found: Sequence[Mapping[str, Any]]) -> ProblemResponse:
    first = found[0]
    if first["type"] == "json_invalid":
        return problem(JsonInvalidError(position=first["loc"][-1], reason=first["ctx"]["error"]))
    fields = [_field_error(item) for item in found[:_MOST_ERRORS]]
    return problem(RequestInvalidError(**fields[0]), fields=fields)


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in item["loc"]]
    if len(place) > 1 and place[0] in {"body", "query", "path", "header"}:
        place = place[1:]
    message = str(item["msg"]).removeprefix("Value error, ")
    value = "" if item["type"] == "missing" else _short(item["input"])
    return {"field": ".".join(place), "value": value, "mend": _MENDS.get(item["type"], message)}


def _short(value: object) -> str:
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
