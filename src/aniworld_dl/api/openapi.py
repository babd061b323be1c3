"""What the generated OpenAPI document does not know by itself: the problem documents, the key, the WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from aniworld_dl.api.door import SESSION_COOKIE
from aniworld_dl.api.rights import right_of
from aniworld_dl.api.routers.common import documented
from aniworld_dl.api.schemas.exchange import QueueFile
from aniworld_dl.api.schemas.requests import EpisodeIn, JobIn, PlanIn
from aniworld_dl.api.schemas.responses import Problem
from aniworld_dl.errors import (
    ForbiddenError,
    HostRefusedError,
    InternalError,
    OriginRefusedError,
    UnauthorizedError,
    UnprovenError,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

_DESCRIPTION: Final = """\
Parallel episode downloads with live progress.

Errors are problem documents (RFC 9457) with a stable `code`. Lists are pages: give `next_cursor` back as `cursor`.
Times are RFC 3339 in UTC, rates bytes per second, durations seconds.

Live messages come over WebSocket at `/api/ws?since=` and as server-sent events at `/api/events?since=`: first
`{"type": "snapshot", "seq": N, "jobs": {id: job}, "episodes": {id: episode}, "subscriptions": {id: subscription},
"settings": {...}, "stats": {...}}`, then
`{"type": "patch", "seq": N + 1, "jobs": {id: {changed fields} | null}, "episodes": {...}, "stats": {...}}`, with
`subscriptions` where one has changed; `null` means removed.
Browsers send the API key over WebSocket as the subprotocols `aniworld-dl` and
`aniworld-dl.key.<base64url of the key>`. `x-scope` of a route is what a key or user must have; null: nothing.
"""

_MODELS: Final[tuple[type[BaseModel], ...]] = (Problem, EpisodeIn, JobIn, PlanIn, QueueFile)
_EVERYWHERE: Final = (
    UnauthorizedError,
    ForbiddenError,
    UnprovenError,
    OriginRefusedError,
    HostRefusedError,
    InternalError,
)


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """Complete the generated document in place and return it."""
    schema["info"]["description"] = _DESCRIPTION
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    }
    schemas = components.setdefault("schemas", {})
    own: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in _MODELS]
    _, found = models_json_schema(own, ref_template="#/components/schemas/{model}")
    schemas.update(found["$defs"])
    everywhere = {str(status): entry for status, entry in documented(*_EVERYWHERE).items()}
    for path, operations in schema["paths"].items():
        if path.startswith("/api"):
            for method, operation in operations.items():
                operation["security"] = [{}, {"key": []}, {"bearer": []}, {"session": []}]
                operation["x-scope"] = right_of(method.upper(), path).scope
                operation["responses"].update(everywhere)
    return schema
