from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.content import Content, Manner
from aniworld_dl.demo.origin import Origin
from aniworld_dl.errors import MuxError
from tests.fakes.clock import settle
from tests.unit.demo.raw import RawClient, connected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fakes.clock import FakeClock

BODY = bytes(range(256)) * 8


async def test_serves_bytes_with_type_length_and_validators(origin: Origin, client: RawClient) -> None:
    origin.add_file("show/seg 1.ts", BODY)
    reply = await client.get("/show/seg%201.ts?token=secret")
    assert (reply.status, reply.body) == (200, BODY)
    assert reply.headers["content-type"] == "video/mp2t"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["etag"].startswith('"')
    assert reply.headers["last-modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"


async def test_one_connection_answers_many_requests_also_when_they_are_sent_ahead(
    origin: Origin, client: RawClient
) -> None:
    origin.add_file("a", b"first")
    origin.add_file("b", b"second")
    client.ask("/a")
    client.ask("/b")
    assert [(await client.reply()).body, (await client.reply()).body] == [b"first", b"second"]


async def test_closes_when_the_client_asks_for_it(origin: Origin, client: RawClient) -> None:
    origin.add_file("a", b"first")
    assert (await client.get("/a", Connection="close")).body == b"first"
    assert await client.reader.read() == b""


async def test_head_has_the_headers_and_no_body(origin: Origin, client: RawClient) -> None:
    origin.add_file("a.mp4", BODY)
    client.ask("/a.mp4", method="HEAD")
    reply = await client.reply(body=False)
    assert (reply.status, reply.headers["content-length"]) == (200, str(len(BODY)))
    assert (await client.get("/a.mp4", Range="bytes=0-0")).body == BODY[:1], "nothing of a body is in the way"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=2040-", slice(2040, 2048)),
        ("bytes=-5", slice(2043, 2048)),
        ("bytes=2047-9999", slice(2047, 2048)),
        ("bytes=-9999", slice(0, 2048)),
    ],
)
async def test_a_range_gives_that_part(origin: Origin, client: RawClient, asked: str, part: slice) -> None:
    origin.add_file("a", BODY)
    reply = await client.get("/a", Range=asked)
    assert (reply.status, reply.body) == (206, BODY[part])
    assert reply.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{len(BODY)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", ""])
async def test_a_range_that_is_none_gives_everything(origin: Origin, client: RawClient, asked: str) -> None:
    origin.add_file("a", BODY)
    assert (await client.get("/a", Range=asked)).status == 200


@pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=9999-10000", "bytes=-0"])
async def test_a_range_outside_is_416(origin: Origin, client: RawClient, asked: str) -> None:
    origin.add_file("a", BODY)
    reply = await client.get("/a", Range=asked)
    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */2048")


async def test_if_range_gives_the_part_only_of_the_same_content(origin: Origin, client: RawClient) -> None:
    origin.add_file("a", BODY)
    before = (await client.get("/a")).headers
    for validator in (before["etag"], before["last-modified"]):
        assert (await client.get("/a", Range="bytes=1-1", If_Range=validator)).status == 206
    origin.add_file("a", BODY[::-1])
    reply = await client.get("/a", Range="bytes=1-1", If_Range=before["etag"])
    assert (reply.status, reply.body) == (200, BODY[::-1])


async def test_a_file_can_be_served_in_another_manner(origin: Origin, client: RawClient) -> None:
    manner = Manner(content_type="text/plain", headers={"Content-Disposition": "attachment"}, ranges=False)
    origin.add_file("a.ts", "späße", manner)
    reply = await client.get("/a.ts", Range="bytes=0-0")
    assert (reply.status, reply.body.decode(), reply.headers["accept-ranges"]) == (200, "späße", "none")
    assert reply.headers["content-type"] == "text/plain"
    assert reply.headers["content-disposition"] == "attachment"


async def test_the_length_can_be_kept_secret(origin: Origin, client: RawClient) -> None:
    origin.add_file("a", b"secret", Manner(chunked=True))
    client.ask("/a")
    _, headers = await client.head()
    assert "content-length" not in headers
    assert headers["transfer-encoding"] == "chunked"
    assert await client.reader.readuntil(b"0\r\n\r\n") == b"6\r\nsecret\r\n0\r\n\r\n"


async def test_serves_files_of_the_disk_as_they_are_now(origin: Origin, client: RawClient, tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"x" * 2_500_000)
    origin.add_file("film.mp4", file)
    first = await client.get("/film.mp4")
    file.write_bytes(b"other")
    second = await client.get("/film.mp4")
    assert (len(first.body), second.body) == (2_500_000, b"other")
    assert first.headers["etag"] != second.headers["etag"]
    file.unlink()
    assert (await client.get("/film.mp4")).status == 404


async def test_serves_a_folder_and_nothing_outside_of_it(origin: Origin, client: RawClient, tmp_path: Path) -> None:
    (tmp_path / "public" / "sub").mkdir(parents=True)
    (tmp_path / "public" / "sub" / "a.key").write_bytes(b"0123")
    (tmp_path / "private").write_text("secret")
    (tmp_path / "public" / "link").symlink_to(tmp_path / "private")
    origin.add_folder("hls", tmp_path / "public")
    assert (await client.get("/hls/sub/a.key")).body == b"0123"
    for path in (
        "/hls/../private",
        "/hls/%2e%2e/private",
        "/hls/link",
        "/hls//../private",
        "/hls/sub",
        "/hls/a%00b",
        "/hlsx/a",
    ):
        assert (await client.get(path)).status == 404, path


@pytest.mark.parametrize("change", [lambda file: file.write_bytes(b"short"), lambda file: file.unlink()])
async def test_a_file_that_shrinks_or_goes_while_it_is_sent_ends_the_connection(
    origin: Origin, client: RawClient, tmp_path: Path, clock: FakeClock, change: Callable[[Path], object]
) -> None:
    """The length is promised by then, so nothing else would be true."""
    file = tmp_path / "film.ts"
    file.write_bytes(b"x" * 1_500_000)
    origin.add_file("film.ts", file)
    origin.rate_bytes_per_s = 1_000_000
    client.ask("/film.ts")
    await clock.wait_for_sleepers()
    change(file)
    origin.rate_bytes_per_s = None
    clock.advance(1)
    _, headers = await client.head()
    body = await client.reader.read()
    assert len(body) < int(headers["content-length"])


async def test_nothing_there_is_404_and_other_methods_are_405(origin: Origin, client: RawClient) -> None:
    assert (await client.get("/nothing")).status == 404
    client.ask("/nothing", method="DELETE")
    reply = await client.reply()
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


async def test_a_body_in_a_request_is_read_over(origin: Origin, client: RawClient) -> None:
    origin.add_file("a", b"first")
    client.ask("/a", Content_Length="4")
    client.write(b"body")
    assert (await client.reply()).body == b"first"
    assert (await client.get("/a")).body == b"first"


async def test_what_is_no_http_is_400_and_the_end(origin: Origin, client: RawClient) -> None:
    client.write(b"GIMME a\r\n\r\n")
    assert (await client.reply()).status == 400
    assert await client.reader.read() == b""
    assert origin.requests == []


async def test_an_error_of_the_product_in_a_shelf_is_500_with_its_words(origin: Origin, client: RawClient) -> None:
    class Broken:
        async def find(self, path: str) -> Content | None:
            raise MuxError(reason="no encoder")

    origin.add_shelf(Broken())
    reply = await client.get("/a")
    assert (reply.status, reply.body.decode().strip()) == (500, "the segments could not be joined: no encoder")


async def test_a_defect_of_the_origin_is_raised_where_it_is_closed() -> None:
    """A test that uses the origin must not pass although the origin failed."""

    class Defective:
        async def find(self, path: str) -> Content | None:
            raise ZeroDivisionError

    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012 - the block is the origin's
        async with Origin() as origin, connected(origin) as client:
            origin.add_shelf(Defective())
            client.ask("/a")
            assert await client.reader.read() == b""
    assert caught.group_contains(ZeroDivisionError)


async def test_closing_ends_answers_that_are_on_their_way(clock: FakeClock) -> None:
    async with Origin(clock=clock, rate_bytes_per_s=1000) as origin:
        origin.add_file("a", BODY)
        client = await RawClient.connect(origin)
        client.ask("/a")
        await clock.wait_for_sleepers()
    _, headers = await client.head()
    assert len(await client.reader.read()) < int(headers["content-length"])
    await client.close()


async def test_the_rate_holds_for_each_connection_and_changes_while_it_sends(
    origin: Origin, client: RawClient, clock: FakeClock
) -> None:
    origin.add_file("a", b"x" * 300_000)
    origin.rate_bytes_per_s = 100_000
    client.ask("/a")
    await clock.wait_for_sleepers()
    await client.head()
    started = clock.monotonic()
    received = 0
    while received < 100_000:
        clock.advance(0.05)
        await settle()
        received += len(await client.reader.read(65536))
    assert clock.monotonic() - started == pytest.approx(1.0, abs=0.06)
    assert origin.rate_bytes_per_s == 100_000
    origin.rate_bytes_per_s = None
    clock.advance(0.25)
    assert len(await client.reader.readexactly(300_000 - received)) == 300_000 - received


def test_addresses_are_quoted(clock: FakeClock) -> None:
    origin = Origin(port=8123, clock=clock)
    assert origin.url("a b/ö?.ts") == "http://127.0.0.1:8123/a%20b/%C3%B6%3F.ts"
    assert origin.endpoint == ("127.0.0.1", 8123)
