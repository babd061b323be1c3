"""What a server says well arrives, from both carriers alike."""

from __future__ import annotations

import asyncio
import gzip
from typing import Literal

import pytest

from aniworld_dl.config import Settings
from aniworld_dl.errors import (
    AddressRefusedError,
)
from aniworld_dl.model import ByteRange
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.integration.net.bench import HOST, Bench, body_of, get, say_hello
from tests.integration.net.server import OK, Call, serve


async def test_a_request_reaches_the_pinned_address_under_its_own_name(bench: Bench) -> None:
    """Host header, path, query and header fields are the same from both carriers, and nothing is added."""
    server = await bench.serve(say_hello)
    client = await bench.client()
    headers = {"X-A": "ü", "Cookie": "c=1"}
    url = bench.url(server, "/a%2Fb/c d?x=%2F&y=a+b&z=[1]")
    async with client.stream(url, headers=headers, byte_range=ByteRange(start=0, stop=5)) as response:
        assert response.status == 200
        assert response.content_length == 5
        assert await body_of(response) == b"hello"
    (call,) = server.calls
    assert call.request_line == "GET /a%2Fb/c%20d?x=%2F&y=a+b&z=[1] HTTP/1.1"
    assert call.headers.pop("user-agent").startswith("aniworld-dl/")
    fields = {name: value for name, value in call.headers.items() if name != "user-agent"}
    assert fields == {
        "host": f"{HOST}:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "range": "bytes=0-4",
        "x-a": "ü",
        "cookie": "c=1",
    }


async def test_a_name_is_looked_up_once_and_its_connection_used_again(bench: Bench) -> None:
    server = await bench.serve(say_hello)
    client = await bench.client()
    for _ in range(3):
        assert await get(client, bench.url(server)) == b"hello"
    assert server.connections == 1
    assert len(set(bench.resolver.asked)) == 1


async def test_a_large_body_arrives_whole_in_bounded_pieces(bench: Bench) -> None:
    body = bytes(range(256)) * 8192

    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body)

    client = await bench.client()
    server = await bench.serve(answer)
    async with client.stream(bench.url(server)) as response:
        chunks = [chunk async for chunk in response.chunks()]
    assert b"".join(chunks) == body
    assert max(map(len, chunks)) <= 524_288


async def test_a_piece_is_handed_over_as_soon_as_it_is_there(bench: Bench) -> None:
    """The server sends the rest only when the client has the first piece."""
    first = asyncio.Event()

    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        await first.wait()
        await call.send(b"b")

    client = await bench.client()
    server = await bench.serve(answer)
    async with client.stream(bench.url(server)) as response:
        async for chunk in response.chunks():
            assert bytes(chunk) in {b"a", b"b"}
            first.set()


async def test_a_body_without_a_length_ends_with_the_connection(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
        call.writer.close()

    client = await plain.client()
    assert await get(client, plain.url(await plain.serve(answer))) == b"hello"


async def test_a_chunked_body_is_joined(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n!!!\r\n0\r\n\r\n")

    client = await plain.client()
    assert await get(client, plain.url(await plain.serve(answer))) == b"hello!!!"


async def test_what_follows_the_announced_length_is_no_part_of_the_body(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        await call.send(OK + b"HTTP/1.1 200 OK\r\n")

    client = await plain.client()
    assert await get(client, plain.url(await plain.serve(answer))) == b"hello"


async def test_compression_nobody_asked_for_is_undone(plain: Bench) -> None:
    packed = gzip.compress(b"x" * 100_000)

    async def answer(call: Call) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        await call.send(head % len(packed), packed)

    client = await plain.client()
    assert await get(client, plain.url(await plain.serve(answer))) == b"x" * 100_000


async def test_a_redirect_is_followed_by_the_client_and_checked(plain: Bench) -> None:
    async def answer(call: Call) -> None:
        target = {"/a": b"/end", "/b": b"http://inside.example/"}.get(call.path)
        moved = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"
        await call.send(OK if target is None else moved % target)

    plain.resolver.names["inside.example"] = ["10.0.0.1"]
    client = await plain.client()
    server = await plain.serve(answer)
    assert await get(client, plain.url(server, "/a")) == b"hello"
    with pytest.raises(AddressRefusedError):
        await get(client, plain.url(server, "/b"))


async def test_a_proxy_in_the_environment_is_not_used(plain: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect to an address that nobody checked."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client = await plain.client()
    assert await get(client, plain.url(await plain.serve(say_hello))) == b"hello"


@pytest.mark.parametrize("kind", ["auto", "pyreqwest", "httpx"])
async def test_the_client_as_the_product_makes_it(kind: Literal["auto", "pyreqwest", "httpx"]) -> None:
    """With the system's names, its own transport, and one trusted endpoint."""
    settings = Settings.model_construct(transport=kind)
    async with serve(say_hello) as server:
        trusted = [("127.0.0.1", server.port), ("::1", server.port)]
        async with HttpClient(settings, FakeClock(), trusted_endpoints=trusted) as client:
            fetched = await client.get_bytes(f"http://localhost:{server.port}/", limit_bytes=5)
            assert fetched.body == b"hello"
            with pytest.raises(AddressRefusedError):
                await client.get_bytes(f"http://localhost:{server.port + 1}/", limit_bytes=5)
