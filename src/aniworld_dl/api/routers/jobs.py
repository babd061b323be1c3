"""Jobs: what users asked for."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from aniworld_dl import errors
from aniworld_dl.api.bodies import body_of, described_body
from aniworld_dl.api.routers.common import (
    BAD_BODY,
    Cursor,
    EngineDep,
    JobId,
    Limit,
    add_action_routes,
    answer,
    documented,
)
from aniworld_dl.api.schemas.actions import JobMoveIn
from aniworld_dl.api.schemas.requests import JobIn, JobPatch
from aniworld_dl.api.schemas.responses import EpisodePage, JobOut, JobPage
from aniworld_dl.engine import Engine
from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import Action, Status

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=201,
    response_model=JobOut,
    response_description="The new job; its address is in `Location`.",
    responses={
        200: {"description": "The job that the same Idempotency-Key has made before.", "model": JobOut},
        **documented(*BAD_BODY, errors.NoProviderError, errors.UrlInvalidError),
    },
    openapi_extra=described_body(JobIn),
)
async def add_job(
    request: Request,
    body: Annotated[JobIn, Depends(body_of(JobIn))],
    engine: EngineDep,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="The same key again gives the same job.")
    ] = None,
) -> JSONResponse:
    """Queue episodes. Answers at once: a series address is expanded by the job itself, later."""
    job, created = await engine.add_job(body.to_request(idempotency_key))
    location = f"{request.scope.get('root_path', '')}/api/jobs/{job.id}"
    return answer(await engine.job(job.id), 201 if created else 200, Location=location)


@router.get("", response_model=JobPage, responses=documented(RequestInvalidError))
async def list_jobs(
    engine: EngineDep,
    status: Annotated[
        str | None,
        Query(max_length=200, description="Only these statuses, comma-separated.", examples=["queued,downloading"]),
    ] = None,
    q: Annotated[str | None, Query(max_length=200, description="Only titles that contain this.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JSONResponse:
    """List jobs, a page at a time."""
    return answer(await engine.jobs(statuses=_statuses(status), q=q or None, limit=limit, cursor=cursor))


@router.get("/{job_id}", response_model=JobOut, responses=documented(NotFoundError, RequestInvalidError))
async def read_job(job_id: JobId, engine: EngineDep) -> JSONResponse:
    """Return one job."""
    return answer(await engine.job(job_id))


@router.patch("/{job_id}", response_model=JobOut, responses=documented(NotFoundError, *BAD_BODY))
async def change_job(job_id: JobId, body: JobPatch, engine: EngineDep) -> JSONResponse:
    """Change priority, bandwidth limit or title. What runs notices at once."""
    return answer(await engine.update_job(job_id, **body.model_dump(exclude_unset=True)))


@router.delete("/{job_id}", status_code=204, responses=documented(NotFoundError, RequestInvalidError))
async def delete_job(job_id: JobId, engine: EngineDep) -> Response:
    """Stop what runs and forget the job. Finished files stay."""
    await engine.delete_job(job_id)
    return Response(status_code=204)


@router.post("/{job_id}/move", response_model=JobOut, responses=documented(NotFoundError, *BAD_BODY))
async def move_job(job_id: JobId, body: JobMoveIn, engine: EngineDep) -> JSONResponse:
    """Put the job elsewhere in the queue. What is claimed next follows the new order."""
    return answer(await engine.actions.move_job(job_id, body.spot, body.job_id))


@router.get("/{job_id}/episodes", response_model=EpisodePage, responses=documented(NotFoundError, RequestInvalidError))
async def list_episodes(job_id: JobId, engine: EngineDep, limit: Limit = 100, cursor: Cursor = None) -> JSONResponse:
    """List a job's episodes in their order, a page at a time."""
    return answer(await engine.episodes(job_id, limit=limit, cursor=cursor))


def _statuses(text: str | None) -> frozenset[Status] | None:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    known = {status.value for status in Status}
    for name in names:
        if name not in known:
            raise RequestInvalidError(field="status", value=name, mend=f"use some of {', '.join(sorted(known))}")
    return frozenset(Status(name) for name in names) or None


async def _act(engine: Engine, job_id: int, action: Action) -> dict[str, Any]:
    return await engine.act_on_job(job_id, action)


add_action_routes(
    router,
    "job",
    JobOut,
    _act,
    {
        Action.PAUSE: "Pause every episode that waits or runs. Nothing already fetched is lost.",
        Action.RESUME: "Let paused episodes go on where they were.",
        Action.CANCEL: "Stop and give up every episode that has not ended.",
        Action.RETRY: "Queue failed and cancelled episodes again.",
        Action.REPAIR: "Queue failed episodes again, to fetch what is missing of them and nothing else.",
        Action.START: "Run its episodes at once, whatever they wait for, beyond the number of slots (32 at most).",
    },
)
