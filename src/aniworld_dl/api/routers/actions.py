"""One action for many jobs and episodes."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import BAD_BODY, EngineDep, answer, documented
from aniworld_dl.api.schemas.actions import ActionsIn, ActionsOut, Management
from aniworld_dl.model import Action

router = APIRouter(prefix="/api", tags=["queue"])


@router.post("/actions", response_model=ActionsOut, responses=documented(*BAD_BODY))
async def act(body: ActionsIn, engine: EngineDep) -> JSONResponse:
    """Do one thing to many items, in one transaction. What a single item would be refused is listed."""
    actions, selection = engine.actions, body.selection()
    match body.action:
        case Management.REMOVE:
            return answer(await actions.remove(selection, files=body.files))
        case Management.SET:
            return answer(await actions.set(selection, **body.changes()))
        case Management.CLEAR:
            return answer(await actions.clear(body.ended(), files=body.files))
    return answer(await actions.act(selection, Action(body.action)))
