"""One action for many jobs and episodes."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import BAD_BODY, EngineDep, answer, documented
from aniworld_dl.api.schemas.actions import ActionsIn, ActionsOut, Management
from aniworld_dl.api.visits import note, shown_ids
from aniworld_dl.model import Action

router = APIRouter(prefix="/api", tags=["queue"])


@router.post("/actions", response_model=ActionsOut, responses=documented(*BAD_BODY))
async def act(body: ActionsIn, request: Request, engine: EngineDep) -> JSONResponse:
    """Do one thing to many items, in one transaction. What a single item would be refused is listed."""
    note(request, **_about(body))
    actions, selection = engine.actions, body.selection()
    match body.action:
        case Management.REMOVE:
            return answer(await actions.remove(selection, files=body.files))
        case Management.SET:
            return answer(await actions.set(selection, **body.changes()))
        case Management.CLEAR:
            return answer(await actions.clear(body.ended(), files=body.files))
    return answer(await actions.act(selection, Action(body.action)))


def _about(body: ActionsIn) -> dict[str, Any]:
    """Return what the audit trail says of it."""
    chosen: dict[str, Any] = {"all": True} if body.all else {}
    ids = {"jobs": body.jobs, "episodes": body.episodes}
    return {"action": str(body.action), **chosen, **{name: shown_ids(each) for name, each in ids.items() if each}}
