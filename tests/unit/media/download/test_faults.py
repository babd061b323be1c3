"""What goes wrong at the server, on the disk and in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import (
    BodyTruncatedError,
    ConnectError,
    DiskFullError,
    FileFailedError,
    IncompleteError,
    SegmentInvalidError,
)
from aniworld_dl.media.disk import in_thread
from aniworld_dl.model import ByteRange, Container
from tests.fakes.site import Body, Endless
from tests.media_builders import file_track, hls_track, media_of, ts_bytes
from tests.unit.media.downloading import Download, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(200, stream=Body(ts_bytes(2), httpx.ReadError("reset"))),
        httpx.Response(200, stream=Body(ts_bytes(2)), headers={"content-length": str(5 * 188)}),
        httpx.Response(200, content=ts_bytes(5)[:-1]),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>Please wait</html>"),
        httpx.Response(200, content=ts_bytes(2) + b"<html>"),
        httpx.Response(503, headers={"retry-after": "7"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
    ],
    ids=["reset", "short", "cut packet", "empty", "page", "page inside", "busy", "refused", "stalled"],
)
async def test_a_fault_that_passes_costs_one_more_request(run: Download, fault: httpx.Response | Exception) -> None:
    media = run.serve(hls_track(3))
    run.site.answers["/1.ts"] = [fault]
    folder = await run(media)
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 2, "/2.ts": 1}
    assert stored(folder)["000001.ts"] == ts_bytes(5, fill=1)
    assert run.progress.bytes_done == 15 * 188
    assert run.progress.retries == 1


@pytest.mark.parametrize("status", [404, 403])
async def test_a_final_answer_is_not_argued_with(run: Download, status: int) -> None:
    run.site.answers["/1.ts"] = [httpx.Response(status)]
    with pytest.raises(IncompleteError, match=f"1 segment could not be fetched: .* answered {status}"):
        await run(run.serve(hls_track(3)))
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 1, "/2.ts": 1}


async def test_a_lasting_fault_is_named(run: Download, settings: Settings) -> None:
    media = run.serve(hls_track(3))
    run.site.files["/1.ts"] = b"<!doctype html>"
    with pytest.raises(IncompleteError, match="segment 1 is damaged: a page of text came in its place"):
        await run(media)
    assert run.site.asked["/1.ts"] == settings.attempts_per_segment


async def test_a_host_that_cannot_be_reached_ends_the_others(run: Download, settings: Settings) -> None:
    """The one that fails does not wait for those that never answer."""
    run.site.answers["/0.ts"] = [httpx.ConnectError("refused")] * settings.attempts_per_segment
    run.site.answers["/1.ts"] = [httpx.Response(200, stream=Endless(ts_bytes(1)))]
    with pytest.raises(ConnectError):
        await run(run.serve(hls_track(3)))


@pytest.mark.parametrize("in_segments", [False, True])
async def test_a_body_without_end_stops_at_what_was_announced(run: Download, in_segments: bool) -> None:
    class Flood(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"y" * 300

    def flood(_: httpx.Request) -> httpx.Response:
        return httpx.Response(206, stream=Flood(), headers={"content-range": "bytes 0-499/500"})

    run.site.answers["/whole.mp4"] = [flood] * 6
    media = media_of(file_track(500, 500))
    if in_segments:
        segment = replace(media.tracks[0].segments[0], duration_s=4.0)
        media = media_of(replace(hls_track(1), segments=(segment,), container=Container.WEBVTT))
    with pytest.raises(BodyTruncatedError, match="announced 500 bytes and sent 600"):
        await run(media, connections=1)


async def test_a_playlist_of_ranges_needs_a_server_that_knows_them(run: Download) -> None:
    track = hls_track(1)
    segment = replace(track.segments[0], byte_range=ByteRange(start=188, stop=376))
    run.site.answers["/0.ts"] = [httpx.Response(200, content=ts_bytes(5))] * 6
    with pytest.raises(SegmentInvalidError, match="ignored the byte range"):
        await run(media_of(replace(track, segments=(segment,))))


async def test_cancelled_in_the_middle_it_goes_on_later(run: Download) -> None:
    media = run.serve(hls_track(6))
    run.site.answers["/2.ts"] = [httpx.Response(200, stream=Endless(ts_bytes(1)))]
    task = asyncio.create_task(run(media, connections=2))
    while run.site.asked.total() < 6 or run.progress.segments_done < 5:  # noqa: ASYNC110 - progress wakes nobody
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run(media)
    assert run.site.asked == {**{f"/{index}.ts": 1 for index in range(6)}, "/2.ts": 2}
    assert run.progress.segments_reused == 5


async def test_a_full_disk_ends_the_download_at_once(run: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    media = run.serve(hls_track(3))
    async with run.open(media) as work:
        # every write to this device says that there is no space
        for index in range(3):
            await in_thread(_full_device, work.path / "t0", index)
        with pytest.raises(DiskFullError):
            await run.into(work, connections=1)
    assert run.site.asked.total() == 1


def _full_device(folder: Path, index: int) -> None:
    (folder / f"{index:06}.ts.part").symlink_to("/dev/full")


async def test_a_folder_that_goes_away_is_our_error(run: Download) -> None:
    media = run.serve(hls_track(1))
    async with run.open(media) as work:
        (work.path / "t0").rmdir()
        with pytest.raises(FileFailedError):
            await run.into(work, connections=1)


async def test_a_defect_of_ours_is_not_dressed_up(run: Download) -> None:
    run.site.answers["/0.ts"] = [ZeroDivisionError("a defect")]
    with pytest.raises(ZeroDivisionError):
        await run(run.serve(hls_track(2)))
