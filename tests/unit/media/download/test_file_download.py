"""A plain file over several connections: slow start, answers that break, and what a run asks for at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import DiskFullError, IncompleteError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.download.file_pace import Pace
from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock, settle
from tests.fakes.site import Body, Endless, whole_or_range
from tests.media_builders import file_track, media_of
from tests.unit.media.download.test_hedges import finished, until_only_one_hangs
from tests.unit.media.downloading import Download, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aniworld_dl.model import Media

DATA = bytes(range(256)) * 20
PATH = "/whole.mp4"


@pytest.fixture
def media(run: Download) -> Media:
    run.site.files[PATH] = DATA
    return media_of(file_track(len(DATA), 500))


def ranges(run: Download) -> list[str]:
    return [request.headers["range"].removeprefix("bytes=") for request in run.site.requests]


async def test_the_second_connection_waits_for_the_first_bytes_and_so_on_doubling(run: Download, media: Media) -> None:
    """Answers are let through one by one."""
    gates = [asyncio.Event() for _ in range(9)]
    waiting: list[int] = []
    original = run.site.handle

    async def handle(request: httpx.Request) -> httpx.Response:
        number = len(waiting)
        waiting.append(number)
        await gates[number].wait()
        return await original(request)

    run.site.handle = handle  # type: ignore[method-assign]
    task = asyncio.create_task(run(media, connections=8))
    for open_gates, at_once in ((0, 1), (1, 2), (2, 4), (3, 6)):
        for gate in gates[:open_gates]:
            gate.set()
        while len(waiting) < at_once:  # noqa: ASYNC110 - the requests wake nobody
            await asyncio.sleep(0)
        await settle(50)
        assert len(waiting) - open_gates <= at_once
    for gate in gates:
        gate.set()
    run.site.handle = original  # type: ignore[method-assign]
    assert stored(await task) == {"whole.bin": DATA}


async def test_a_file_of_one_piece_takes_one_connection(run: Download) -> None:
    run.site.files[PATH] = DATA
    await run(media_of(file_track(len(DATA), len(DATA))), connections=8)
    assert ranges(run) == [f"0-{len(DATA) - 1}"]


@pytest.mark.parametrize("connections", [2, 4, 64])
async def test_every_piece_is_stored_once(run: Download, media: Media, connections: int) -> None:
    folder = await run(media, connections=connections)
    assert stored(folder) == {"whole.bin": DATA}
    assert sorted(run.stored) == [(0, index) for index in range(11)]
    assert run.progress.wasted_bytes == 0
    assert run.progress.bytes_done == len(DATA)


@pytest.mark.parametrize("cut", [1, 499, 500, 1700])
async def test_an_answer_that_breaks_costs_only_what_was_not_whole(run: Download, media: Media, cut: int) -> None:
    fields = {"content-range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"}
    broken = httpx.Response(206, headers=fields, stream=Body(DATA[:cut], httpx.ReadError("reset")))
    run.site.answers[PATH] = [broken]
    folder = await run(media, connections=1)
    assert stored(folder) == {"whole.bin": DATA}
    assert ranges(run)[1].startswith(f"{cut // 500 * 500}-")
    assert run.progress.wasted_bytes == cut % 500
    assert run.progress.retries == 1


@pytest.mark.parametrize("at", [0, 700])
async def test_an_answer_that_ends_early_is_noticed(run: Download, media: Media, at: int) -> None:
    fields = {"content-range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"}
    run.site.answers[PATH] = [httpx.Response(206, headers=fields, stream=Body(DATA[:at] or b"?"))]
    folder = await run(media, connections=1)
    assert stored(folder) == {"whole.bin": DATA}
    assert run.progress.retries == 1


async def test_a_piece_that_cannot_be_had_is_left_out_and_the_rest_comes(run: Download, media: Media) -> None:
    run.site.answers[PATH] = [_unless(501)] * 99
    with pytest.raises(IncompleteError, match="1 segment could not be fetched"):
        await run(media, connections=1)
    assert run.progress.segments_done == 10
    run.site.answers[PATH] = []
    run.site.requests.clear()
    folder = await run(media)
    assert ranges(run) == ["500-999"]
    assert stored(folder) == {"whole.bin": DATA}


def _unless(missing: int) -> Callable[[httpx.Request], httpx.Response]:
    """Answer a range as far as a byte that is missing, and with an error where it begins there."""

    def answer(request: httpx.Request) -> httpx.Response:
        start, last = map(int, request.headers["range"].removeprefix("bytes=").split("-"))
        if start <= missing < start + 500:
            return httpx.Response(404)
        whole = whole_or_range(request, DATA)
        if start <= missing <= last:
            return httpx.Response(206, headers=whole.headers, stream=Body(whole.content[: missing - start], _RESET))
        return whole

    return answer


_RESET = httpx.ReadError("reset")


async def test_a_full_disk_ends_it_at_once(run: Download, media: Media) -> None:
    async with run.open(media) as work:
        await in_thread((work.path / "t0/whole.bin").symlink_to, "/dev/full")
        with pytest.raises(DiskFullError):
            await run.into(work, connections=1)
    assert run.site.asked.total() == 1


async def test_a_full_disk_ends_the_second_request_for_a_piece_too(run: Download, media: Media) -> None:
    run.site.clock = FakeClock()
    fields = {"content-range": f"bytes 0-1499/{len(DATA)}"}
    run.site.answers[PATH] = [httpx.Response(206, headers=fields, stream=Endless(b"?"))]
    async with run.open(media) as work:
        task: asyncio.Task[Path] = asyncio.create_task(_into(run, work))
        await until_only_one_hangs(run, task, 10)
        await in_thread(_fill, work.path / "t0/whole.bin")
        with pytest.raises(DiskFullError):
            await finished(run, task)


async def _into(run: Download, work: object) -> Path:
    await run.into(work, connections=4)  # type: ignore[arg-type]
    raise AssertionError


def _fill(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/full")


async def test_a_second_request_that_fails_leaves_the_first_alone(run: Download, media: Media) -> None:
    run.site.clock = FakeClock()
    fields = {"content-range": f"bytes 0-1499/{len(DATA)}"}
    hanging = Endless(b"?" * 100)
    run.site.answers[PATH] = [httpx.Response(206, headers=fields, stream=hanging)]
    task = asyncio.create_task(run(media, connections=4))
    await until_only_one_hangs(run, task, 10)
    run.site.answers[PATH] = [httpx.Response(500)] * 3
    await run.site.clock.run(30.0)
    assert ranges(run)[-1] == "0-499"
    assert ranges(run).count("0-499") == 3
    assert not hanging.is_closed
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_written_beside_another_who_may_still_write(run: Download, media: Media) -> None:
    """The faster request has all its bytes; they wait until the slower one has let go of the file."""
    run.site.clock = FakeClock()
    fields = {"content-range": f"bytes 0-1499/{len(DATA)}"}
    hanging = Endless(b"?" * 100)
    hanging.may_close.clear()
    run.site.answers[PATH] = [httpx.Response(206, headers=fields, stream=hanging)]
    task = asyncio.create_task(run(media, connections=4))
    await until_only_one_hangs(run, task, 10)
    await run.site.clock.run(5.0)
    await settle(200)
    assert ranges(run)[-1] == "0-499"
    assert (0, 0) not in run.stored
    hanging.may_close.set()
    assert stored(await task) == {"whole.bin": DATA}


# ------------------------------------------------------------------------------------------------------------- pace


def test_the_rate_is_that_of_whole_pieces_since_the_answer() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    pace.sent()
    clock.advance(0.5)
    pace.answered()
    assert (pace.wait_s, pace.rate, pace.rate_now(None)) == (0.5, None, None)
    for _ in range(4):
        clock.advance(0.25)
        pace.stored()
    assert pace.rate == 4.0
    clock.advance(0.25)
    assert pace.rate_now(None) == 4.0


def test_a_piece_that_takes_longer_than_usual_tells_the_rate_of_now() -> None:
    clock = FakeClock()
    attempt = DownloadProgress(media_of(file_track(1000, 500)), Meter(clock)).attempt(0, 0, 500)
    pace = Pace(clock)
    pace.answered()
    clock.advance(1.0)
    assert pace.rate_now(attempt) is None
    attempt.add(50)
    assert pace.rate_now(attempt) == pytest.approx(0.1)
    pace.stored()
    clock.advance(10.0)
    assert pace.rate_now(attempt) == pytest.approx(0.01)
    assert pace.rate_now(None) == pytest.approx(0.001)


async def test_a_request_is_as_long_as_makes_asking_cheap(run: Download) -> None:
    """A piece a second, answers after 0.1 s: 6 pieces are 64 times that."""
    clock = run.site.clock = FakeClock()
    run.site.files[PATH] = DATA

    class Steady(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for start in range(0, 400, 100):
                clock.advance(1.0)
                yield DATA[start : start + 100]
            raise _RESET

    def first(_: httpx.Request) -> httpx.Response:
        clock.advance(0.1)
        return httpx.Response(206, headers={"content-range": f"bytes 0-1999/{len(DATA)}"}, stream=Steady())

    run.site.answers[PATH] = [first]
    await run(media_of(file_track(2000, 100, size_bytes=len(DATA))), connections=1)
    assert ranges(run)[:2] == ["0-1999", "400-999"]
