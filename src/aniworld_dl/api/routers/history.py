"""What has ended, and what became of each attempt."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import Cursor, EngineDep, EpisodeId, Limit, answer, documented, statuses_of
from aniworld_dl.api.schemas.history import AttemptPage, HistoryPage
from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import ENDED

router = APIRouter(prefix="/api", tags=["history"])


@router.get("/history", response_model=HistoryPage, responses=documented(RequestInvalidError))
async def list_history(
    engine: EngineDep,
    status: Annotated[
        str | None,
        Query(max_length=200, description="Only these statuses, comma-separated.", examples=["failed,cancelled"]),
    ] = None,
    q: Annotated[str | None, Query(max_length=200, description="Only titles or paths that contain this.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JSONResponse:
    """List the ended episodes of all jobs, the latest first, a page at a time."""
    statuses = statuses_of(status, among=ENDED)
    return answer(await engine.history.page(statuses=statuses, q=q or None, limit=limit, cursor=cursor))


@router.get(
    "/episodes/{episode_id}/timeline",
    response_model=AttemptPage,
    responses=documented(NotFoundError, RequestInvalidError),
)
async def read_timeline(
    episode_id: EpisodeId, engine: EngineDep, limit: Limit = 100, cursor: Cursor = None
) -> JSONResponse:
    """List the attempts at an episode that have ended, the first one first, a page at a time."""
    return answer(await engine.history.timeline(episode_id, limit=limit, cursor=cursor))
