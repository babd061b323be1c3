"""Where the segments of an episode stand, whatever the episode does."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import NotFoundError
from aniworld_dl.media.store.segment_map import SegmentState, TrackMap, scales_of, write_map
from aniworld_dl.media.store.work import work_path
from aniworld_dl.model import Selection, Status
from aniworld_dl.queue.segments import Segments
from tests.builders import episode, media
from tests.unit.queue.desk import open_desk
from tests.unit.queue.lookups import move_episode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.live import LiveEpisode
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=1) as opened:
        yield opened


@pytest.fixture
def segments(desk: Desk, settings: Settings) -> Segments:
    return Segments(store=desk.store, announcer=desk.announcer, target_of=target_of, download_dir=settings.download_dir)


def target_of(episode: Episode, job: Job) -> PurePosixPath:
    return PurePosixPath(job.anime_title) / f"{episode.id}.mkv"


async def running(desk: Desk, episodes: int = 1) -> tuple[int, LiveEpisode]:
    """Let the first of some episodes run and its download begin, with two of four segments stored."""
    episode_id, *_ = await desk.add(episodes)
    await desk.runner.until_started(1)
    live = desk.announcer.live(episode_id)
    assert live is not None
    progress = live.start_download(media(), desk.clock)
    for index in (0, 2):
        with progress.attempt(0, index, 10) as attempt:
            attempt.add(10)
            attempt.keep()
    return episode_id, live


def states(view: Any) -> list[str]:
    return [track["states"] for track in view["tracks"]]


async def recorded(desk: Desk) -> list[int]:
    rows = [await desk.store.database.read("segment_map", episode_id=number) for number in range(5)]
    return [number for number, found in enumerate(rows) if found]


async def test_while_it_runs_the_download_itself_is_asked(desk: Desk, segments: Segments) -> None:
    episode_id, live = await running(desk)
    view = await segments.view(episode_id)
    assert (view["id"], view["source"], states(view)) == (episode_id, "download", ["d1m1d1m1"])
    live.progress.segments.asked((0, 1))
    assert states(await segments.view(episode_id)) == ["d1r1d1m1"]


async def test_before_its_playlist_is_read_nothing_is_known(desk: Desk, segments: Segments) -> None:
    episode_id, *_ = await desk.add(1)
    await desk.runner.until_started(1)
    assert await segments.view(episode_id) == {"id": episode_id, "source": None, "tracks": []}


async def test_when_it_does_not_run_the_disk_is_asked(desk: Desk, segments: Segments, settings: Settings) -> None:
    _, waiting = await desk.add(2)
    folder = work_path(settings.download_dir, PurePosixPath(f"Series/{waiting}.mkv"))
    await asyncio.to_thread(folder.mkdir, parents=True)
    failed = TrackMap(scale=scales_of(media())[0], states=bytes([SegmentState.FAILED] * 4))
    await asyncio.to_thread(write_map, folder, [failed])
    view = await segments.view(waiting)
    assert (view["source"], states(view)) == ("disk", ["f4"])


async def test_how_a_completed_one_came_is_kept(desk: Desk, segments: Segments) -> None:
    episode_id, _ = await running(desk, 2)
    desk.runner.end(episode_id)
    await desk.until_over(episode_id)
    view = await segments.view(episode_id)
    assert (view["source"], states(view)) == ("record", ["d1m1d1m1"])
    assert view["tracks"][0]["lengths"] == [[4.0, 4]]


async def test_a_file_that_was_there_before_has_no_record(desk: Desk, segments: Segments) -> None:
    episode_id, *_ = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)
    assert await segments.view(episode_id) == {"id": episode_id, "source": None, "tracks": []}


async def test_of_one_that_failed_nothing_is_recorded(desk: Desk) -> None:
    episode_id, _ = await running(desk)
    await move_episode(desk.store, episode_id, Status.FAILED, now=5.0)
    assert await recorded(desk) == []


async def test_the_record_goes_with_its_episode_when_that_cannot_come_back(desk: Desk) -> None:
    episode_id, _ = await running(desk)
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)
    await desk.control.remove(Selection.of(episodes=[episode_id]))
    assert await recorded(desk) == [episode_id]
    await desk.forget()
    assert await recorded(desk) == []


async def test_a_job_that_is_removed_meanwhile(desk: Desk, settings: Settings) -> None:
    class Emptied:
        async def episode(self, episode_id: int) -> Episode:
            return episode(id=episode_id)

        async def job(self, _: int) -> None:
            return None

    emptied: Any = Emptied()
    segments = Segments(
        store=emptied, announcer=desk.announcer, target_of=target_of, download_dir=settings.download_dir
    )
    assert await segments.view(5) == {"id": 5, "source": None, "tracks": ()}


async def test_no_episode_no_segments(segments: Segments) -> None:
    with pytest.raises(NotFoundError):
        await segments.view(99)


async def test_what_came_is_counted_over_all_episodes_also_of_those_that_ended(desk: Desk) -> None:
    episode_id, live = await running(desk, 2)
    assert (desk.announcer.running, desk.announcer.fetched_bytes()) == (1, 20)
    live.start_download(media(), desk.clock)  # another source
    with live.progress.attempt(0, 0, 5) as attempt:
        attempt.add(5)  # thrown away, and came all the same
    assert desk.announcer.fetched_bytes() == 25
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)
    await desk.runner.until_started(2)
    assert (desk.announcer.running, desk.announcer.fetched_bytes()) == (1, 25)
