"""What the routes share: how they reach the engine, how they answer, which problems they document."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from aniworld_dl.api.problems import status_of
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.engine import Engine
from aniworld_dl.errors import AniworldDlError, RequestInvalidError
from aniworld_dl.model import Status


def _engine(connection: HTTPConnection) -> Engine:
    engine: Engine = connection.app.state.engine
    return engine


EngineDep = Annotated[Engine, Depends(_engine)]
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The job's id.")]
EpisodeId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The episode's id.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Items a page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def documented(*leaves: type[AniworldDlError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses for the errors a route can answer with, grouped by status."""
    responses: dict[int | str, dict[str, Any]] = {}
    for leaf in leaves:
        entry = responses.setdefault(status_of(leaf), {"description": ""})
        sentence = f"`{leaf.code}`: {(leaf.__doc__ or '').split(' Params:')[0].strip()}"
        entry["description"] = f"{entry['description']} {sentence}".strip()
        entry["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return responses


def answer(content: Any, status: int = 200, **headers: str) -> JSONResponse:
    """Return ready data as JSON, without validating it again."""
    return JSONResponse(content, status_code=status, headers=headers or None)


def statuses_of(text: str | None, among: Collection[Status] = tuple(Status)) -> frozenset[Status] | None:
    """Return the statuses in a comma-separated list, None when it names none.

    Raises:
        RequestInvalidError: it names something else.
    """
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    known = {status.value for status in among}
    for name in names:
        if name not in known:
            raise RequestInvalidError(field="status", value=name, mend=f"use some of {', '.join(sorted(known))}")
    return frozenset(Status(name) for name in names) or None
