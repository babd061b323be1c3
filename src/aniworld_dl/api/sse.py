"""The same live messages as server-sent events, for where a proxy breaks WebSocket."""

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aniworld_dl.api.live import first_of, until_gone, until_set
from aniworld_dl.api.routers.common import EngineDep, documented
from aniworld_dl.api.visits import caller_of
from aniworld_dl.clock import Clock
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.queue.events import Hub

router = APIRouter(tags=["live"])

KEEP_ALIVE_S: Final = 15.0
"""A comment this often keeps proxies from closing a quiet stream."""

_SEQ: Final = re.compile(r'"seq":\s*(\d+)')
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Streams the hub's messages until the client has gone or one of `ends` is set."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, since: int | None, *, ends: Mapping[str, asyncio.Event], clock: Clock) -> None:
        self._hub = hub
        self._since = since
        self._ends = ends
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the stream."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await first_of(
            sse_reader=until_gone(receive),
            sse_writer=self._write(send),
            sse_keep_alive=self._keep_alive(send),
            **{f"sse_{name}": until_set(event) for name, event in self._ends.items()},
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        async with self._hub.subscribe(self._since) as messages:
            async for message in messages:
                await self._chunk(send, f"id: {_seq_of(message)}\ndata: {message}\n\n")

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await self._clock.sleep(KEEP_ALIVE_S)
            await self._chunk(send, ": keep-alive\n\n")

    async def _chunk(self, send: Send, text: str) -> None:
        async with self._one_at_a_time:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


@router.get(
    "/api/events",
    status_code=200,
    response_class=EventStream,
    response_description="A stream of messages: a snapshot, then patches; the event's id is the message's `seq`.",
    responses=documented(RequestInvalidError),
)
async def events(
    request: Request,
    engine: EngineDep,
    since: Annotated[int | None, Query(ge=0, description="Continue after this `seq`.")] = None,
    last_event_id: Annotated[str | None, Header(description="The same, sent by a browser that reconnects.")] = None,
) -> Response:
    """Send live messages as server-sent events."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        since = int(last_event_id)
    state = request.app.state
    ends = {"closing": state.closing, "access": caller_of(request).ended}
    return EventStream(engine.hub, since, ends=ends, clock=state.clock)


def _seq_of(message: str) -> str:
    found = _SEQ.search(message)
    return found.group(1) if found else ""
