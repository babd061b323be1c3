"""What comes back is handed over whole, or is an error."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import (
    BodyTruncatedError,
    ConnectionLostError,
    UnsupportedMediaError,
)
from tests.unit.net.wire import URL, Wire, answer, body_of, closings

if TYPE_CHECKING:
    from aniworld_dl.net.client import HttpClient


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
