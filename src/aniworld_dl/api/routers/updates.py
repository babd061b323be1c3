"""The live messages, fetched: for where a proxy lets no stream through at all."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from aniworld_dl.api.routers.common import EngineDep, documented
from aniworld_dl.errors import RequestInvalidError

router = APIRouter(tags=["live"])


class Updates(BaseModel):
    """Messages as WebSocket sends them."""

    messages: list[dict[str, Any]] = Field(description="In their order; none when nothing has happened since.")


@router.get("/api/updates", response_model=Updates, responses=documented(RequestInvalidError))
async def updates(
    engine: EngineDep,
    since: Annotated[
        int | None, Query(ge=0, description="The messages after this `seq`; without it a snapshot.")
    ] = None,
) -> Response:
    """Return the live messages that there are by now, without waiting for more."""
    messages = engine.hub.subscribe(since).ready()
    text = f'{{"messages":[{",".join(messages)}]}}'
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})
