"""Episodes run one at a time against a real server and the real ffmpeg: what is believed, and what is tried next."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import (
    HttpStatusError,
    IncompleteError,
    MuxError,
    NoEpisodesError,
)
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.limits import Throttle
from aniworld_dl.media.assemble import Workbench
from aniworld_dl.media.download.tail import TOLLED_EVERY_S
from aniworld_dl.model import EpisodeRef, Phase, Source
from aniworld_dl.net.client import HttpClient
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.disk import Disk
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.posters import Posters
from aniworld_dl.queue.runner import EpisodeRunner
from aniworld_dl.queue.tools import Tools
from tests import builders
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider
from tests.integration.engine_work import files
from tests.media_samples import FMP4, LATE, SEGMENTS, TS, Samples, ffmpeg, package

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.model import Wish
    from aniworld_dl.queue.shelving import Finished

NAME = "Nordlicht/Season 01/Nordlicht S01E01.mkv"


class Finder(FakeProvider):
    """Gives the sources that it was told to, for whatever episode."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Source] = []

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        return self.found


@dataclass(kw_only=True)
class Stage:
    """A runner with everything it needs, and the episode that it ran last."""

    settings: Settings
    clock: FakeClock
    finder: Finder
    runner: EpisodeRunner
    live: LiveEpisode
    posters: Posters

    async def run(self, *urls: str) -> Finished:
        """Run an episode that can be had at these addresses, best first."""
        self.finder.found = [Source(url=url) for url in urls]
        self.live = LiveEpisode(builders.episode(), self.clock)
        return await self.runner.run(self.live, builders.job(), Throttle(self.clock))

    def files(self) -> list[str]:
        """Return everything below the download folder."""
        return files(self.settings.download_dir)


@asynccontextmanager
async def stage_of(settings: Settings) -> AsyncIterator[Stage]:
    clock, finder = FakeClock(auto_advance=True, waits_s=TOLLED_EVERY_S), Finder()
    async with HttpClient(settings, clock) as http:
        tools = Tools(
            http=http,
            registry=Registry([finder]),
            clock=clock,
            bench=Workbench(http, find_ffmpeg(), clock),
            disk=Disk(lambda: settings),
            settings=lambda: settings,
            posters=(posters := Posters(http, lambda: settings)),
        )
        live = LiveEpisode(builders.episode(), clock)
        runner = EpisodeRunner(tools)
        yield Stage(settings=settings, clock=clock, finder=finder, runner=runner, live=live, posters=posters)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with stage_of(settings) as stage:
        yield stage


def asked(origin: Origin) -> list[int]:
    """Return how often each segment of the MPEG-TS playlist was asked for."""
    return [origin.count(f"/ts/{index:03}.ts") for index in range(SEGMENTS)]


# ------------------------------------------------------------------------------------------------ what is believed


async def test_a_playlist_that_announces_more_than_there_is(stage: Stage, origin: Origin, samples: Samples) -> None:
    """It is incomplete, from where it ends; the segments announced for that time are fetched again each time."""
    text = (samples.folder / TS).read_text()
    url = origin.add_file("/ts/more.m3u8", text.replace("#EXTINF:1.000000,", "#EXTINF:1.500000,"))
    for attempt in (1, 2):
        with pytest.raises(IncompleteError) as raised:
            await stage.run(url)
        assert raised.value.params["missing"] == "00:00:08-00:00:12"
        assert asked(origin) == [1, 1, 1, 1, 1, attempt, attempt, attempt]
    assert not (stage.settings.download_dir / NAME).exists()


async def test_segments_that_hold_too_little_sound_are_all_fetched_anew(
    stage: Stage, origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """Which of them is at fault cannot be told: none is trusted, nothing is kept."""
    source = str(samples.folder / LATE)
    ffmpeg(["-i", source, "-t", "3", "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", "short.mkv"], tmp_path)
    package("short.m3u8", ["-hls_segment_filename", "%03d.ts"], tmp_path, source="short.mkv")
    origin.add_folder("/short", tmp_path)
    for attempt in (1, 2):
        with pytest.raises(IncompleteError, match=r"the sound ends 5\.0 s early"):
            await stage.run(origin.url("/short/short.m3u8"))
        assert [origin.count(f"/short/{index:03}.ts") for index in range(SEGMENTS)] == [attempt] * SEGMENTS
        assert stage.files() == []


async def test_segments_that_cannot_be_joined_are_fetched_anew(stage: Stage, origin: Origin, samples: Samples) -> None:
    """Whole packets with nothing in them pass as segments, but make no file."""
    nothing = (b"G\x1f\xff\x10" + bytes(184)) * 10
    for index in range(SEGMENTS):
        origin.add_file(f"/ts/{index:03}.ts", nothing)
    with pytest.raises(MuxError):
        await stage.run(origin.url(TS))
    assert stage.files() == []

    for index in range(SEGMENTS):
        origin.add_file(f"/ts/{index:03}.ts", samples.folder / f"ts/{index:03}.ts")
    assert (await stage.run(origin.url(TS))).existing is False
    assert asked(origin) == [2] * SEGMENTS
    assert stage.files() == [NAME]


# --------------------------------------------------------------------------------------------------- several sources


async def test_the_second_source_is_taken_when_the_first_fails(stage: Stage, origin: Origin) -> None:
    """What the first one gave is of no use to it, and is not left behind."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    finished = await stage.run(origin.url(TS), origin.url(FMP4))
    assert (str(finished.path), finished.existing) == (NAME, False)
    assert stage.files() == [NAME]
    assert (stage.live.segments_done, stage.live.segments_total) == (SEGMENTS, SEGMENTS)
    assert origin.count("/fmp4/*.m4s") == SEGMENTS


async def test_a_second_source_that_is_not_needed_is_not_asked(stage: Stage, origin: Origin) -> None:
    await stage.run(origin.url(TS), origin.url(FMP4))
    assert origin.count("/fmp4/*") == 0
    assert stage.live.phase is Phase.VERIFYING


async def test_links_that_expire_are_asked_for_once_more(stage: Stage, origin: Origin) -> None:
    """The playlist is read again; nothing that came before is asked for again."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=403))
    await stage.run(origin.url(TS))
    assert asked(origin) == [1, 1, 1, 1, 1, 2, 1, 1]
    assert origin.count("/ts/*.m3u8") == 2


async def test_a_mirror_with_the_same_segments_stands_in(stage: Stage, origin: Origin, samples: Samples) -> None:
    """One segment is gone at the first source for good: it alone is taken from the second."""
    origin.add_folder("/mirror", samples.folder / "ts")
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    await stage.run(origin.url(TS), origin.url(TS.replace("ts/", "mirror/", 1)))
    assert asked(origin) == [1, 1, 1, 1, 1, 2, 1, 1]
    assert [record.path for record in origin.log.records("/mirror/*.ts")] == ["/mirror/005.ts"]


async def test_of_several_errors_the_last_is_told(stage: Stage, origin: Origin) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/*.m3u8", status=404))
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/fmp4/*.m3u8", status=410))
    with pytest.raises(HttpStatusError) as raised:
        await stage.run(origin.url(TS), origin.url(FMP4))
    assert raised.value.status == 410


async def test_an_episode_without_any_source_says_so(stage: Stage) -> None:
    with pytest.raises(NoEpisodesError):
        await stage.run()


# --------------------------------------------------------------------------------------------------- the finished file


async def test_a_file_that_appears_during_the_download_is_left_alone(stage: Stage, origin: Origin) -> None:
    """Whoever put it there has it; what was downloaded is thrown away."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.run(origin.url(TS)))
        await gate.reached()
        file = stage.settings.download_dir / NAME
        file.parent.mkdir(parents=True)
        file.write_bytes(b"somebody else's")
        gate.open()
    assert running.result().existing is True
    assert file.read_bytes() == b"somebody else's"
    assert stage.files() == [NAME]


async def test_a_file_that_is_there_is_enough(stage: Stage, origin: Origin) -> None:
    file = stage.settings.download_dir / NAME
    file.parent.mkdir(parents=True)
    file.touch()
    assert (await stage.run(origin.url(TS))).existing is True
    assert origin.requests == []


async def test_work_that_a_crash_left_beside_the_finished_file_is_cleared_away(stage: Stage, origin: Origin) -> None:
    """Between the placing of the file and the end of the clean-up, a moment is enough."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    with pytest.raises(IncompleteError):
        await stage.run(origin.url(TS))
    file = stage.settings.download_dir / NAME
    file.parent.mkdir(parents=True)
    file.touch()
    assert (await stage.run(origin.url(TS))).existing is True
    assert stage.files() == [NAME]


async def test_what_was_fetched_of_a_discarded_episode_is_deleted(stage: Stage, origin: Origin) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    with pytest.raises(IncompleteError):
        await stage.run(origin.url(TS))
    assert stage.files() != []
    await stage.runner.discard(builders.episode(), builders.job())
    assert list(stage.settings.download_dir.iterdir()) == []


async def test_what_another_episode_works_on_is_not_discarded(stage: Stage, origin: Origin) -> None:
    """Two episodes that lead to the same file: the one that is given up leaves the other one alone."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    with pytest.raises(IncompleteError):
        await stage.run(origin.url(TS))
    left = stage.files()
    async with stage.runner._sole_writer(stage.runner.target_of(builders.episode(), builders.job())):
        await stage.runner.discard(builders.episode(), builders.job())
    assert stage.files() == left != []


async def test_the_settings_of_the_moment_name_the_file(settings: Settings, origin: Origin) -> None:
    changed = settings.model_copy(update={"container": "mp4", "naming_template": "{number} of {season} - {series}"})
    async with stage_of(changed) as stage:
        finished = await stage.run(origin.url(TS))
        assert str(finished.path) == "1 of 1 - Nordlicht.mp4"
        assert stage.files() == ["1 of 1 - Nordlicht.mp4"]
