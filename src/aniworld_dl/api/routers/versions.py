"""Which versions of episodes were taken, which better ones they wait for, and how their sources do."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import Cursor, EngineDep, EpisodeId, Limit, answer, documented
from aniworld_dl.api.schemas.responses import EpisodeOut
from aniworld_dl.api.schemas.versions import ProviderPage, SourcesOut, StandingPage
from aniworld_dl.errors import NotFoundError, RequestInvalidError

router = APIRouter(prefix="/api", tags=["versions"])


@router.get("/providers", response_model=ProviderPage, tags=["settings"])
async def list_providers(engine: EngineDep) -> JSONResponse:
    """List the installed providers, and how the sources that they name do."""
    items = engine.versions.providers()
    return answer({"items": items, "next_cursor": None, "total": len(items)})


@router.get("/standing", response_model=StandingPage, responses=documented(RequestInvalidError))
async def list_standing(engine: EngineDep, limit: Limit = 100, cursor: Cursor = None) -> JSONResponse:
    """List the completed episodes that wait for a better language, the next to be looked after first."""
    return answer(await engine.versions.waiting(limit=limit, cursor=cursor))


@router.get(
    "/episodes/{episode_id}/sources",
    response_model=SourcesOut,
    responses=documented(NotFoundError, RequestInvalidError),
)
async def read_sources(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """Return which source of an episode was taken, and why others failed, the latest first."""
    return answer(await engine.versions.sources(episode_id))


@router.post(
    "/episodes/{episode_id}/standing",
    response_model=EpisodeOut,
    responses=documented(NotFoundError, RequestInvalidError),
)
async def wait_for_better(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """Let a completed episode wait for a better language, and look for that at once."""
    return answer(await engine.versions.wait_for_better(episode_id))


@router.delete(
    "/episodes/{episode_id}/standing",
    response_model=EpisodeOut,
    responses=documented(NotFoundError, RequestInvalidError),
)
async def end_waiting(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """Let an episode wait for nothing any more. Its file stays."""
    return answer(await engine.versions.end_waiting(episode_id))
