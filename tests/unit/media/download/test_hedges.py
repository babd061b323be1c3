"""The slow end of a download: what hangs is asked for again, the first one to come wins, the other leaves no trace."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.media.download.resolve import SourceLinks
from tests.fakes.clock import FakeClock
from tests.fakes.site import Endless
from tests.media_builders import ORIGIN, file_track, hls_track, media_of, ts_bytes
from tests.unit.media.downloading import Download, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Media


@pytest.fixture
def run(settings: Settings) -> Download:
    """Downloads whose time stands still unless the test moves it."""
    run = Download(settings)
    run.site.clock = FakeClock()
    return run


def moved(media: Media, folder: str) -> Media:
    tracks = [
        replace(
            track, segments=tuple(replace(each, uri=f"{ORIGIN}/{folder}/{each.index}.ts") for each in track.segments)
        )
        for track in media.tracks
    ]
    return media_of(*tracks)


async def until_only_one_hangs(run: Download, task: asyncio.Task[Path], done: int) -> None:
    while getattr(run, "progress", None) is None or run.progress.segments_done < done:  # noqa: ASYNC110 - wakes nobody
        await asyncio.sleep(0)
    assert not task.done()


async def finished(run: Download, task: asyncio.Task[Path]) -> Path:
    """Let time pass in steps until the download has ended."""
    while not task.done():
        run.site.clock.advance(0.1)
        for _ in range(20):
            await asyncio.sleep(0)
    return await task


async def test_a_segment_that_hangs_is_asked_for_again_and_the_first_one_wins(run: Download) -> None:
    media = run.serve(hls_track(9))
    hanging = Endless(ts_bytes(2, fill=8))
    run.site.answers["/8.ts"] = [httpx.Response(200, headers={"content-length": str(5 * 188)}, stream=hanging)]
    task = asyncio.create_task(run(media))
    await until_only_one_hangs(run, task, 8)
    before = run.progress.fraction()
    folder = await finished(run, task)
    assert run.site.asked["/8.ts"] == 2
    assert stored(folder) == {f"{index:06}.ts": ts_bytes(5, fill=index) for index in range(9)}  # and no part file
    assert hanging.is_closed
    assert run.progress.wasted_bytes == 2 * 188
    assert run.progress.bytes_done == 9 * 5 * 188
    assert before < run.progress.fraction() == 1.0
    assert sorted(run.stored) == [(0, index) for index in range(9)]


async def test_the_second_request_may_be_the_slower_one(run: Download) -> None:
    """The first one goes on after all; the part of the second is gone too."""
    media, go_on = run.serve(hls_track(9)), asyncio.Event()

    class Late(httpx.AsyncByteStream):
        async def __aiter__(self) -> Iterator[bytes]:  # type: ignore[override,misc]
            yield ts_bytes(1, fill=8)
            await go_on.wait()
            yield ts_bytes(4, fill=8)

    second = Endless(ts_bytes(3, fill=8))
    run.site.answers["/8.ts"] = [httpx.Response(200, stream=Late()), httpx.Response(200, stream=second)]
    task = asyncio.create_task(run(media))
    await until_only_one_hangs(run, task, 8)
    while run.site.asked["/8.ts"] < 2:
        run.site.clock.advance(0.001)
        await asyncio.sleep(0)
    while run.progress.meter.total_bytes < 8 * 5 * 188 + 4 * 188:  # noqa: ASYNC110 - it wakes nobody
        await asyncio.sleep(0)
    go_on.set()
    folder = await task
    assert stored(folder)["000008.ts"] == ts_bytes(5, fill=8)
    assert len(stored(folder)) == 9
    assert second.is_closed
    assert (run.progress.retries, run.site.asked["/8.ts"]) == (0, 2)
    assert run.progress.wasted_bytes == 3 * 188


async def test_with_too_few_samples_nothing_is_asked_for_twice(run: Download) -> None:
    media = run.serve(hls_track(8))
    run.site.answers["/7.ts"] = [httpx.Response(200, stream=Endless(b""))]
    task = asyncio.create_task(run(media))
    await until_only_one_hangs(run, task, 7)
    await run.site.clock.run(30.0)
    assert run.site.asked["/7.ts"] == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_second_request_that_fails_leaves_the_first_alone(run: Download) -> None:
    media = run.serve(hls_track(9))
    hanging = Endless(ts_bytes(2))
    run.site.answers["/8.ts"] = [httpx.Response(200, stream=hanging), *[httpx.Response(404)] * 3]
    task = asyncio.create_task(run(media))
    await until_only_one_hangs(run, task, 8)
    await run.site.clock.run(30.0)
    assert run.site.asked["/8.ts"] == 1 + 3
    assert not hanging.is_closed
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_mirror_is_asked_where_there_is_one(run: Download) -> None:
    media = run.serve(hls_track(9))
    run.site.files["/mirror/8.ts"] = ts_bytes(5, fill=8)
    run.site.answers["/8.ts"] = [httpx.Response(200, stream=Endless(ts_bytes(1)))]
    sources = [SourceLinks(media), SourceLinks(moved(media, "mirror"))]
    task = asyncio.create_task(run(media, sources=sources))
    await until_only_one_hangs(run, task, 8)
    folder = await finished(run, task)
    assert run.site.asked["/mirror/8.ts"] == run.site.asked["/8.ts"] == 1
    assert stored(folder)["000008.ts"] == ts_bytes(5, fill=8)


async def test_the_last_piece_of_a_file_does_not_wait_for_a_slow_connection(run: Download) -> None:
    """The first connection stops in its first piece: the others take all but that, and at last that too."""
    data = bytes(range(256)) * 20
    run.site.files["/whole.mp4"] = data
    hanging = Endless(b"?" * 100)
    fields = {"content-range": f"bytes 0-1499/{len(data)}"}
    run.site.answers["/whole.mp4"] = [httpx.Response(206, headers=fields, stream=hanging)]
    media = media_of(file_track(len(data), 500))
    task = asyncio.create_task(run(media, connections=4))
    await until_only_one_hangs(run, task, 10)
    folder = await finished(run, task)
    assert stored(folder) == {"whole.bin": data}
    assert hanging.is_closed
    assert run.progress.wasted_bytes == 100
    assert run.progress.bytes_done == len(data)
    assert sorted(run.stored) == [(0, index) for index in range(11)]
    assert run.site.requests[-1].headers["range"] == "bytes=0-499"
