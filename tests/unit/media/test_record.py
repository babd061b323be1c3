"""Playlists that grow, by hand: what is fetched, in which rounds, and what ends a recording."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aniworld_dl.errors import ConnectError, HttpStatusError, StalledError
from aniworld_dl.media.record import record
from aniworld_dl.model import Media, Segment
from tests.fakes.clock import settle
from tests.media_builders import hls_track, media_of


class Growing:
    """A playlist that grows, ends or fails when a test says so."""

    def __init__(self, known: int) -> None:
        self._known = known
        self._news: asyncio.Queue[int | BaseException] = asyncio.Queue()

    def grow(self, count: int) -> None:
        self._news.put_nowait(count)

    def end(self) -> None:
        self._news.put_nowait(0)

    def fail(self, error: BaseException) -> None:
        self._news.put_nowait(error)

    async def more(self) -> tuple[Segment, ...]:
        news = await self._news.get()
        if isinstance(news, BaseException):
            raise news
        first, self._known = self._known, self._known + news
        return tuple(Segment(index=index, uri=f"https://o/{index}.ts") for index in range(first, self._known))


class Studio:
    """A recording of one or two tracks of two segments each, and how many segments each round was to fetch."""

    def __init__(self, tracks: int = 1) -> None:
        track = hls_track()
        self.media = media_of(*[replace(track, segments=track.segments[:2])] * tracks)
        self.growing = [Growing(2) for _ in range(tracks)]
        self.rounds: list[list[int]] = []
        self.stop = asyncio.Event()
        self.hold: asyncio.Event | None = None

    async def fetch(self, media: Media) -> None:
        self.rounds.append([len(track.segments) for track in media.tracks])
        if self.hold is not None:
            await self.hold.wait()

    def start(self) -> asyncio.Task[Media]:
        return asyncio.create_task(record(self.media, self.growing, fetch=self.fetch, stop=self.stop))


async def test_every_addition_is_fetched_until_the_end() -> None:
    studio = Studio()
    recording = studio.start()
    await settle()
    studio.growing[0].grow(1)
    await settle()
    studio.growing[0].grow(2)
    studio.growing[0].end()
    whole = await recording
    assert studio.rounds == [[2], [3], [5]]
    assert [segment.index for segment in whole.tracks[0].segments] == [0, 1, 2, 3, 4]


async def test_what_is_added_during_a_round_is_fetched_in_the_next() -> None:
    studio = Studio()
    studio.hold = asyncio.Event()
    recording = studio.start()
    await settle()
    studio.growing[0].grow(1)
    studio.growing[0].grow(1)
    studio.growing[0].end()
    await settle()
    assert studio.rounds == [[2]]
    studio.hold.set()
    assert len((await recording).tracks[0].segments) == 4
    assert studio.rounds == [[2], [4]]


async def test_the_end_without_an_addition_fetches_nothing_again() -> None:
    studio = Studio()
    recording = studio.start()
    await settle()
    studio.growing[0].end()
    await recording
    assert studio.rounds == [[2]]


async def test_tracks_grow_independently_and_all_must_end() -> None:
    studio = Studio(tracks=2)
    recording = studio.start()
    await settle()
    studio.growing[1].grow(2)
    studio.growing[1].end()
    await settle()
    assert studio.rounds == [[2, 2], [2, 4]]
    assert not recording.done()
    studio.growing[0].grow(1)
    studio.growing[0].end()
    assert [len(track.segments) for track in (await recording).tracks] == [3, 4]


async def test_the_user_ends_it_with_what_is_known_by_then() -> None:
    studio = Studio()
    recording = studio.start()
    await settle()
    studio.growing[0].grow(1)
    await settle()
    studio.stop.set()
    assert len((await recording).tracks[0].segments) == 3


@pytest.mark.parametrize(
    "error",
    [
        StalledError(host="o", timeout_s=30.0),
        HttpStatusError(host="o", status=404, url="https://o/x"),
        HttpStatusError(host="o", status=410, url="https://o/x"),
    ],
)
async def test_a_playlist_that_stops_or_disappears_has_ended(error: Exception) -> None:
    studio = Studio()
    recording = studio.start()
    await settle()
    studio.growing[0].grow(1)
    studio.growing[0].fail(error)
    assert len((await recording).tracks[0].segments) == 3
    assert studio.rounds[-1] == [3]


@pytest.mark.parametrize(
    "error", [ConnectError(host="o", reason="refused"), HttpStatusError(host="o", status=500, url="https://o/x")]
)
async def test_a_playlist_that_cannot_be_read_fails_the_recording(error: Exception) -> None:
    """It may go on without us: what was recorded until then would pass for the whole."""
    studio = Studio()
    recording = studio.start()
    await settle()
    studio.growing[0].fail(error)
    with pytest.raises(type(error)):
        await recording


async def test_a_fetch_that_fails_ends_the_following() -> None:
    studio = Studio()

    async def fail(_media: Media) -> None:
        raise ConnectError(host="o", reason="refused")

    with pytest.raises(ConnectError):
        await record(studio.media, studio.growing, fetch=fail, stop=studio.stop)
    assert len(asyncio.all_tasks()) == 1


async def test_a_cancelled_recording_leaves_no_task() -> None:
    studio = Studio()
    recording = studio.start()
    await settle()
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert len(asyncio.all_tasks()) == 1
