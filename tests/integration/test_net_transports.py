"""Both carriers act alike against a real server, plain and over TLS."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

from aniworld_dl.config import Settings
from aniworld_dl.errors import (
    AddressRefusedError,
    BodyTruncatedError,
    ConnectError,
    ConnectionLostError,
    HttpStatusError,
    NetError,
    StalledError,
)
from aniworld_dl.model import ByteRange
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.carriers import carrier_factory
from aniworld_dl.net.client import HttpClient
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.transport import PinnedTransport
from tests.fakes.clock import FakeClock
from tests.fakes.names import FakeResolver
from tests.integration.net_server import OK, Authority, Call, Server, backlog_full, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.net.response import Response
    from tests.integration.net_server import Answer

HOST = "origin.example"
LONG = 400_000  # more than any buffer on the way reads at once
IMPATIENT: dict[str, Any] = {"connect_timeout_s": 1.0, "read_timeout_s": 0.3}


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@dataclass
class Bench:
    """Makes servers and clients for one kind of carrier and one scheme."""

    kind: str
    scheme: str
    authority: Authority
    stack: AsyncExitStack
    resolver: FakeResolver = field(default_factory=lambda: FakeResolver({HOST: ["127.0.0.1"]}))

    async def serve(self, answer: Answer, *hosts: str) -> Server:
        tls = self.authority.context(hosts or (HOST,)) if self.scheme == "https" else None
        return await self.stack.enter_async_context(serve(answer, tls=tls))

    async def client(self, *, trusts_authority: bool = True, **settings: Any) -> HttpClient:
        chosen = Settings.model_construct(
            **{"transport": self.kind, "allowed_private_networks": ["127.0.0.0/8"]} | settings
        )
        guard = AddressGuard(chosen.allowed_private_networks, resolver=self.resolver)
        carriers = carrier_factory(chosen, ca_pem=self.authority.pem if trusts_authority else None)
        transport = PinnedTransport(AddressBook(guard, FakeClock()), carriers)
        client = HttpClient(chosen, FakeClock(auto_advance=True), transport=transport, resolver=self.resolver)
        return await self.stack.enter_async_context(client)

    def url(self, server: Server, path: str = "/", host: str = HOST) -> str:
        return f"{self.scheme}://{host}:{server.port}{path}"


@asynccontextmanager
async def bench_of(kind: str, scheme: str, authority: Authority) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(kind, scheme, authority, stack)


@pytest.fixture(params=["pyreqwest-http", "pyreqwest-https", "httpx-http", "httpx-https"])
async def bench(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    kind, _, scheme = request.param.partition("-")
    async with bench_of(kind, scheme, authority) as made:
        yield made


@pytest.fixture(params=["pyreqwest", "httpx"])
async def plain(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    async with bench_of(request.param, "http", authority) as made:
        yield made


@pytest.fixture(params=["pyreqwest", "httpx"])
async def secure(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    async with bench_of(request.param, "https", authority) as made:
        yield made


async def body_of(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


async def get(client: HttpClient, url: str) -> bytes:
    async with client.stream(url) as response:
        return await body_of(response)


async def say_hello(call: Call) -> None:
    await call.send(OK)


# ------------------------------------------------------------------------------------------------------------- success


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
    assert max(map(len, chunks)) <= 65536


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
            assert chunk in {b"a", b"b"}
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


# ------------------------------------------------------------------------------------------------------------ failures


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


# -------------------------------------------------------------------------------------------------------------- endings


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


# ------------------------------------------------------------------------------------------------------------------ TLS


async def test_the_server_is_told_the_name_it_is_asked_for(secure: Bench) -> None:
    server = await secure.serve(say_hello)
    client = await secure.client()
    await get(client, secure.url(server))
    assert server.calls[0].server_name == HOST


async def test_a_certificate_for_another_name_is_refused(secure: Bench) -> None:
    server = await secure.serve(say_hello, "other.example")
    client = await secure.client()
    with pytest.raises(ConnectError, match=f"no connection to {HOST}"):
        await get(client, secure.url(server))
    assert server.calls == []


async def test_a_certificate_of_an_unknown_authority_is_refused(secure: Bench) -> None:
    server = await secure.serve(say_hello)
    client = await secure.client(trusts_authority=False)
    with pytest.raises(ConnectError):
        await get(client, secure.url(server))


async def test_an_address_needs_a_certificate_of_its_own(secure: Bench) -> None:
    client = await secure.client()
    server = await secure.serve(say_hello, "127.0.0.1")
    assert await get(client, secure.url(server, host="127.0.0.1")) == b"hello"
    server = await secure.serve(say_hello, HOST)
    with pytest.raises(ConnectError):
        await get(client, secure.url(server, host="127.0.0.1"))


async def test_two_names_of_one_address_never_share_a_connection(secure: Bench) -> None:
    """The connection made for one name has proved nothing about the other."""
    secure.resolver.names["second.example"] = ["127.0.0.1"]
    server = await secure.serve(say_hello, HOST)
    client = await secure.client()
    await get(client, secure.url(server))
    with pytest.raises(ConnectError):
        await get(client, secure.url(server, host="second.example"))
    assert [call.server_name for call in server.calls] == [HOST]


# ----------------------------------------------------------------------------------------------------------------- IPv6


async def test_ipv6_addresses_and_names(plain: Bench) -> None:
    plain.resolver.names["six.example"] = ["::1"]
    client = await plain.client(allowed_private_networks=["::1/128"])
    server = await plain.stack.enter_async_context(serve(say_hello, host="::1"))
    assert await get(client, plain.url(server, host="[::1]")) == b"hello"
    assert await get(client, plain.url(server, host="six.example")) == b"hello"
    assert server.calls[0].headers["host"] == f"[::1]:{server.port}"


async def test_the_name_is_not_looked_up_by_anyone_else(bench: Bench) -> None:
    """The name does not exist outside this test, in any spelling: who connects uses the pinned address."""
    server = await bench.serve(say_hello, HOST, "xn--bcher-kva.example", "under_score.example")
    bench.resolver.default = "127.0.0.1"
    client = await bench.client()
    for host in ["ORIGIN.example", "origin.example.", "bücher.example"]:
        assert await get(client, bench.url(server, host=host)) == b"hello"
    assert [call.headers["host"].partition(":")[0] for call in server.calls] == [
        "origin.example",
        "origin.example",
        "xn--bcher-kva.example",
    ]
