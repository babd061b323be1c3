"""When joining begins, what is tried again, and that nothing is left over. Time passes only as the tests say."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import IncompleteError
from aniworld_dl.limits import Throttle
from aniworld_dl.media.assemble import Order, Workbench, assemble
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.mux.line import Line
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Phase
from aniworld_dl.net.client import HttpClient
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock, settle
from tests.media_samples import SEGMENTS, TS, Samples, streamhash
from tests.pipe_threads import open_pipes, threads_end
from tests.stored_media import TARGET
from tests.watched_ffmpeg import WatchedFfmpeg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.demo.rules import Rule
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Segment

LAST: Final = f"/ts/{SEGMENTS - 1:03}.ts"


@dataclass(kw_only=True)
class Stage:
    """An episode of eight segments behind gates that let them through one by one."""

    origin: Origin
    clock: FakeClock
    bench: Workbench
    ffmpeg: WatchedFfmpeg
    work: WorkFolder
    gate: Rule
    phases: list[Phase] = field(default_factory=list)

    async def run(self) -> Path:
        progress = DownloadProgress(self.work.media, Meter(self.clock))
        order = Order(
            sources=[SourceLinks(self.work.media)],
            connections=1,
            container="mkv",
            throttle=Throttle(self.clock),
            progress=progress,
            entered=self.phases.append,
        )
        return await assemble(self.bench, self.work, order)

    async def let_through(self, count: int, *, each_s: float) -> None:
        """Let segments through, each after so many seconds, and wait for the one after them to be asked for."""
        for _ in range(count):
            self.clock.advance(each_s)
            arrived = self.gate.arrived
            self.gate.step()
            await self.gate.reached(arrived + 1)


async def until(holds: Callable[[], bool]) -> None:
    """Let others run until something holds that nobody tells of."""
    while not holds():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)


@pytest.fixture
async def stage(origin: Origin, settings: Settings, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_of(origin, settings, tmp_path, origin.url(TS)) as stage:
        yield stage


@asynccontextmanager
async def stage_of(origin: Origin, settings: Settings, folder: Path, url: str) -> AsyncIterator[Stage]:
    clock = FakeClock()
    async with HttpClient(settings, clock) as http:
        media = (await load_media(http, url, {})).media
        gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/*.ts", times=None))
        ffmpeg = WatchedFfmpeg(folder)
        bench = Workbench(http, ffmpeg.program, clock)
        async with open_work(settings.download_dir, TARGET, media) as work:
            yield Stage(origin=origin, clock=clock, bench=bench, ffmpeg=ffmpeg, work=work, gate=gate)


@asynccontextmanager
async def joining_early(stage: Stage) -> AsyncIterator[asyncio.Task[Path]]:
    """Let all but the last segment come quickly, so that ffmpeg has started and waits for that one."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stage.run())
        await stage.gate.reached()
        await stage.let_through(SEGMENTS - 1, each_s=0.1)
        await stage.ffmpeg.joins()
        assert stage.phases == []
        yield task


# ------------------------------------------------------------------------------------------------------ when it begins


async def test_joining_begins_while_the_download_runs(stage: Stage, samples: Samples) -> None:
    async with joining_early(stage) as task:
        assert stage.work.ledger.done(0) == set(range(SEGMENTS - 1))
        stage.gate.open()
    assert streamhash(task.result()) == samples.own_streams(TS)
    assert stage.phases == [Phase.MUXING, Phase.VERIFYING]
    assert len(stage.ffmpeg.joined) == 1
    assert (stage.bench.early_muxes.held, stage.bench.muxes.held) == (0, 0)


@pytest.mark.parametrize("each_s", [10.0, 0.0], ids=["slow", "nobody knows"])
async def test_joining_does_not_wait_for_a_slow_download(stage: Stage, samples: Samples, each_s: float) -> None:
    """The last segment is 10 s away when all others are there: ffmpeg is not kept waiting for it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stage.run())
        await stage.gate.reached()
        await stage.let_through(SEGMENTS - 1, each_s=each_s)
        await settle()
        assert stage.ffmpeg.joined == []
        assert stage.bench.early_muxes.held == 0
        stage.gate.open()
        await stage.ffmpeg.joins()
        assert stage.work.is_complete()
    assert streamhash(task.result()) == samples.own_streams(TS)
    assert len(stage.ffmpeg.joined) == 1


async def test_a_second_early_one_waits_for_its_download(stage: Stage) -> None:
    """There is one place for those who begin early; who has none takes his turn when all is stored."""
    async with stage.bench.early_muxes.slot(), asyncio.TaskGroup() as group:
        group.create_task(stage.run())
        await stage.gate.reached()
        await stage.let_through(SEGMENTS - 1, each_s=0.1)
        await settle()
        assert stage.ffmpeg.joined == []
        stage.gate.open()
        await stage.ffmpeg.joins()
        assert stage.bench.muxes.held == 1


async def test_no_more_than_two_join_what_is_complete(stage: Stage) -> None:
    async with stage.bench.early_muxes.slot(), asyncio.TaskGroup() as group:
        await stage.bench.muxes.acquire()
        await stage.bench.muxes.acquire()
        group.create_task(stage.run())
        await stage.gate.reached()
        await stage.let_through(SEGMENTS - 1, each_s=100.0)
        stage.gate.open()
        await until(lambda: stage.bench.muxes.waiting == 1)
        assert stage.phases == [Phase.MUXING]
        assert stage.ffmpeg.joined == []
        stage.bench.muxes.release()
        await stage.ffmpeg.joins()
        stage.bench.muxes.release()


# ------------------------------------------------------------------------------------------------- what is tried again


@pytest.mark.parametrize("line", ["exit 1", "kill -9 $$"], ids=["fails", "is killed"])
async def test_an_early_one_that_fails_is_repeated_from_what_is_stored(
    stage: Stage, samples: Samples, line: str
) -> None:
    stage.ffmpeg.does_first(line)
    async with joining_early(stage) as task:
        await until(lambda: not stage.bench.early_muxes.held)
        assert not task.done()
        stage.gate.open()
        await stage.ffmpeg.joins()
    assert streamhash(task.result()) == samples.own_streams(TS)
    assert len(stage.ffmpeg.joined) == 2


async def test_what_was_joined_of_segments_that_came_again_is_joined_again(
    stage: Stage, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them was doubtful and has other bytes now."""
    put, taken = Line.put, asyncio.Event()

    def watched(line: Line, segment: Segment, shift_us: int) -> None:
        put(line, segment, shift_us)
        if segment.index == 2:
            taken.set()

    monkeypatch.setattr(Line, "put", watched)
    async with joining_early(stage) as task:
        await taken.wait()
        entry = stage.work.ledger.entry(0, 2)
        assert entry is not None
        await in_thread(stage.work.ledger.add, 0, 2, replace(entry, crc32=entry.crc32 ^ 1))
        stage.gate.open()
        await stage.ffmpeg.joins()
    assert streamhash(task.result()) == samples.own_streams(TS)
    assert len(stage.ffmpeg.joined) == 2


async def test_what_the_proof_refuses_is_not_joined_again(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path
) -> None:
    """The playlist announces more than there is: segments are to be fetched again, the others are not at fault."""
    text = (samples.folder / TS).read_text()
    url = origin.add_file("/ts/more.m3u8", text.replace("#EXTINF:1.000000,", "#EXTINF:1.500000,"))
    async with stage_of(origin, settings, tmp_path, url) as stage:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(refused(stage))
            await stage.gate.reached()
            await stage.let_through(SEGMENTS - 1, each_s=0.1)
            await stage.ffmpeg.joins()
            stage.gate.open()
        assert task.result() == "00:00:08-00:00:12"
        assert not stage.work.is_complete()
        assert len(stage.ffmpeg.joined) == 1


async def refused(stage: Stage) -> object:
    """Run and return what is missing."""
    with pytest.raises(IncompleteError) as raised:
        await stage.run()
    return raised.value.params["missing"]


async def test_a_download_that_fails_ends_the_joining(stage: Stage, origin: Origin) -> None:
    before = open_pipes()
    origin.faults.add(Fault(kind=FaultKind.STATUS, path=LAST, status=404))
    with pytest.raises(ExceptionGroup) as raised:
        async with joining_early(stage):
            stage.gate.open()
    assert raised.group_contains(IncompleteError)
    [pid] = stage.ffmpeg.joined
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert stage.bench.early_muxes.held == 0
    assert threads_end()
    assert open_pipes() == before


async def test_who_is_cancelled_leaves_nothing(stage: Stage) -> None:
    async with joining_early(stage) as task:
        task.cancel()
    [pid] = stage.ffmpeg.joined
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert stage.bench.early_muxes.held == 0
    assert threads_end()
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not [name for name in names if name.startswith(("join", "ffmpeg", "segments"))]
