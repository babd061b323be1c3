"""Whatever bytes come to the port: the service goes on answering, and nothing of them stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx
import psutil
import pytest

from aniworld_dl.api.server import serve
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine

CONNECTS: Final = int(os.environ.get("ANIWORLD_DL_TEST_CONNECTS", "150"))
AT_A_TIME: Final = 25
CLOSED_WITHIN_S: Final = 30.0
MIB: Final = 1024 * 1024


def handshake(port: int, *lines: str) -> bytes:
    usual = [
        "GET /api/ws HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    return "\r\n".join([*usual, *lines, "", ""]).encode("latin-1")


def frame(opcode: int, body: bytes, *, length: int | None = None, masked: bool = True, final: bool = True) -> bytes:
    """Return a frame, whose length may be a lie."""
    size = len(body) if length is None else length
    mask = 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += bytes([mask | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + body


def attacks(port: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield what is sent over a connection each."""
    whole = handshake(port)
    yield "nothing", b""
    yield "half a request", whole[: len(whole) // 2]
    yield "garbage", chance.randbytes(4096)
    yield "garbage after the handshake", whole + chance.randbytes(4096)
    yield "a head without an end", whole[:-2] + b"X: " + b"a" * MIB
    yield "very many headers", handshake(port, *(f"X-{number}: a" for number in range(5000)))
    yield "another version", whole.replace(b"Version: 13", b"Version: 99")
    yield "a bad key", whole.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"\xff\xfe")
    yield "many subprotocols", handshake(port, "Sec-WebSocket-Protocol: " + ", ".join(f"p{n}" for n in range(2000)))
    yield "compression", handshake(port, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8")
    yield "a foreign page", handshake(port, "Origin: https://evil.example")
    yield "a foreign host", whole.replace(b"127.0.0.1", b"evil.example")
    yield "two lengths", whole.replace(b"GET", b"POST") + b"5\r\nhello\r\n0\r\n\r\n"
    yield "the head of a huge frame", whole + frame(2, b"x", length=1 << 40)
    yield "a length without bounds", whole + frame(2, b"x", length=(1 << 63) + 5)
    yield "a large message", whole + frame(1, b"x" * MIB)
    yield (
        "a large message in pieces",
        whole
        + b"".join([frame(1, b"x" * 4096, final=False), *(frame(0, b"x" * 4096, final=False) for _ in range(256))]),
    )
    yield "half a frame", whole + frame(1, b"hello", length=500)
    yield "a frame without a mask", whole + frame(1, b"hello", masked=False)
    yield "a piece of nothing", whole + frame(0, b"hello")
    yield "a long ping", whole + frame(9, b"x" * 126)
    yield "a ping in pieces", whole + frame(9, b"x", final=False)
    yield "very many pings", whole + frame(9, b"x") * 5000
    yield "pongs nobody asked for", whole + frame(10, b"x") * 5000
    yield "reserved bits", whole + bytes([0xF1, 0x80, 0, 0, 0, 0])
    yield "an unknown kind", whole + frame(3, b"x") + frame(11, b"x")
    yield "no text", whole + frame(1, b"\xff\xfe\xed\xa0\x80")
    yield "a close that is none", whole + frame(8, b"\x00")
    yield "a close for a reserved reason", whole + frame(8, struct.pack(">H", 1005) + b"\xff")
    yield "words after the end", whole + frame(8, struct.pack(">H", 1000)) + frame(1, b"still here") * 100


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[int, FakeEngine]]:
    """The service on a port of its own, with an engine that downloads nothing."""
    engine = FakeEngine(settings)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    @asynccontextmanager
    async def make(_: Settings) -> AsyncIterator[Engine]:
        yield engine

    async with asyncio.TaskGroup() as group:
        group.create_task(
            serve(settings.model_copy(update={"port": 0}), on_ready=ready.set_result, engine_factory=make, stop=stop)
        )
        try:
            yield int((await ready).rpartition(":")[2]), engine
        finally:
            engine.hub.close()
            stop.set()


async def send(port: int, data: bytes, *, politely: bool) -> None:
    """Send, read what comes at once, and go: with a goodbye or without."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(OSError):
        writer.write(data)
        await writer.drain()
        if data:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await reader.read(256)
    if politely:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    else:
        writer.transport.abort()


@pytest.mark.timeout(60 + CONNECTS // 10)
async def test_no_bytes_disturb_the_service(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(7)
    process = psutil.Process()
    async with served(settings) as (port, engine), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for name, data in attacks(port, chance):
            for politely in (True, False):
                await send(port, data, politely=politely)
            assert (await client.get("/healthz")).status_code == 200, name
        await nobody_is_left(engine)
        handles, memory = process.num_fds(), process.memory_info().rss
        await crowd(port, client)
        await nobody_is_left(engine)
        assert process.num_fds() <= handles + AT_A_TIME
        assert process.memory_info().rss <= memory + 64 * MIB
        assert (await client.get("/healthz")).status_code == 200
    assert [record.message for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


async def crowd(port: int, client: httpx.AsyncClient) -> None:
    """Connect very often, most of it with garbage at the end."""
    chance = random.Random(11)
    chosen = [data for name, data in attacks(port, chance) if len(data) < 64 * 1024]
    for start in range(0, CONNECTS, AT_A_TIME):
        async with asyncio.TaskGroup() as group:
            for number in range(start, start + AT_A_TIME):
                data = chance.choice(chosen)
                cut = data[: chance.randrange(len(data) + 1)]
                group.create_task(send(port, cut, politely=number % 2 == 0), name=f"connect-{number}")
        assert (await client.get("/healthz")).status_code == 200


async def nobody_is_left(engine: FakeEngine) -> None:
    """Wait until the service has seen that all clients have gone."""
    async with asyncio.timeout(CLOSED_WITHIN_S):
        await engine.hub.until(subscribers=0)
