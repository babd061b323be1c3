"""A reader that leaves takes its connection along, and gives its slot back."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.net.bench import Bench, get
from tests.integration.net.server import OK, Call


async def test_leaving_early_closes_the_connection(bench: Bench) -> None:
    gone = asyncio.Event()

    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
        await call.hung_up()
        gone.set()

    client = await bench.client()
    server = await bench.serve(answer)
    async with client.stream(bench.url(server)) as response:
        async for _ in response.chunks():
            break
    await gone.wait()


async def test_a_cancellation_in_the_body_closes_the_connection_and_frees_the_slot(bench: Bench) -> None:
    gone = asyncio.Event()

    async def answer(call: Call) -> None:
        if call.path == "/next":
            await call.send(OK)
        else:
            await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
            await call.hung_up()
            gone.set()

    client = await bench.client(connections_per_host=1)
    server = await bench.serve(answer)
    reading = asyncio.Event()

    async def read() -> None:
        async with client.stream(bench.url(server)) as response:
            async for _ in response.chunks():
                reading.set()

    task = asyncio.create_task(read())
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone.wait()
    assert await get(client, bench.url(server, "/next")) == b"hello"


async def test_a_cancellation_before_the_head_frees_the_slot_and_no_answer_is_mixed_up(bench: Bench) -> None:
    """The connection is closed at the latest when the server answers; nobody else is given that answer."""
    asked, go_on, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer(call: Call) -> None:
        if call.path == "/next":
            await call.send(OK)
            return
        asked.set()
        await go_on.wait()
        try:
            await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
            await call.hung_up()
        finally:
            gone.set()

    client = await bench.client(connections_per_host=1)
    server = await bench.serve(answer)
    task = asyncio.create_task(get(client, bench.url(server)))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await get(client, bench.url(server, "/next")) == b"hello"
    go_on.set()
    await gone.wait()
    assert server.connections == 2
