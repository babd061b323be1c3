"""Episodes: the single files of a job."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import EngineDep, EpisodeId, answer, documented
from aniworld_dl.api.schemas.responses import EpisodeOut
from aniworld_dl.errors import MoveRefusedError, NotFoundError, RequestInvalidError
from aniworld_dl.model import Action

router = APIRouter(prefix="/api/episodes", tags=["episodes"])


@router.get("/{episode_id}", response_model=EpisodeOut, responses=documented(NotFoundError, RequestInvalidError))
async def read_episode(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
    """Return one episode."""
    return answer(await engine.episode(episode_id))


def _action_route(action: Action) -> Callable[..., Awaitable[JSONResponse]]:
    async def act(episode_id: EpisodeId, engine: EngineDep) -> JSONResponse:
        return answer(await engine.act_on_episode(episode_id, action))

    return act


_ACTIONS = {
    Action.PAUSE: "Pause the episode. Nothing already fetched is lost.",
    Action.RESUME: "Let a paused episode go on where it was.",
    Action.CANCEL: "Stop and give up the episode.",
    Action.RETRY: "Queue a failed or cancelled episode again.",
    Action.REPAIR: "Queue a failed episode again, to fetch what is missing of it and nothing else.",
}

for _action, _description in _ACTIONS.items():
    router.add_api_route(
        f"/{{episode_id}}/{_action}",
        _action_route(_action),
        methods=["POST"],
        operation_id=f"{_action}_episode",
        summary=f"{_action.capitalize()} Episode",
        description=_description,
        response_model=EpisodeOut,
        responses=documented(NotFoundError, MoveRefusedError, RequestInvalidError),
    )
