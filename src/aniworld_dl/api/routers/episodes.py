"""Episodes: the single files of a job."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import (
    BAD_BODY,
    REMOVED,
    EngineDep,
    EpisodeId,
    Files,
    add_action_routes,
    answer,
    documented,
    removed,
)
from aniworld_dl.api.schemas.actions import EpisodeMoveIn
from aniworld_dl.api.schemas.requests import EpisodePatch
from aniworld_dl.api.schemas.responses import EpisodeOut
from aniworld_dl.engine import Engine
from aniworld_dl.errors import FileFailedError, MoveRefusedError, NotFoundError, RequestInvalidError
from aniworld_dl.model import Action, Selection

router = APIRouter(prefix="/api/episodes", tags=["episodes"])


@router.get("/{episode_id}", response_model=EpisodeOut, responses=documented(NotFoundError, RequestInvalidError))
async def read_episode(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """Return one episode."""
    return answer(await engine.episode(episode_id))


@router.post(
    "/{episode_id}/finish",
    response_model=EpisodeOut,
    responses=documented(NotFoundError, MoveRefusedError, RequestInvalidError),
)
async def finish_episode(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """End the recording of a live episode with what it has by now."""
    return answer(await engine.finish_episode(episode_id))


@router.patch("/{episode_id}", response_model=EpisodeOut, responses=documented(NotFoundError, *BAD_BODY))
async def change_episode(episode_id: EpisodeId, body: EpisodePatch, engine: EngineDep) -> JSONResponse:
    """Change priority or bandwidth limit. What runs notices at once."""
    return answer(await engine.actions.update_episode(episode_id, **body.model_dump(exclude_unset=True)))


@router.delete(
    "/{episode_id}",
    status_code=204,
    responses={**REMOVED, **documented(NotFoundError, RequestInvalidError, FileFailedError)},
)
async def delete_episode(episode_id: EpisodeId, engine: EngineDep, files: Files = False) -> Response:
    """Stop and forget the episode, and its job if that has nothing left. It can be undone.

    A finished file stays unless `files` says otherwise.
    """
    return removed(await engine.actions.remove_one(Selection.of(episodes=[episode_id]), files=files))


@router.post("/{episode_id}/move", response_model=EpisodeOut, responses=documented(NotFoundError, *BAD_BODY))
async def move_episode(episode_id: EpisodeId, body: EpisodeMoveIn, engine: EngineDep) -> JSONResponse:
    """Put the episode elsewhere in its job. What is claimed next follows the new order."""
    return answer(await engine.actions.move_episode(episode_id, body.spot, body.episode_id))


async def _act(engine: Engine, episode_id: int, action: Action) -> dict[str, Any]:
    return await engine.act_on_episode(episode_id, action)


add_action_routes(
    router,
    "episode",
    EpisodeOut,
    _act,
    {
        Action.PAUSE: "Pause the episode. Nothing already fetched is lost.",
        Action.RESUME: "Let a paused episode go on where it was.",
        Action.CANCEL: "Stop and give up the episode.",
        Action.RETRY: "Queue a failed or cancelled episode again; try at once what waits for the next attempt.",
        Action.REPAIR: "Queue a failed episode again, to fetch what is missing of it and nothing else.",
        Action.START: "Run the episode at once, whatever it waits for, beyond the number of slots.",
    },
)
