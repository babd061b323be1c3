"""What the routes share: how they reach the engine, how they answer, which problems they document."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from aniworld_dl import errors
from aniworld_dl.api.problems import status_of
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.engine import Engine
from aniworld_dl.errors import AniworldDlError, RequestInvalidError
from aniworld_dl.model import Action, Status


async def _engine(connection: HTTPConnection) -> Engine:  # FastAPI would call another kind of function in a thread
    engine: Engine = connection.app.state.engine
    return engine


EngineDep = Annotated[Engine, Depends(_engine)]
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The job's id.")]
EpisodeId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The episode's id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Items a page.")]
Files = Annotated[bool, Query(description="Move finished files to the trash too.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


BAD_BODY: Final = (errors.JsonInvalidError, errors.BodyTooLargeError, errors.RequestInvalidError)
"""What a route that takes a body can answer."""


REMOVED: Final[Mapping[int | str, dict[str, Any]]] = {
    204: {
        "description": "It is no more.",
        "headers": {
            "Aniworld-Dl-Undo": {
                "description": "For ten minutes `POST /api/undo/{id}` with this id brings it back.",
                "schema": {"type": "integer"},
            }
        },
    }
}
"""How a removal is answered."""


def removed(undo_id: int) -> Response:
    """Return the answer to a removal."""
    return Response(status_code=204, headers={"Aniworld-Dl-Undo": str(undo_id)})


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


def add_action_routes(
    router: APIRouter,
    what: str,
    model: type[Any],
    act: Callable[[Engine, int, Action], Awaitable[dict[str, Any]]],
    descriptions: Mapping[Action, str],
) -> None:
    """Add `POST /{id}/<action>` for each described action on `what` (job or episode), answered by `act`."""
    for action, description in descriptions.items():
        router.add_api_route(
            f"/{{{what}_id}}/{action}",
            _action_route(what, act, action),
            methods=["POST"],
            operation_id=f"{action}_{what}",
            summary=f"{action.capitalize()} {what.capitalize()}",
            description=description,
            response_model=model,
            responses=documented(errors.NotFoundError, errors.MoveRefusedError, errors.RequestInvalidError),
        )


def _action_route(
    what: str, act: Callable[[Engine, int, Action], Awaitable[dict[str, Any]]], action: Action
) -> Callable[..., Awaitable[JSONResponse]]:
    number = Path(alias=f"{what}_id", ge=1, le=LARGEST_ID, description=f"The {what}'s id.")

    async def route(item_id: Annotated[int, number], engine: EngineDep) -> JSONResponse:
        return answer(await act(engine, item_id, action))

    return route
