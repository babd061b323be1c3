"""What a request would queue, without queueing it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from aniworld_dl.api.bodies import body_of, described_body
from aniworld_dl.api.live import first_of, until_gone
from aniworld_dl.api.routers.common import BAD_BODY, EngineDep, answer, documented
from aniworld_dl.api.schemas.plan import PlanOut
from aniworld_dl.api.schemas.requests import PlanIn
from aniworld_dl.errors import leading_error

router = APIRouter(prefix="/api", tags=["jobs"])

_GONE = 499
"""What web servers note of a client that did not wait for its answer; nobody gets it."""


@router.post("/plan", response_model=PlanOut, responses=documented(*BAD_BODY), openapi_extra=described_body(PlanIn))
async def plan(request: Request, body: Annotated[PlanIn, Depends(body_of(PlanIn))], engine: EngineDep) -> Response:
    """Say what `POST /api/jobs` with the same body would queue, and what would be fetched. Nothing is queued.

    Asks the network for the first episodes only and within a time limit. A client that goes ends it.
    """
    found: list[dict[str, Any]] = []

    async def find() -> None:
        found.append(await engine.planner.plan(body.to_plan()))

    try:
        await first_of(plan=find(), plan_client=until_gone(request.receive))
    except BaseExceptionGroup as failures:
        raise leading_error(failures) from failures
    return answer(found[0]) if found else JSONResponse(None, status_code=_GONE)
