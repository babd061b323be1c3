"""Parts of a resource: those that were asked for, or an error."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import (
    BodyTruncatedError,
    SourceChangedError,
    UnsupportedMediaError,
)
from aniworld_dl.model import ByteRange
from tests.unit.net.wire import URL, Wire, answer, body_of

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
