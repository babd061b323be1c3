"""The queue as a whole, its settings and its providers."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse
from pydantic import WithJsonSchema

from aniworld_dl import errors
from aniworld_dl.api.routers.common import EngineDep, Limit, answer, documented
from aniworld_dl.api.schemas.figures import Stats
from aniworld_dl.api.schemas.responses import QueueStatus
from aniworld_dl.api.schemas.settings import SettingsOut, settings_patch_schema
from aniworld_dl.api.visits import note
from aniworld_dl.config import RUNTIME_SETTINGS
from aniworld_dl.queue.views import settings_view

router = APIRouter(prefix="/api", tags=["queue"])

Changes = Annotated[
    dict[str, Any],
    WithJsonSchema(settings_patch_schema()),
    Body(),
]


@router.get("/queue-status", response_model=QueueStatus, responses=documented(errors.RequestInvalidError))
async def queue_status(engine: EngineDep, limit: Limit = 200) -> JSONResponse:
    """Return active and ended downloads in one piece; `limit` applies to each."""
    return answer({"success": True, "queue": await engine.queue_status(limit)})


@router.post("/queue/pause", response_model=Stats)
async def pause_queue(engine: EngineDep) -> JSONResponse:
    """Pause everything, kept over restarts. What runs stops and loses nothing."""
    await engine.set_queue_paused(paused=True)
    return answer(engine.stats())


@router.post("/queue/resume", response_model=Stats)
async def resume_queue(engine: EngineDep) -> JSONResponse:
    """Let everything go on that was paused as a whole."""
    await engine.set_queue_paused(paused=False)
    return answer(engine.stats())


@router.get("/settings", response_model=SettingsOut, tags=["settings"])
async def read_settings(engine: EngineDep) -> JSONResponse:
    """Return the settings in force."""
    return answer(settings_view(engine.settings))


@router.patch(
    "/settings",
    response_model=SettingsOut,
    tags=["settings"],
    responses=documented(errors.JsonInvalidError, errors.RequestInvalidError, errors.ConfigError),
)
async def change_settings(changes: Changes, request: Request, engine: EngineDep) -> JSONResponse:
    """Change settings while everything runs; kept over restarts."""
    note(request, names=sorted(name for name in changes if name in RUNTIME_SETTINGS))
    return answer(settings_view(await engine.change_settings(changes)))
