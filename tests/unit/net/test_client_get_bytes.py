"""Small bodies are read whole, and nothing of an exchange leaks elsewhere."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import (
    HttpStatusError,
    TooLargeError,
)
from aniworld_dl.model import ByteRange
from tests.unit.net.wire import URL, Wire, answer, closings, redirects

if TYPE_CHECKING:
    import httpx


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


async def test_cookies_of_one_answer_are_not_sent_with_the_next() -> None:
    wire = Wire(lambda _request: answer(set_cookie="session=1; Path=/"))
    async with wire.client() as client:
        for _ in range(2):
            async with client.stream(URL):
                pass
    assert all("cookie" not in request.headers for request in wire.requests)
