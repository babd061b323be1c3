"""Jobs: what users asked for."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from aniworld_dl import errors
from aniworld_dl.api.bodies import body_of, described_body
from aniworld_dl.api.routers.common import (
    BAD_BODY,
    REMOVED,
    Cursor,
    EngineDep,
    Files,
    JobId,
    Limit,
    add_action_routes,
    answer,
    documented,
    removed,
    statuses_of,
)
from aniworld_dl.api.schemas.actions import JobMoveIn
from aniworld_dl.api.schemas.requests import JobIn, JobPatch
from aniworld_dl.api.schemas.responses import AddedJobOut, EpisodePage, JobCountsOut, JobOut, JobPage
from aniworld_dl.api.visits import note
from aniworld_dl.engine import Engine
from aniworld_dl.errors import FileFailedError, NotFoundError, RequestInvalidError
from aniworld_dl.model import Action

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


class Order(StrEnum):
    """How a list of jobs is sorted."""

    NEWEST = "newest"
    QUEUE = "queue"


_ORDERS: Final = (
    "`newest` first; or as in the `queue`: only what has not ended, those that run first, then in the order in which "
    "they will."
)
Title = Annotated[str | None, Query(max_length=200, description="Only titles that contain this.")]


@router.post(
    "",
    status_code=201,
    response_model=AddedJobOut,
    response_description="The new job; its address is in `Location`.",
    responses={
        200: {
            "description": "The job that the same Idempotency-Key has made before, or that has the first of the "
            "duplicates when nothing else was asked for.",
            "model": AddedJobOut,
        },
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
    """Queue episodes. Answers at once: a series address is expanded by the job itself, later.

    What is queued already, and has not ended, is not queued again: `duplicates` says where it is.
    """
    job, created, duplicates = await engine.add_job(body.to_request(idempotency_key))
    note(request, job_id=job.id, episodes=len(body.episode_urls))
    location = f"{request.scope.get('root_path', '')}/api/jobs/{job.id}"
    shown = {**engine.view_job(job), "duplicates": [asdict(each) for each in duplicates]}
    return answer(shown, 201 if created else 200, Location=location)


@router.get("", response_model=JobPage, responses=documented(RequestInvalidError))
async def list_jobs(
    *,
    engine: EngineDep,
    status: Annotated[
        str | None,
        Query(max_length=200, description="Only these statuses, comma-separated.", examples=["queued,downloading"]),
    ] = None,
    q: Title = None,
    order: Annotated[Order, Query(description=_ORDERS)] = Order.NEWEST,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JSONResponse:
    """List jobs, a page at a time."""
    in_queue = order is Order.QUEUE
    wanted = statuses_of(status)
    return answer(await engine.jobs(statuses=wanted, q=q or None, limit=limit, cursor=cursor, in_queue=in_queue))


@router.get("/counts", response_model=JobCountsOut, responses=documented(RequestInvalidError))
async def count_jobs(engine: EngineDep, q: Title = None) -> JSONResponse:
    """Return how many jobs have each status."""
    return answer(await engine.job_counts(q or None))


@router.get("/{job_id}", response_model=JobOut, responses=documented(NotFoundError, RequestInvalidError))
async def read_job(job_id: JobId, engine: EngineDep) -> JSONResponse:
    """Return one job."""
    return answer(await engine.job(job_id))


@router.patch("/{job_id}", response_model=JobOut, responses=documented(NotFoundError, *BAD_BODY))
async def change_job(job_id: JobId, body: JobPatch, engine: EngineDep) -> JSONResponse:
    """Change priority, bandwidth limit or title. What runs notices at once."""
    return answer(await engine.update_job(job_id, **body.model_dump(exclude_unset=True)))


@router.delete(
    "/{job_id}",
    status_code=204,
    responses={**REMOVED, **documented(NotFoundError, RequestInvalidError, FileFailedError)},
)
async def delete_job(job_id: JobId, engine: EngineDep, files: Files = False) -> Response:
    """Stop what runs and forget the job. Finished files stay unless `files` says otherwise. It can be undone."""
    return removed(await engine.delete_job(job_id, files=files))


@router.post("/{job_id}/move", response_model=JobOut, responses=documented(NotFoundError, *BAD_BODY))
async def move_job(job_id: JobId, body: JobMoveIn, engine: EngineDep) -> JSONResponse:
    """Put the job elsewhere in the queue. What is claimed next follows the new order."""
    return answer(await engine.actions.move_job(job_id, body.spot, body.job_id))


@router.get("/{job_id}/episodes", response_model=EpisodePage, responses=documented(NotFoundError, RequestInvalidError))
async def list_episodes(job_id: JobId, engine: EngineDep, limit: Limit = 100, cursor: Cursor = None) -> JSONResponse:
    """List a job's episodes in their order, a page at a time."""
    return answer(await engine.episodes(job_id, limit=limit, cursor=cursor))


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
        Action.RETRY: "Queue failed and cancelled episodes again; try at once what waits for the next attempt.",
        Action.REPAIR: "Queue failed episodes again, to fetch what is missing of them and nothing else.",
        Action.START: "Run its episodes at once, whatever they wait for, beyond the number of slots (32 at most).",
    },
)
