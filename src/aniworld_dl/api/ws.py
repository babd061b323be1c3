"""Live messages over WebSocket: first a snapshot, then patches."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from aniworld_dl.api.door import SUBPROTOCOL
from aniworld_dl.api.live import first_of, until_gone, until_set
from aniworld_dl.api.routers.common import EngineDep
from aniworld_dl.api.visits import caller_of
from aniworld_dl.engine import Engine

router = APIRouter()

_GOING_AWAY: Final = 1001
_ACCESS_ENDED: Final = 4401
"""The key was revoked, or the session is over. 4000 to 4999 are for applications (RFC 6455 7.4.2)."""


@router.websocket("/api/ws")
async def live(
    websocket: WebSocket,
    engine: EngineDep,
    since: Annotated[int | None, Query(ge=0, description="Continue after this `seq`.")] = None,
) -> None:
    """Send every message of the hub until the client has gone, may listen no more, or the service stops."""
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    ended = caller_of(websocket).ended
    await first_of(
        ws_reader=until_gone(websocket.receive),
        ws_writer=_write(websocket, engine, since),
        ws_access=until_set(ended),
    )
    if ended.is_set() and websocket.client_state is websocket.application_state is WebSocketState.CONNECTED:
        await websocket.close(_ACCESS_ENDED)


async def _write(websocket: WebSocket, engine: Engine, since: int | None) -> None:
    try:
        async with engine.hub.subscribe(since) as messages:
            async for message in messages:
                await websocket.send_text(message)
        await websocket.close(_GOING_AWAY)
    except WebSocketDisconnect:
        return
