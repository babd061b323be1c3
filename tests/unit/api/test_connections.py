"""What a client may hold open: so many connections, and a request so long and so large."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
import uvicorn
from uvicorn.server import ServerState

from aniworld_dl.api.connections import (
    BODY_WITHIN_S,
    HEAD_WITHIN_S,
    MOST_HEAD_BYTES,
    BoundedHttp,
    end_late,
    most_connections,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GET: Final = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST: Final = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    @property
    def status(self) -> str:
        return self.written[9:12].decode()


class Bench:
    """A server of which only the protocol is there; its answers wait for `answer`."""

    def __init__(self, most: int) -> None:
        self.state = ServerState()
        self.answer = asyncio.Event()

        async def app(_scope: Any, _receive: Any, send: Callable[[Any], Any]) -> None:
            await self.answer.wait()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

        config = uvicorn.Config(app, lifespan="off", log_config=None, log_level="warning", interface="asgi3")
        config.load()
        self._make = partial(BoundedHttp, config=config, server_state=self.state, app_state={}, most=most)

    def connect(self) -> tuple[BoundedHttp, Wire]:
        protocol, wire = self._make(), Wire()
        protocol.connection_made(wire)
        return protocol, wire

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass, as the server sees them."""
        end_late([*self.state.connections, object()], asyncio.get_running_loop().time() + seconds)

    async def answered(self) -> None:
        """Let all requests be answered."""
        self.answer.set()
        await asyncio.gather(*self.state.tasks)


@pytest.fixture
async def bench() -> Bench:
    return Bench(most=2)


@pytest.mark.parametrize(
    ("handles", "most"), [(None, 4096), (256, 128), (1024, 512), (4096, 3584), (20_000, 4096), (4608, 4096)]
)
def test_there_are_handles_left_for_the_downloads(handles: int | None, most: int) -> None:
    assert most_connections(handles) == most


async def test_one_too_many_is_told_so(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    held = [bench.connect() for _ in range(2)]
    for protocol, wire in [bench.connect() for _ in range(2)]:
        assert (wire.status, wire.closed) == ("503", True)
        assert b"Retry-After" in wire.written
        protocol.connection_lost(None)
    assert not any(wire.closed for _, wire in held)
    held[0][0].connection_lost(None)
    assert not bench.connect()[1].closed
    assert [record.message for record in caplog.records] == ["event=connections_full most=2"]


@pytest.mark.parametrize("begun", [b"", b"GET / HT", GET[:-2], b"\r\n"])
async def test_a_head_that_does_not_come_in_time(bench: Bench, begun: bytes) -> None:
    protocol, wire = bench.connect()
    if begun:
        protocol.data_received(begun)
    bench.wait(HEAD_WITHIN_S - 1)
    assert not wire.closed
    bench.wait(HEAD_WITHIN_S + 1)
    assert (wire.status, wire.closed) == ("408", True)
    bench.wait(HEAD_WITHIN_S + 2)
    assert wire.written.count(b"HTTP/1.1") == 1


async def test_a_body_that_does_not_come_in_time(bench: Bench) -> None:
    protocol, wire = bench.connect()
    protocol.data_received(POST + b"12")
    bench.wait(BODY_WITHIN_S - 1)
    assert not wire.closed
    bench.wait(BODY_WITHIN_S + 1)
    assert (wire.status, wire.closed) == ("408", True)
    await bench.answered()


async def test_an_answer_may_take_as_long_as_it_likes(bench: Bench) -> None:
    """Also when the next request has begun meanwhile; that one has its time from then on."""
    protocol, wire = bench.connect()
    protocol.data_received(GET)
    bench.wait(10 * BODY_WITHIN_S)
    protocol.data_received(GET[:9])
    bench.wait(10 * BODY_WITHIN_S)
    assert not wire.closed
    await bench.answered()
    assert wire.status == "200"
    bench.wait(HEAD_WITHIN_S + 1)
    assert wire.closed


async def test_a_head_without_end(bench: Bench) -> None:
    protocol, wire = bench.connect()
    protocol.data_received(GET[:-2])
    line = b"X: " + b"a" * 1021 + b"\r\n"
    for _ in range(MOST_HEAD_BYTES // len(line)):
        protocol.data_received(line)
    assert not wire.closed
    protocol.data_received(line)
    assert (wire.status, wire.closed) == ("431", True)


async def test_a_large_body_is_no_head(bench: Bench) -> None:
    size = 2 * MOST_HEAD_BYTES
    protocol, wire = bench.connect()
    protocol.data_received(POST.replace(b": 4", f": {size}".encode()) + b"x" * size)
    protocol.data_received(GET)
    assert not wire.closed
    await bench.answered()
