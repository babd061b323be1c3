"""Plain files: their ranges land in their places, and another file is noticed."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from aniworld_dl.errors import IncompleteError, SourceChangedError
from aniworld_dl.model import ByteRange, Container
from tests.fakes.site import Body
from tests.media_builders import file_track, hls_track, media_of
from tests.unit.media.downloading import Download, stored


@pytest.mark.parametrize("validator", ['"v1"', None])
async def test_ranges_of_a_file_land_in_their_places(run: Download, validator: str | None) -> None:
    data = bytes(range(256)) * 5
    run.site.files["/whole.mp4"] = data
    folder = await run(media_of(file_track(len(data), 500, validator=validator)))
    assert stored(folder) == {"whole.bin": data}
    assert {request.headers.get("if-range") for request in run.site.requests} == {validator}


async def test_a_file_goes_on_where_it_stopped(run: Download) -> None:
    data = bytes(range(256)) * 5
    run.site.files["/whole.mp4"] = data
    media = media_of(file_track(len(data), 500))
    fields = {"content-range": f"bytes 0-{len(data) - 1}/{len(data)}"}
    broken = httpx.Response(206, headers=fields, stream=Body(data[:700], httpx.ReadError("reset")))
    run.site.answers["/whole.mp4"] = [broken, *[httpx.Response(403)] * 2]
    with pytest.raises(IncompleteError, match="2 segments could not be fetched"):
        await run(media, connections=1)
    assert run.progress.segments_done == 1
    folder = await run(media)
    assert [request.headers["range"] for request in run.site.requests[3:]] == ["bytes=500-999", "bytes=1000-1279"]
    assert run.progress.segments_reused == 1
    assert stored(folder) == {"whole.bin": data}


@pytest.mark.parametrize("size", [None, 1000])
async def test_a_file_of_a_server_without_ranges_is_one_piece(run: Download, size: int | None) -> None:
    data = b"x" * 1000
    run.site.answers["/0.ts"] = [httpx.Response(200, stream=Body(data[:400], data[400:]))]
    folder = await run(media_of(hls_track(1, container=Container.FILE, size_bytes=size)))
    assert stored(folder) == {"whole.bin": data}
    assert run.progress.bytes_done == run.progress.total_bytes() == 1000


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"y" * 1280),
        httpx.Response(206, content=b"y" * 1000, headers={"content-range": "bytes 0-999/1281"}),
        httpx.Response(206, content=b"y" * 1000, headers={"content-range": "bytes 0-999/1280", "etag": '"v2"'}),
        httpx.Response(200, content=b"y" * 1281),
    ],
    ids=["whole, as If-Range asks", "other total", "other tag", "other size"],
)
async def test_a_file_that_became_another_is_noticed_at_once(run: Download, answer: httpx.Response) -> None:
    run.site.answers["/whole.mp4"] = [answer]
    with pytest.raises(SourceChangedError):
        await run(media_of(file_track(1280, 500)), connections=2)
    assert run.site.asked["/whole.mp4"] == 1


async def test_a_file_without_ranges_that_has_another_size_by_now(run: Download) -> None:
    run.site.answers["/0.ts"] = [httpx.Response(200, content=b"x" * 999)]
    with pytest.raises(SourceChangedError):
        await run(media_of(hls_track(1, container=Container.FILE, size_bytes=1000)))


async def test_a_resource_in_segments_that_became_another_is_noticed_too(run: Download) -> None:
    track = hls_track(1)
    part = replace(track.segments[0], byte_range=ByteRange(start=188, stop=376))
    run.site.answers["/0.ts"] = [httpx.Response(200, content=b"x" * 999)]
    with pytest.raises(SourceChangedError):
        await run(media_of(replace(track, segments=(part,), validator='"v1"')))
    assert run.site.requests[0].headers["if-range"] == '"v1"'


async def test_a_server_that_sends_all_of_a_small_file_is_right(run: Download) -> None:
    run.site.answers["/whole.mp4"] = [httpx.Response(200, content=b"y" * 300)]
    folder = await run(media_of(file_track(300, 500)))
    assert stored(folder) == {"whole.bin": b"y" * 300}
