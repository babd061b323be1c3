"""Taking back what was cancelled, removed or cleared."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import Cursor, EngineDep, Limit, answer, documented
from aniworld_dl.api.schemas.actions import RestoredOut, UndoPage
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.errors import NotFoundError, RequestInvalidError

router = APIRouter(prefix="/api/undo", tags=["queue"])

UndoId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The id that the action was answered with.")]


@router.get("", response_model=UndoPage, responses=documented(RequestInvalidError))
async def list_undoable(engine: EngineDep, limit: Limit = 100, cursor: Cursor = None) -> JSONResponse:
    """List what can be undone, the newest first, a page at a time."""
    return answer(await engine.actions.undoable(limit=limit, cursor=cursor))


@router.post("/{undo_id}", response_model=RestoredOut, responses=documented(NotFoundError, RequestInvalidError))
async def undo(undo_id: UndoId, engine: EngineDep) -> JSONResponse:
    """Bring back what was cancelled or removed, with its files. What ran waits, with all that it had fetched."""
    return answer(await engine.actions.undo(undo_id))
