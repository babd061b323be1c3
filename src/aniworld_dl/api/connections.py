"""Bounds of what clients may hold open: connections at a time, and bytes and seconds of a request on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

HEAD_WITHIN_S: Final = 20.0
"""How long the head of a request may take, from the connection or from its first byte on."""
BODY_WITHIN_S: Final = 300.0
"""How long its body may take from there."""
MOST_HEAD_BYTES: Final = 256 * 1024
_MOST: Final = 4096
_KEPT: Final = 512
"""File handles for downloads, files and the database."""
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: 21\r\n\r\ntoo many connections\n"
)
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

_log = get_logger(__name__)


def most_connections(handles: int | None) -> int:
    """Return how many clients may be connected where a process may have so many handles; None for any number."""
    return _MOST if handles is None else min(_MOST, max(handles - _KEPT, handles // 2))


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol of one connection, which ends it where it is one too many, too slow or too much.

    WebSocket connections begin as one of these, and count as long as they are open.
    """

    def __init__(self, *arguments: Any, most: int, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._most = most
        self._head_bytes = 0
        self._reads_head = True
        self._due: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or refuse where as many as may be are here."""
        super().connection_made(transport)
        self._due = self.loop.time() + HEAD_WITHIN_S
        if len(self.connections) > self._most:
            if len(self.connections) == self._most + 1:
                _log.warning("connections_full", most=self._most)
            self._end(_FULL)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as a head comes in time and has an end."""
        if self._reads_head:
            self._head_bytes += len(data)
            self._due = self._due or self.loop.time() + HEAD_WITHIN_S
        super().data_received(data)
        if self._reads_head and self._head_bytes > MOST_HEAD_BYTES:
            self._end(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Wait for the body, if there is one."""
        self._reads_head = False
        self._due = self.loop.time() + BODY_WITHIN_S
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing until the next request begins."""
        self._reads_head, self._head_bytes, self._due = True, 0, None
        super().on_message_complete()

    def end_if_late(self, now: float) -> None:
        """End it when the request on its way is late; `now` in seconds of the loop's clock."""
        cycle: Any = self.cycle  # None before the first request
        answers = self._reads_head and cycle is not None and not cycle.response_complete
        if self._due is not None and now >= self._due and not answers:
            self._end(_TOO_LATE)

    def _end(self, words: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(words)
            self.transport.close()


def end_late(connections: Iterable[object], now: float) -> None:
    """End those whose requests are late; call it often."""
    for connection in connections:
        if isinstance(connection, BoundedHttp):
            connection.end_if_late(now)
