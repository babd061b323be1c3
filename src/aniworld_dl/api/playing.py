"""Answers to a player: whole bodies and ranges of them, ended at once when the player or the service goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from aniworld_dl.api.live import first_of, until_gone, until_set
from aniworld_dl.asked_range import asked_range
from aniworld_dl.errors import leading_error

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from aniworld_dl.media.watch.bodies import Body
    from aniworld_dl.queue.watching import Watching


class Playing(Response):
    """Waits for a body, sends what is asked of it, and lets go of it, whatever ends that."""

    def __init__(
        self,
        watching: Watching,
        body: Callable[[], Awaitable[Body]],
        *,
        headers: Mapping[str, str],
        ends: Mapping[str, asyncio.Event],
    ) -> None:
        self._watching = watching
        self._body = body
        self._range = headers.get("range")
        self._ends = ends
        self.status_code = 200
        self.background = None
        self.init_headers(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            AniworldDlError: there is nothing to send.
        """
        try:
            with self._watching.seat():
                await first_of(
                    player_gone=until_gone(receive),
                    player_writer=self._write(send, head=scope["method"] == "HEAD"),
                    **{f"player_{name}": until_set(event) for name, event in self._ends.items()},
                )
        except BaseExceptionGroup as failures:
            raise leading_error(failures) from failures

    async def _write(self, send: Send, *, head: bool) -> None:
        body = await self._body()
        try:
            await self._send(send, body, head=head)
        finally:
            await body.aclose()

    async def _send(self, send: Send, body: Body, *, head: bool) -> None:
        size = body.size_bytes
        headers = {"content-type": body.content_type, "accept-ranges": "bytes"}
        try:
            part = asked_range(self._range, size)
        except ValueError:
            await _head(send, 416, {"content-range": f"bytes */{size}", "content-length": "0"})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        start, stop = part or (0, size)
        if part is not None:
            headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
        await _head(send, 200 if part is None else 206, {**headers, "content-length": str(stop - start)})
        if not head:
            pieces = body.read(start, stop)
            try:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            finally:
                await pieces.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
