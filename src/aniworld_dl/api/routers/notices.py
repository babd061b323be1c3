"""Who is told when a job has ended, how it goes with them, and a test for each."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import EngineDep, answer, documented
from aniworld_dl.api.schemas.notices import TargetPage, TrialOut
from aniworld_dl.errors import NotFoundError, RequestInvalidError

router = APIRouter(prefix="/api/notices", tags=["service"])

TargetName = Annotated[str, Path(max_length=32, description="The name of a target in the setting `notices`.")]


@router.get("", response_model=TargetPage)
async def list_notice_targets(engine: EngineDep) -> JSONResponse:
    """List who is told when a job has ended, with the last result of each. Addresses are never shown."""
    items = await engine.notices.targets()
    return answer({"items": items, "next_cursor": None, "total": len(items)})


@router.post("/{name}/test", response_model=TrialOut, responses=documented(NotFoundError, RequestInvalidError))
async def test_notice_target(name: TargetName, engine: EngineDep) -> JSONResponse:
    """Send a test there, now and once, and tell what came of it."""
    return answer(await engine.notices.test(name))
