"""Request bodies of any size: large ones are validated in a thread, and hold nobody up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from aniworld_dl.errors import JsonInvalidError, RequestInvalidError

Model = TypeVar("Model", bound=BaseModel)

_SMALL_BYTES: Final = 64 * 1024
"""What is read faster than a thread is asked to."""


def body_of(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that gives a request's JSON body as `model`, with the errors of any other body.

    The route says in its OpenAPI what it takes: `openapi_extra=described_body(model)`.
    """

    async def read(request: Request) -> Model:
        _require_json(request.headers.get("content-type", ""))
        body = await request.body()
        return _parse(model, body) if len(body) <= _SMALL_BYTES else await asyncio.to_thread(_parse, model, body)

    return read


def described_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a body that `body_of` reads."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _require_json(content_type: str) -> None:
    """Refuse what a form of a foreign page can send."""
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    if kind != "application" or not (subtype == "json" or subtype.endswith("+json")):
        mend = "send JSON, with Content-Type: application/json"
        raise RequestInvalidError(field="body", value=content_type[:80], mend=mend)


def _parse(model: type[Model], body: bytes) -> Model:
    try:
        content = json.loads(body)
    except json.JSONDecodeError as error:
        raise JsonInvalidError(position=error.pos, reason=error.msg) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, or thousands of digits in a number
        raise HTTPException(400, "it must be JSON in UTF-8, nested by a few levels at most") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
