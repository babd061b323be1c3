from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import IncompleteError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.mux.feed import Feed, play_order
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Container, TrackKind
from tests.fakes.clock import settle
from tests.media_builders import hls_track, media_of
from tests.stored_media import TARGET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Track

ENTRY = Entry(size_bytes=5, crc32=7)


def lasting(duration_s: float | None, count: int, **changes: object) -> Track:
    track = hls_track(count, **changes)
    return replace(track, segments=tuple(replace(segment, duration_s=duration_s) for segment in track.segments))


def order_of(*tracks: Track) -> str:
    return " ".join(f"{number}:{segment.index}" for number, segment in play_order(media_of(*tracks)))


class Stage:
    """A feed, what it has handed on, and a ledger that is told by hand."""

    def __init__(self, work: WorkFolder) -> None:
        self.work = work
        self.feed = Feed(work)
        self.taken: list[str] = []

    async def take_all(self) -> None:
        async for number, segment in self.feed.in_play_order():
            self.taken.append(f"{number}:{segment.index}")

    async def store(self, track: int, index: int, entry: Entry = ENTRY) -> None:
        await in_thread(self.work.ledger.add, track, index, entry)
        self.feed.stored(track, index)
        await settle()


@asynccontextmanager
async def stage_of(folder: Path, *tracks: Track) -> AsyncIterator[Stage]:
    async with open_work(folder, TARGET, media_of(*tracks)) as work:
        yield Stage(work)


def test_segments_are_in_the_order_in_which_they_play() -> None:
    video, audio = lasting(4.0, 3, kind=TrackKind.VIDEO), lasting(3.0, 4, kind=TrackKind.AUDIO)
    assert order_of(video, audio) == "0:0 1:0 1:1 0:1 1:2 0:2 1:3"
    assert order_of(audio, video) == "0:0 1:0 0:1 1:1 0:2 1:2 0:3"


def test_subtitles_have_no_place_in_it() -> None:
    text = lasting(1.0, 9, kind=TrackKind.TEXT, container=Container.WEBVTT)
    assert order_of(text, lasting(4.0, 2)) == "1:0 1:1"


def test_segments_of_unknown_length_stay_in_their_order() -> None:
    assert order_of(lasting(None, 3)) == "0:0 0:1 0:2"


async def test_nothing_is_handed_on_before_what_plays_before_it(tmp_path: Path) -> None:
    video, audio = lasting(4.0, 3, kind=TrackKind.VIDEO), lasting(4.0, 3, kind=TrackKind.AUDIO)
    async with stage_of(tmp_path, video, audio) as stage, asyncio.TaskGroup() as group:
        task = group.create_task(stage.take_all())
        for track, index, expected in [
            (1, 0, ""),
            (0, 1, ""),
            (0, 0, "0:0 1:0 0:1"),
            (0, 2, "0:0 1:0 0:1"),
            (1, 1, "0:0 1:0 0:1 1:1 0:2"),
        ]:
            await stage.store(track, index)
            assert " ".join(stage.taken) == expected
        await stage.store(1, 2)
        await task
        assert stage.taken[-1] == "1:2"


async def test_what_is_stored_already_is_handed_on_at_once(tmp_path: Path) -> None:
    async with stage_of(tmp_path, lasting(4.0, 2)) as stage:
        for index in range(2):
            await stage.store(0, index)
        await stage.take_all()
        assert stage.taken == ["0:0", "0:1"]


async def test_an_init_section_can_be_waited_for_by_several(tmp_path: Path) -> None:
    async with stage_of(tmp_path, lasting(4.0, 2)) as stage, asyncio.TaskGroup() as group:
        tasks = [group.create_task(stage.feed.entry(0, -1)) for _ in range(2)]
        await settle()
        await stage.store(0, -1)
        assert [await task for task in tasks] == [ENTRY, ENTRY]


async def test_once_all_is_stored_nothing_else_is_waited_for(tmp_path: Path) -> None:
    async with stage_of(tmp_path, lasting(4.0, 2)) as stage:
        await stage.store(0, 0)
        waiting = [asyncio.create_task(stage.take_all()), asyncio.create_task(stage.feed.completed())]
        await settle()
        states = [stage.feed.is_complete]
        assert not any(task.done() for task in waiting)
        stage.feed.complete()
        assert [*states, stage.feed.is_complete] == [False, True]
        with pytest.raises(IncompleteError, match="segment 1 of track 0 is not stored"):
            await waiting[0]
        await waiting[1]
        with pytest.raises(IncompleteError):
            await stage.feed.entry(0, 1)


async def test_it_knows_whether_what_it_handed_on_is_still_what_is_stored(tmp_path: Path) -> None:
    """A doubtful segment is fetched again: the same bytes change nothing, others do, and so does none."""
    async with stage_of(tmp_path, lasting(4.0, 2)) as stage:
        for index in range(2):
            await stage.store(0, index)
        await stage.feed.entry(0, 0)
        await stage.store(0, 1, Entry(size_bytes=6, crc32=8))
        await stage.store(0, 0, replace(ENTRY, confirmed=True))
        states = [stage.feed.is_up_to_date]
        await stage.store(0, 0, Entry(size_bytes=5, crc32=8))
        states.append(stage.feed.is_up_to_date)
        await stage.feed.entry(0, 0)
        states.append(stage.feed.is_up_to_date)
        await in_thread(stage.work.ledger.forget, 0, [0])
        assert [*states, stage.feed.is_up_to_date] == [True, False, True, False]
