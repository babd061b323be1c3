"""What those see who watch an episode while it is downloaded, and after that was interrupted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import NotFoundError, NotWatchableError, PartNotReadyError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.source.sniff import Kind
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.watch.screening import Running
from aniworld_dl.media.watch.show import LONGEST_WAIT_S, Show, Shows
from aniworld_dl.model import Container, InitSection, TrackKind
from tests.fakes.clock import FakeClock, settle
from tests.media_builders import ORIGIN, file_track, hls_track, media_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.model import Media
    from tests.unit.media.downloading import Download


class Hall:
    """A show whose pieces the test stores itself."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.screening = Running(show)

    async def store(self, index: int, data: bytes = b"", *, track: int = 0, start: int = 0) -> None:
        """Put a piece where the download puts it, and tell those who wait."""
        path = self.show.work.segment_path(track, index)
        await in_thread(_write, path, start, data)
        await in_thread(self.show.work.ledger.add, track, index, Entry(size_bytes=len(data), crc32=0))
        self.show.wishes.settled(track, index)

    async def read(self, name: str, *, track: int = 0) -> bytes:
        body = await self.screening.part(track, name)
        try:
            return b"".join([piece async for piece in body.read(0, body.size_bytes)])
        finally:
            await body.aclose()


def _write(path: Any, start: int, data: bytes) -> None:
    path.touch()
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


@pytest.fixture
async def hall(run: Download) -> AsyncIterator[Hall]:
    async with run.open(media_of(hls_track(8))) as work:
        yield Hall(Show(work=work, clock=FakeClock()))


async def hall_of(run: Download, media: Media, **options: Any) -> AsyncIterator[Hall]:
    async with run.open(media) as work:
        yield Hall(Show(work=work, clock=FakeClock(), **options))


async def test_what_is_stored_is_read_at_once(hall: Hall) -> None:
    await hall.store(2, b"plain bytes")
    assert await hall.read("2.ts") == b"plain bytes"
    assert hall.show.wishes.waited_for() == ()
    assert hall.show.wishes.place == (0, 2)


async def test_what_is_not_there_is_waited_for(hall: Hall) -> None:
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(hall.read("5.ts"))
        while not hall.show.wishes.waited_for():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        assert hall.show.wishes.waited_for() == ((0, 5),)
        await hall.store(5, b"late")
    assert reading.result() == b"late"
    assert hall.show.wishes.waited_for() == ()


async def test_waiting_has_an_end(hall: Hall) -> None:
    clock = hall.show.clock
    assert isinstance(clock, FakeClock)
    reading = asyncio.ensure_future(hall.read("5.ts"))
    await clock.wait_for_sleepers()
    clock.advance(LONGEST_WAIT_S - 1)
    await settle()
    assert hall.show.wishes.waited_for() == ((0, 5),)
    clock.advance(1.0)
    with pytest.raises(PartNotReadyError, match="slow"):
        await reading
    assert hall.show.wishes.waited_for() == ()


async def test_who_goes_takes_the_wish_along(hall: Hall) -> None:
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(hall.show.stored(0, 5, longest_s=None))
        while not hall.show.wishes.waited_for():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        reading.cancel()
    assert hall.show.wishes.waited_for() == ()


async def test_what_does_not_run_gives_what_it_has_and_waits_for_nothing(hall: Hall) -> None:
    await hall.store(1, b"kept")
    hall.show.is_running = False
    assert await hall.read("1.ts") == b"kept"
    with pytest.raises(PartNotReadyError, match="not_running"):
        await hall.read("2.ts")


async def test_who_waits_is_told_when_the_download_ends_or_gives_the_piece_up(hall: Hall) -> None:
    shows = Shows()
    with shows.running(7, hall.show):
        first = asyncio.ensure_future(hall.show.stored(0, 5))
        await asyncio.sleep(0)
        hall.show.wishes.settled(0, 5)
        with pytest.raises(PartNotReadyError, match="missing"):
            await first
        second = asyncio.ensure_future(hall.show.stored(0, 5))
        await asyncio.sleep(0)
    with pytest.raises(PartNotReadyError, match="not_running"):
        await second
    assert shows.of(7) is hall.show
    assert shows.of(8) is None


async def test_only_some_interrupted_shows_are_kept(hall: Hall) -> None:
    shows = Shows()
    for episode_id in range(70):
        with shows.running(episode_id, replace(hall.show)):
            pass
    assert shows.of(5) is None
    assert shows.of(6) is not None
    assert shows.of(69) is not None


@pytest.mark.parametrize("name", ["8.ts", "init0.mp4", "x", "../ledger.jsonl"])
async def test_what_the_playlist_does_not_name_is_not_there(hall: Hall, name: str) -> None:
    with pytest.raises(NotFoundError):
        await hall.read(name)
    with pytest.raises(NotFoundError):
        await hall.read("0.ts", track=3)
    with pytest.raises(NotFoundError):
        hall.screening.playlist(3)
    with pytest.raises(NotFoundError):
        await hall.screening.file()


async def test_a_segment_that_went_at_this_moment_is_asked_for_again(hall: Hall) -> None:
    await hall.store(3, b"x")
    hall.show.work.segment_path(0, 3).unlink()
    with pytest.raises(PartNotReadyError, match="moving"):
        await hall.read("3.ts")


async def test_it_tells_how_far_it_is(hall: Hall) -> None:
    for index in (0, 1, 4):
        await hall.store(index)
    programme = hall.screening.programme()
    assert programme.stored == [(0.0, 0.25), (0.5, 0.625)]
    assert (programme.duration_s, programme.growing, programme.whole_file) == (32.0, False, False)
    assert hall.screening.playlist(0).count("#EXTINF") == 8


async def test_init_sections_are_parts_too(run: Download) -> None:
    base = hls_track(2, container=Container.FMP4)
    init = InitSection(uri=f"{ORIGIN}/init")
    media = media_of(replace(base, segments=tuple(replace(item, init=init) for item in base.segments)))
    async for hall in hall_of(run, media):
        await hall.store(-1, b"moov")
        assert await hall.read("init0.mp4") == b"moov"
        assert hall.show.wishes.place is None


@pytest.mark.parametrize(
    ("media", "options", "reason"),
    [
        (media_of(file_track(1000, 100)), {"file_kind": Kind.MATROSKA}, "container"),
        (media_of(hls_track(1, container=Container.FILE)), {"file_kind": Kind.MP4}, "no_ranges"),
        (media_of(hls_track(2, kind=TrackKind.TEXT, container=Container.WEBVTT)), {}, "no_streams"),
        (
            media_of(
                replace(hls_track(2), segments=tuple(replace(each, duration_s=None) for each in hls_track(2).segments))
            ),
            {},
            "no_times",
        ),
    ],
)
async def test_what_cannot_be_played_yet_is_said(
    run: Download, media: Media, options: dict[str, Any], reason: str
) -> None:
    async for hall in hall_of(run, media, **options):
        with pytest.raises(NotWatchableError) as raised:
            hall.screening.programme()
        assert raised.value.params["reason"] == reason


async def test_a_plain_file_is_read_as_its_pieces_come(run: Download) -> None:
    async for hall in hall_of(run, media_of(file_track(1000, 100)), file_kind=Kind.MP4):
        assert hall.screening.programme().whole_file
        with pytest.raises(NotFoundError):
            await hall.screening.part(0, "0.bin")
        await hall.store(0, b"a" * 100)
        body = await hall.screening.file()
        assert (body.size_bytes, body.content_type) == (1000, "video/mp4")
        reading = body.read(50, 250)
        assert await anext(reading) == b"a" * 50
        waiting = asyncio.ensure_future(anext(reading))
        while not hall.show.wishes.waited_for():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        await hall.store(1, b"b" * 100, start=100)
        assert await waiting == b"b" * 100
        await hall.store(2, b"c" * 100, start=200)
        assert [piece async for piece in reading] == [b"c" * 50]
        assert hall.screening.programme().stored == [(0.0, 0.3)]
        await body.aclose()
