"""The client's rules, over a transport without a network."""

from __future__ import annotations

import asyncio
import gzip
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.config import Settings
from aniworld_dl.errors import (
    AddressRefusedError,
    BodyTruncatedError,
    ConnectError,
    ConnectionLostError,
    HttpStatusError,
    NameNotResolvedError,
    NetError,
    RequestInvalidError,
    SourceChangedError,
    StalledError,
    TooLargeError,
    TooManyRedirectsError,
    UnsupportedMediaError,
    UrlInvalidError,
)
from aniworld_dl.model import ByteRange
from aniworld_dl.net.client import MOST_REDIRECTS, HttpClient
from tests.fakes.clock import FakeClock, settle
from tests.fakes.names import FakeResolver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aniworld_dl.net.response import Response

URL = "https://a.example/v/list.m3u8?token=secret"
SETTINGS = Settings.model_construct(connections_per_host=2, attempts_per_segment=3)


class Wire:
    """Answers by `answer` and keeps the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def handler(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer if isinstance(self._answer, httpx.Response) else self._answer(request)

    def client(self, *, clock: FakeClock | None = None, resolver: FakeResolver | None = None) -> HttpClient:
        return HttpClient(
            SETTINGS,
            clock or FakeClock(auto_advance=True),
            transport=httpx.MockTransport(self.handler),
            resolver=resolver or FakeResolver(),
        )


class Body(httpx.AsyncByteStream):
    """A body in pieces; an exception among them is raised, an event is waited for."""

    def __init__(self, *pieces: bytes | Exception | asyncio.Event) -> None:
        self.pieces = pieces
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed += 1


def answer(*pieces: bytes | Exception | asyncio.Event, status: int = 200, **headers: str | int) -> httpx.Response:
    fields = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    body = Body(*pieces)
    return httpx.Response(status, headers=fields, stream=body, extensions={"body": body})


def closings(response: httpx.Response) -> int:
    body = response.extensions["body"]
    assert isinstance(body, Body)
    return body.closed


async def body_of(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


# ------------------------------------------------------------------------------------------------------------- answers


async def test_an_answer_is_handed_over() -> None:
    sent = answer(b"ab", b"cde", content_length=5, content_type="Text/HTML; charset=utf-8", etag='"e"')
    wire = Wire(sent)
    async with wire.client() as client, client.stream(URL) as response:
        assert (response.url, response.status) == (URL, 200)
        assert response.headers["ETag"] == '"e"'
        assert response.content_type == "text/html"
        assert response.content_length == response.total_bytes == 5
        assert response.content_range is None
        assert await body_of(response) == b"abcde"
    assert closings(sent) == 1
    assert wire.requests[0].url == URL
    assert wire.requests[0].method == "GET"
    assert wire.requests[0].headers["host"] == "a.example"


async def test_an_answer_may_say_nothing_about_itself() -> None:
    async with Wire(answer(b"abc")).client() as client, client.stream(URL) as response:
        assert (response.content_length, response.total_bytes, response.content_type) == (None, None, None)
        assert await body_of(response) == b"abc"


@pytest.mark.parametrize("length", ["x", "-5", "5, 5", ""])
async def test_a_length_that_is_none_is_ignored(length: str) -> None:
    async with Wire(answer(b"abc", content_length=length)).client() as client, client.stream(URL) as response:
        assert response.content_length is None
        assert await body_of(response) == b"abc"


async def test_chunked_transfer_overrides_a_length() -> None:
    sent = answer(b"abc", content_length=99, transfer_encoding="chunked")
    async with Wire(sent).client() as client, client.stream(URL) as response:
        assert response.content_length is None
        assert await body_of(response) == b"abc"


@pytest.mark.parametrize("pieces", [(b"abc",), (), (b"abcdef",)])
async def test_a_body_of_another_length_is_an_error(pieces: tuple[bytes, ...]) -> None:
    async with Wire(answer(*pieces, content_length=5)).client() as client, client.stream(URL) as response:
        with pytest.raises(BodyTruncatedError) as caught:
            await body_of(response)
    received = sum(map(len, pieces))
    assert caught.value.params == {"host": "a.example", "received_bytes": received, "expected_bytes": 5}


async def test_a_body_compressed_all_the_same_is_decompressed_and_its_raw_length_checked() -> None:
    packed = gzip.compress(b"x" * 1000)
    sent = answer(packed[:10], packed[10:], content_encoding="GZIP", content_length=len(packed))
    async with Wire(sent).client() as client, client.stream(URL) as response:
        assert response.total_bytes is None
        assert await body_of(response) == b"x" * 1000
    assert closings(sent) == 1
    sent = answer(packed, content_encoding="gzip", content_length=len(packed) + 1)
    async with Wire(sent).client() as client, client.stream(URL) as response:
        with pytest.raises(BodyTruncatedError) as caught:
            await body_of(response)
    assert caught.value.params["received_bytes"] == len(packed)


async def test_a_compressed_body_that_is_damaged_is_an_error() -> None:
    sent = answer(b"no gzip", content_encoding="gzip", content_length=7)
    async with Wire(sent).client() as client, client.stream(URL) as response:
        with pytest.raises(ConnectionLostError):
            await body_of(response)


async def test_a_compression_nobody_knows_is_an_error() -> None:
    sent = answer(b"abc", content_encoding="identity, gzip, br")
    async with Wire(sent).client() as client, client.stream(URL) as response:
        with pytest.raises(UnsupportedMediaError, match="gzip, br"):
            await body_of(response)


async def test_an_answer_is_closed_when_its_reader_fails_or_leaves_early() -> None:
    sent = answer(b"ab", b"cd", content_length=4)

    async def read(client: HttpClient) -> None:
        async with client.stream(URL) as response:
            async for _ in response.chunks():
                raise ValueError("reader")

    async with Wire(sent).client() as client:
        with pytest.raises(ValueError, match="reader"):
            await read(client)
    assert closings(sent) == 1


async def test_a_cancelled_reader_closes_the_answer_and_gives_its_slot_back() -> None:
    stuck = answer(b"ab", asyncio.Event(), content_length=4)
    wire = Wire(lambda request: stuck if request.url.path == "/stuck" else answer())
    async with wire.client() as client:
        started = asyncio.Event()

        async def read() -> None:
            async with client.stream("https://a.example/stuck") as response:
                async for _ in response.chunks():
                    started.set()

        client.hosts.resize(1)
        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closings(stuck) == 1
        async with client.stream(URL):
            pass


# --------------------------------------------------------------------------------------------------- errors of servers


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503, 304, 300, 302])
async def test_a_status_that_is_no_success_is_an_error(status: int) -> None:
    """A redirect that leads nowhere too."""
    sent = answer(b"no", status=status)
    async with Wire(sent).client() as client:
        with pytest.raises(HttpStatusError) as caught:
            async with client.stream(URL):
                pass
    assert caught.value.params == {
        "host": "a.example",
        "status": status,
        "url": "https://a.example/v/list.m3u8",
        "retry_after_s": None,
    }
    assert closings(sent) == 1


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, "7", 7.0), (429, None, 1.0), (503, "7", 7.0), (503, None, 0.0), (429, "86400", 300.0), (500, "7", 0.0)],
)
async def test_a_server_that_wants_a_pause_gets_it(status: int, header: str | None, seconds: float) -> None:
    clock = FakeClock()
    wire = Wire(lambda request: answer() if "ok" in request.url.path else refusal)
    refusal = answer(status=status, **({} if header is None else {"retry_after": header}))
    async with wire.client(clock=clock) as client:
        with pytest.raises(HttpStatusError) as caught:
            async with client.stream(URL):
                pass
        assert caught.value.retry_after_s == (None if header is None else float(header))

        async def next_one(host: str) -> None:
            async with client.stream(f"https://{host}/ok"):
                pass

        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(next_one("a.example"))
            other = group.create_task(next_one("b.example"))
            await clock.run(max(seconds - 0.01, 0.0))
            assert other.done()
            assert waiting.done() is (seconds == 0)
            await clock.run(0.02)
            assert waiting.done()


FAULTS: Mapping[str, tuple[Exception, type[NetError], str]] = {
    "connect timeout": (httpx.ConnectTimeout("x"), ConnectError, "no answer within 10 s"),
    "refused": (httpx.ConnectError("All connection attempts failed"), ConnectError, "All connection attempts failed"),
    "silent": (httpx.ReadTimeout("x"), StalledError, "sent nothing for 30"),
    "deaf": (httpx.WriteTimeout("x"), StalledError, "sent nothing for 30"),
    "reset": (httpx.ReadError(""), ConnectionLostError, "ReadError"),
    "garbage": (httpx.RemoteProtocolError("bad status line"), ConnectionLostError, "bad status line"),
    "talkative": (
        httpx.ReadError("for url (https://u:p@a.example/x?token=secret) and http://b/?secret"),
        ConnectionLostError,
        r"for url \(https://a.example/x\) and http://b/$",
    ),
    "long": (httpx.ReadError("x" * 5000), ConnectionLostError, "x{200}$"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_failure_before_the_answer_is_one_of_ours(name: str) -> None:
    raised, expected, text = FAULTS[name]

    def fail(_request: httpx.Request) -> httpx.Response:
        raise raised

    async with Wire(fail).client() as client:
        with pytest.raises(expected, match=text) as caught:
            async with client.stream(URL):
                pass
    assert caught.value.params["host"] == "a.example"
    assert caught.value.retryable
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    ("raised", "length", "expected"),
    [
        (httpx.ReadTimeout("x"), 5, StalledError),
        (httpx.ReadError("reset"), 5, ConnectionLostError),
        (httpx.RemoteProtocolError("short"), 5, BodyTruncatedError),
        (httpx.RemoteProtocolError("bad chunk"), None, ConnectionLostError),
        (httpx.RemoteProtocolError("too late to matter"), 2, ConnectionLostError),
    ],
)
async def test_every_failure_in_the_body_is_one_of_ours(
    raised: Exception, length: int | None, expected: type[NetError]
) -> None:
    sent = answer(b"ab", raised, **({} if length is None else {"content_length": length}))
    async with Wire(sent).client() as client, client.stream(URL) as response:
        with pytest.raises(expected) as caught:
            await body_of(response)
    assert caught.value.__cause__ is raised
    if expected is BodyTruncatedError:
        assert caught.value.params["received_bytes"] == 2


# ------------------------------------------------------------------------------------------------------------ addresses


async def test_addresses_are_checked_whatever_the_transport() -> None:
    wire = Wire(answer())
    resolver = FakeResolver({"inside.example": ["10.0.0.1"]}, default=None)
    async with wire.client(resolver=resolver) as client:
        for url, expected in [
            ("http://inside.example/", AddressRefusedError),
            ("http://127.0.0.1/", AddressRefusedError),
            ("http://gone.example/", NameNotResolvedError),
            ("ftp://a.example/", UrlInvalidError),
        ]:
            with pytest.raises(expected):
                async with client.stream(url):
                    pass
    assert wire.requests == []


async def test_allowed_networks_and_trusted_endpoints_are_taken_from_the_caller() -> None:
    wire = Wire(lambda _request: answer())
    settings = SETTINGS.model_copy(update={"allowed_private_networks": ["10.0.0.0/8"]})
    transport = httpx.MockTransport(wire.handler)
    trusted = [("127.0.0.1", 8081)]
    async with HttpClient(settings, FakeClock(), trusted_endpoints=trusted, transport=transport) as client:
        for url in ["http://10.1.1.1/", "http://127.0.0.1:8081/"]:
            async with client.stream(url):
                pass
        with pytest.raises(AddressRefusedError):
            async with client.stream("http://127.0.0.1:8082/"):
                pass


async def test_headers_that_cannot_be_sent_are_refused() -> None:
    async with Wire(answer()).client() as client:
        with pytest.raises(RequestInvalidError):
            async with client.stream(URL, headers={"X": "a\r\nb"}):
                pass


# ------------------------------------------------------------------------------------------------------------ redirects


def redirects(**steps: str) -> Wire:
    """Answer paths named in `steps` with a redirect, all others with a body."""

    def reply(request: httpx.Request) -> httpx.Response:
        step = steps.get(request.url.path.strip("/"))
        return answer(b"end") if step is None else answer(b"moved", status=302, location=step)

    return Wire(reply)


async def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    wire = redirects(a="/b?x=1", b="https://c.example/d/e")
    async with wire.client() as client, client.stream("https://a.example/a") as response:
        assert response.url == "https://c.example/d/e"
        assert await body_of(response) == b"end"
    assert [str(request.url) for request in wire.requests] == [
        "https://a.example/a",
        "https://a.example/b?x=1",
        "https://c.example/d/e",
    ]


async def test_each_address_of_a_redirect_is_checked() -> None:
    wire = redirects(a="http://inside.example/", b="file:///etc/passwd", c="http://2130706433/")
    async with wire.client(resolver=FakeResolver({"inside.example": ["192.168.0.1"]})) as client:
        for path, expected in [("a", AddressRefusedError), ("b", UrlInvalidError), ("c", UrlInvalidError)]:
            with pytest.raises(expected):
                async with client.stream(f"https://a.example/{path}"):
                    pass
    assert len(wire.requests) == 3


async def test_secrets_stay_with_their_host() -> None:
    wire = redirects(a="/b", b="https://other.example/c", c="https://a.example/d")
    headers = {"Cookie": "c", "X-Token": "t", "User-Agent": "Browser/1"}
    byte_range = ByteRange(start=0, stop=3)
    url = "https://u:p@a.example/a"
    async with wire.client() as client, client.stream(url, headers=headers, byte_range=byte_range) as response:
        assert response.status == 200
    seen = [{"cookie", "x-token", "authorization"} & set(request.headers) for request in wire.requests]
    assert seen == [{"cookie", "x-token", "authorization"}] * 2 + [set()] * 2
    assert {request.headers["user-agent"] for request in wire.requests} == {"Browser/1"}
    assert {request.headers["range"] for request in wire.requests} == {"bytes=0-2"}


async def test_an_endless_chain_ends() -> None:
    wire = redirects(a="/b", b="/a")
    async with wire.client() as client:
        with pytest.raises(TooManyRedirectsError) as caught:
            async with client.stream("https://a.example/a?token=secret"):
                pass
    assert caught.value.params == {"url": "https://a.example/a", "count": MOST_REDIRECTS}
    assert len(wire.requests) == MOST_REDIRECTS + 1


async def test_a_redirect_gives_the_first_hosts_slot_back_before_it_asks_for_the_next() -> None:
    """Two that redirect to one another cannot wait for each other."""
    wire = Wire(
        lambda request: (
            answer()
            if request.url.path == "/end"
            else answer(status=307, location=f"https://{'b' if request.url.host == 'a.example' else 'a'}.example/end")
        )
    )
    async with wire.client() as client:
        client.hosts.resize(1)

        async def read(host: str) -> None:
            async with client.stream(f"https://{host}.example/start"):
                await settle()

        async with asyncio.TaskGroup() as group:
            for host in "abab":
                group.create_task(read(host))
    assert len(wire.requests) == 8


# --------------------------------------------------------------------------------------------------------------- ranges

WANTED = ByteRange(start=10, stop=20)


@pytest.mark.parametrize(
    ("content_range", "total"),
    [("bytes 10-19/100", 100), ("bytes 10-19/*", None), ("BYTES 10-14/15", 15), (" bytes  10-19/20 ", 20)],
)
async def test_a_fitting_part_is_taken(content_range: str, total: int | None) -> None:
    length = 5 if total == 15 else 10
    sent = answer(b"x" * length, status=206, content_range=content_range)
    wire = Wire(sent)
    async with wire.client() as client, client.stream(URL, byte_range=WANTED) as response:
        assert response.status == 206
        assert response.total_bytes == total
        assert response.content_range is not None
        assert (response.content_range.start, response.content_range.stop) == (10, 10 + length)
        assert await body_of(response) == b"x" * length
    assert wire.requests[0].headers["range"] == "bytes=10-19"


@pytest.mark.parametrize(
    ("content_range", "expected"),
    [
        ("bytes 0-9/100", SourceChangedError),
        ("bytes 11-19/100", SourceChangedError),
        ("bytes 10-20/100", SourceChangedError),
        ("bytes 10-9/100", SourceChangedError),
        ("items 10-19/100", SourceChangedError),
        ("", SourceChangedError),
        ("bytes 10-14/100", BodyTruncatedError),
        ("bytes 10-14/*", BodyTruncatedError),
    ],
)
async def test_another_part_is_an_error(content_range: str, expected: type[Exception]) -> None:
    async with Wire(answer(b"x" * 10, status=206, content_range=content_range)).client() as client:
        with pytest.raises(expected) as caught:
            async with client.stream(URL, byte_range=WANTED):
                pass
    assert "secret" not in str(caught.value)


async def test_a_part_must_have_the_length_its_head_says() -> None:
    sent = answer(b"x" * 9, status=206, content_range="bytes 10-19/100", content_length=9)
    async with Wire(sent).client() as client, client.stream(URL, byte_range=WANTED) as response:
        with pytest.raises(BodyTruncatedError):
            await body_of(response)


async def test_a_compressed_part_is_an_error() -> None:
    sent = answer(b"x" * 10, status=206, content_range="bytes 10-19/100", content_encoding="gzip")
    async with Wire(sent).client() as client:
        with pytest.raises(UnsupportedMediaError):
            async with client.stream(URL, byte_range=WANTED):
                pass


async def test_a_server_without_ranges_is_left_to_the_caller() -> None:
    wire = Wire(answer(b"x" * 100, content_length=100))
    async with wire.client() as client, client.stream(URL, byte_range=WANTED) as response:
        assert (response.status, response.total_bytes) == (200, 100)
        assert len(await body_of(response)) == 100


# ------------------------------------------------------------------------------------------------------------ get_bytes


async def test_a_small_body_is_read_whole() -> None:
    wire = redirects(a="https://b.example/end?token=1")
    async with wire.client() as client:
        fetched = await client.get_bytes("https://a.example/a", limit_bytes=3)
    assert (fetched.body, fetched.url, fetched.content_type) == (b"end", "https://b.example/end?token=1", None)


async def test_a_failure_that_may_pass_is_retried() -> None:
    answers = [answer(status=503), answer(b"a", content_length=2), answer(b"ab", content_length=2)]
    wire = Wire(lambda _request: answers.pop(0))
    async with wire.client() as client:
        assert (await client.get_bytes(URL, limit_bytes=2)).body == b"ab"
    assert len(wire.requests) == 3


async def test_a_failure_that_stays_ends_after_the_attempts() -> None:
    wire = Wire(lambda _request: answer(status=503))
    async with wire.client() as client:
        with pytest.raises(HttpStatusError):
            await client.get_bytes(URL, limit_bytes=2)
    assert len(wire.requests) == 3


async def test_a_body_over_the_limit_is_refused() -> None:
    """Without reading it where its length is announced, and else as soon as it is over; never a second time."""
    for sent in (
        answer(AssertionError("read"), content_length=6),
        answer(b"abc", b"def", AssertionError("read on")),
        answer(gzip.compress(b"x" * 6), content_encoding="gzip"),
    ):
        wire = Wire(sent)
        async with wire.client() as client:
            with pytest.raises(TooLargeError) as caught:
                await client.get_bytes(URL, limit_bytes=5)
        assert caught.value.params == {"url": "https://a.example/v/list.m3u8", "limit_bytes": 5}
        assert len(wire.requests) == closings(sent) == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (answer(b"cde", status=206, content_range="bytes 2-4/9"), b"cde"),
        (answer(b"cd", status=206, content_range="bytes 2-3/4"), b"cd"),
        (answer(b"abcdefghi", content_length=9), b"cde"),
        (answer(b"a", b"bc", b"d", b"", b"efg", AssertionError("read on"), content_length=9), b"cde"),
        (answer(b"abcd"), b"cd"),
        (answer(b"a"), b""),
    ],
)
async def test_a_range_is_cut_out_where_the_server_sends_everything(sent: httpx.Response, expected: bytes) -> None:
    async with Wire(sent).client() as client:
        fetched = await client.get_bytes(URL, limit_bytes=3, byte_range=ByteRange(start=2, stop=5))
    assert fetched.body == expected


# ---------------------------------------------------------------------------------------------------------------- quiet


async def test_cookies_of_one_answer_are_not_sent_with_the_next() -> None:
    wire = Wire(lambda _request: answer(set_cookie="session=1; Path=/"))
    async with wire.client() as client:
        for _ in range(2):
            async with client.stream(URL):
                pass
    assert all("cookie" not in request.headers for request in wire.requests)


async def test_httpx_logs_no_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Wire(answer()).client() as client, client.stream(URL):
        pass
    logging.getLogger("httpx").info("other arguments: %(kind)s", {"kind": "named"})
    assert "other arguments: named" in caplog.text
    assert "https://a.example/v/list.m3u8" in caplog.text
    assert "secret" not in caplog.text
