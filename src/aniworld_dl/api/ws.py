"""Live messages over WebSocket: first a snapshot, then patches."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from aniworld_dl.api.live import first_of, until_gone
from aniworld_dl.api.routers.common import EngineDep
from aniworld_dl.api.security import SUBPROTOCOL
from aniworld_dl.engine import Engine

router = APIRouter()

_GOING_AWAY: Final = 1001


@router.websocket("/api/ws")
async def live(
    websocket: WebSocket,
    engine: EngineDep,
    since: Annotated[int | None, Query(ge=0, description="Continue after this `seq`.")] = None,
) -> None:
    """Send every message of the hub until the client has gone or the service stops."""
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    await first_of(ws_reader=until_gone(websocket.receive), ws_writer=_write(websocket, engine, since))


async def _write(websocket: WebSocket, engine: Engine, since: int | None) -> None:
    try:
        async with engine.hub.subscribe(since) as messages:
            async for message in messages:
                await websocket.send_text(message)
        await websocket.close(_GOING_AWAY)
    except WebSocketDisconnect:
        return
