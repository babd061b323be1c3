"""What a server does wrong is the same error from both carriers."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import (
    BodyTruncatedError,
    ConnectError,
    ConnectionLostError,
    HttpStatusError,
    NetError,
    StalledError,
)
from tests.integration.net.server import Call, backlog_full

if TYPE_CHECKING:
    from aniworld_dl.net.client import HttpClient
    from tests.integration.net.server import Answer

from tests.integration.net.bench import HOST, IMPATIENT, LONG, Bench, get, say_hello


async def expect(expected: type[NetError], bench: Bench, answer: Answer, **settings: Any) -> NetError:
    client = await bench.client(**settings)
    server = await bench.serve(answer)
    with pytest.raises(expected) as caught:
        await get(client, bench.url(server, "/x?token=secret"))
    assert caught.value.params["host"] == HOST
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)
    return caught.value


@pytest.mark.parametrize("sent", [0, 5, LONG])
async def test_a_body_cut_short(bench: Bench, sent: int) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LONG * 2) + b"x" * sent)
        call.writer.close()

    error = await expect(BodyTruncatedError, bench, answer)
    assert error.params == {"host": HOST, "received_bytes": sent, "expected_bytes": LONG * 2}


@pytest.mark.parametrize(
    "body", [b"5\r\nhello\r\n", b"5\r\nhel", b"zz\r\nhello\r\n", b"%x\r\n" % LONG + b"x" * 100_000]
)
async def test_a_broken_chunked_body(plain: Bench, body: bytes) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        call.writer.close()

    await expect(ConnectionLostError, plain, answer)


async def test_a_connection_reset_in_the_body(plain: Bench) -> None:
    first = asyncio.Event()

    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
        await first.wait()
        call.reset()

    async def read(client: HttpClient, url: str) -> None:
        async with client.stream(url) as response:
            async for _ in response.chunks():
                first.set()

    client = await plain.client()
    server = await plain.serve(answer)
    with pytest.raises(ConnectionLostError):
        await read(client, plain.url(server))


async def test_a_connection_reset_before_the_head(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        call.reset()

    await expect(ConnectionLostError, plain, answer)


async def test_a_connection_closed_before_the_head(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        call.writer.close()

    await expect(ConnectionLostError, plain, answer)


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"\x00" * 99]
)
async def test_an_answer_that_is_no_http(plain: Bench, reply: bytes) -> None:
    async def answer(call: Call) -> None:
        await call.send(reply)
        call.writer.close()

    await expect(ConnectionLostError, plain, answer)


async def test_a_server_that_never_answers(bench: Bench) -> None:
    async def answer(call: Call) -> None:
        await call.hung_up()

    error = await expect(StalledError, bench, answer, **IMPATIENT)
    assert error.params["timeout_s"] == 0.3


@pytest.mark.parametrize("sent", [5, LONG])
async def test_a_server_that_stops_in_the_body(bench: Bench, sent: int) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LONG * 2) + b"x" * sent)
        await call.hung_up()

    await expect(StalledError, bench, answer, **IMPATIENT)


async def test_a_slow_reader_is_not_a_slow_server(plain: Bench) -> None:
    """While one body waits for its reader another request runs into the read timeout; the first goes on after that."""

    async def answer(call: Call) -> None:
        if call.path == "/silent":
            await call.hung_up()
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LONG * 20), b"x" * LONG * 20)

    client = await plain.client(**IMPATIENT)
    server = await plain.serve(answer)
    received, paused = 0, False
    async with client.stream(plain.url(server)) as response:
        async for chunk in response.chunks():
            received += len(chunk)
            if not paused:
                paused = True
                with pytest.raises(StalledError):
                    await get(client, plain.url(server, "/silent"))
    assert received == LONG * 20


async def test_an_error_status_with_a_broken_body(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\nno")
        call.writer.close()

    await expect(HttpStatusError, plain, answer)


async def test_a_port_where_nobody_listens(plain: Bench) -> None:
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        client = await plain.client()
        with pytest.raises(ConnectError) as caught:
            await get(client, f"http://{HOST}:{held.getsockname()[1]}/?token=secret")
    assert caught.value.params["host"] == HOST
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


async def test_a_connection_that_does_not_come_about(plain: Bench) -> None:
    port, held = backlog_full()
    client = await plain.client(connect_timeout_s=0.2)
    with pytest.raises(ConnectError, match=r"no answer within 0\.2 s"):
        await get(client, f"http://{HOST}:{port}/")
    for each in held:
        each.close()


async def test_the_next_address_is_tried(bench: Bench) -> None:
    """The first address has no listener, the second one has."""
    server = await bench.serve(say_hello)
    bench.resolver.names[HOST] = ["127.0.0.2", "127.0.0.1"]
    client = await bench.client()
    assert await get(client, bench.url(server)) == b"hello"
