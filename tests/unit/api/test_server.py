"""What of the server cannot be seen from outside within a test's time."""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import TYPE_CHECKING

import pytest
import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState

from aniworld_dl.api.server import _bind_error, _frame, _WebSocketProtocol

if TYPE_CHECKING:
    from fastapi import FastAPI

    from aniworld_dl.config import Settings
    from tests.fakes.engine import FakeEngine

HANDSHAKE = (
    b"GET /api/ws HTTP/1.1\r\nhost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Wire(asyncio.Transport):
    """A connection whose other side takes nothing: closing it politely never ends."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.aborted = asyncio.Event()
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted.set()


@pytest.fixture
def quiet() -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


async def test_a_client_that_answers_no_ping_is_cut_off_not_waited_for(
    quiet: None, app: FastAPI, engine: FakeEngine
) -> None:
    config = uvicorn.Config(app, log_config=None, ws_ping_interval=0.001, ws_ping_timeout=0.001)
    config.load()
    protocol, wire = _WebSocketProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(HANDSHAKE)
    await engine.hub.until(subscribers=1)
    await wire.aborted.wait()
    protocol.connection_lost(None)
    await engine.hub.until(subscribers=0)
    assert b" 101 " in wire.written
    await asyncio.gather(*protocol.tasks)


async def test_a_message_is_framed_once_for_all_who_get_it(quiet: None, app: FastAPI, engine: FakeEngine) -> None:
    """As the very bytes that the library would make of it; after the end of a connection nothing is written."""
    config = uvicorn.Config(app, log_config=None, ws_per_message_deflate=False)
    config.load()
    protocol, wire = _WebSocketProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(HANDSHAKE)
    await engine.hub.until(subscribers=1)
    text = '{"type":"patch","title":"\u00e4"}' * 40
    assert _frame(text) is _frame(text)
    before = len(wire.written)
    await protocol.send({"type": "websocket.send", "text": text})
    ours = wire.written[before:]
    protocol.conn.send_text(text.encode())
    assert ours == b"".join(protocol.conn.data_to_send()) == _frame(text)
    protocol.connection_lost(None)
    with pytest.raises(ClientDisconnected):
        await protocol.send({"type": "websocket.send", "text": text})
    assert wire.written[before:] == ours
    await engine.hub.until(subscribers=0)
    await asyncio.gather(*protocol.tasks)


async def test_to_who_sent_what_is_no_message_nothing_more_is_sent(
    quiet: None, app: FastAPI, engine: FakeEngine
) -> None:
    config = uvicorn.Config(app, log_config=None)
    config.load()
    protocol, wire = _WebSocketProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(HANDSHAKE)
    await engine.hub.until(subscribers=1)
    protocol.data_received(b"\xff\xff\xff\xff")
    for message in ({"type": "websocket.send", "text": "{}"}, {"type": "websocket.close"}):
        with pytest.raises(ClientDisconnected):
            await protocol.send(message)  # type: ignore[arg-type]
    protocol.connection_lost(None)
    await engine.hub.until(subscribers=0)
    await asyncio.gather(*protocol.tasks)


@pytest.mark.parametrize(
    ("number", "key", "words"),
    [
        (errno.EADDRINUSE, "port", "another program"),
        (errno.EACCES, "port", "below 1024"),
        (errno.EADDRNOTAVAIL, "host", "no such address"),
    ],
)
def test_why_it_cannot_listen_names_the_setting(number: int, key: str, words: str, settings: Settings) -> None:
    error = _bind_error(settings, OSError(number, "what the system says"))
    assert error.params["key"] == key
    assert words in str(error)
