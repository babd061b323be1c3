"""`kill -9`, again and again, of a program that downloads one episode, and what that has cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.faults import Fault, FaultKind
from tests.acceptance.service import environment
from tests.commands import LOOPBACK
from tests.media_samples import ffmpeg

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from aniworld_dl.demo.log import RequestRecord
    from aniworld_dl.demo.origin import Origin

CONNECTIONS: Final = 4
SEGMENT_S: Final = 0.5
PLAYLIST: Final = "index.m3u8"

_AFTERWARDS: Final = 0.3
"""The share of kills that strike when everything is downloaded."""
_BEYOND: Final = 1.15
"""The last kills come when the file is in its place and the clearing up is under way."""
_LOOKED_EVERY_S: Final = 0.002
_RATE_BYTES_PER_S: Final = 200_000
"""Of each connection: a segment is under way for some 50 ms, which is many times what it takes to kill."""


def make_long_episode(folder: Path, segments: int) -> dict[str, int]:
    """Make an episode of so many short segments; return the size of each by its path on a server of the folder."""
    folder.mkdir(parents=True)
    length = f"duration={segments * SEGMENT_S}"
    sources = ["-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=24:{length}"]
    sources += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:{length}"]
    video = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-g", "12", "-sc_threshold", "0"]
    hls = ["-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_segment_filename", "%04d.ts"]
    ffmpeg([*sources, *video, "-c:a", "aac", *hls, PLAYLIST], folder)
    return {f"/{path.name}": path.stat().st_size for path in sorted(folder.glob("*.ts"))}


@dataclass(slots=True, kw_only=True)
class Killings:
    """What the kills of one episode came to. `moments` says how many struck where."""

    moments: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    """Kills of runs that had asked for segments: each may cost what its connections were fetching."""
    refetched_segments: int = 0
    refetched_bytes: int = 0

    @property
    def count(self) -> int:
        """How many there were."""
        return self.moments.total()


class Killer:
    """Runs `aniworld-dl get` for one episode on an origin, and ends it by SIGKILL at moments drawn from a seed.

    Half of the kills take the program alone and leave its ffmpeg behind, half take both, as a power cut does.
    """

    def __init__(self, origin: Origin, segments: Mapping[str, int], folder: Path, *, seed: int) -> None:
        self.out = folder / "out"
        self.done = Killings()
        self._origin = origin
        self._segments = segments
        self._last = max(segments)
        self._folder = folder
        self._random = random.Random(seed)
        self._groups: list[int] = []
        self._not_counted: set[int] = set()

    async def kill(self, times: int) -> Killings:
        """Kill so often, first while it downloads, then after that; fewer times if it was quicker in the end."""
        afterwards = round(times * _AFTERWARDS)
        try:
            await self._kill_downloading(times - afterwards)
            await self._kill_afterwards(afterwards)
        finally:
            for group in self._groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
        return self.done

    async def _kill_downloading(self, times: int) -> None:
        """Kill when a random number of bytes more were sent. The last segment does not come, so that none is ready."""
        self._origin.rate_bytes_per_s = _RATE_BYTES_PER_S
        gate = self._origin.faults.add(Fault(kind=FaultKind.GATE, path=self._last, times=None))
        thrown_away = CONNECTIONS * max(self._segments.values()) / 2
        for left in range(times, 0, -1):
            whole = {record.path for record in self._asked() if self._whole(record)}
            missing = sum(size for path, size in self._segments.items() if path not in whole)
            await self._run(self._when_sent(self._random.uniform(0, 2 * (missing / left + thrown_away))))
        gate.open()
        self._origin.rate_bytes_per_s = None

    async def _kill_afterwards(self, times: int) -> None:
        """Kill when the last byte is sent, and then at random between the reading of the playlist and the end."""
        await self._run(self._when_all_is_sent())
        span_s = await self._span_s()
        for number in range(times - 1):
            share = _BEYOND * (number + self._random.random()) / (times - 1)
            if not await self._run(self._when_resumed(share * span_s)):
                return

    async def finish(self) -> int:
        """Run it once more without killing it, count what was fetched more than once, and return the exit status."""
        process = await self._start(self.out)
        status = await process.wait()
        records = [record for record in self._asked() if record.started not in self._not_counted]
        asked = Counter(record.path for record in records)
        sent = sum(record.bytes_sent for record in records)
        assert set(asked) == set(self._segments), "segments were never asked for"
        self.done.refetched_segments = asked.total() - len(asked)
        self.done.refetched_bytes = sent - sum(self._segments.values())
        return status

    async def _run(self, moment: Coroutine[None, None, None]) -> bool:
        """Start it and kill it at the moment; False when it was ready before."""
        asked = len(self._asked())
        process = await self._start(self.out)
        ended, come = asyncio.create_task(process.wait()), asyncio.create_task(moment)
        await asyncio.wait({ended, come}, return_when=asyncio.FIRST_COMPLETED)
        come.cancel()
        if process.returncode is not None:
            assert process.returncode == 0, (self._folder / "complaints.txt").read_text()
            return False
        where = self._where(process.pid, downloads=len(self._asked()) > asked)
        (os.kill if self._random.random() < 0.5 else os.killpg)(process.pid, signal.SIGKILL)
        await ended
        await self._origin.log.until(lambda: not self._origin.log.running())
        self.done.moments[where] += 1
        self.done.under_way += len(self._asked()) > asked
        return True

    def _asked(self) -> list[RequestRecord]:
        return [record for record in self._origin.requests if record.path in self._segments]

    async def _start(self, out: Path) -> asyncio.subprocess.Process:
        settings = {**LOOPBACK, "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": str(CONNECTIONS)}
        command = ("get", self._origin.url(PLAYLIST), "-o", str(out), "--title", "Zombie", "--json")
        with (self._folder / "complaints.txt").open("wb") as complaints:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "aniworld_dl", *command),
                cwd=self._folder,
                env=environment(self._folder, settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
            )
        self._groups.append(process.pid)
        return process

    async def _when_sent(self, count: float) -> None:
        """Wait until so many more bytes are sent, or until the segment that is held back is all that is asked for."""
        log = self._origin.log
        wanted, held = log.total_bytes_sent + count, self._origin.count(self._last)
        await log.until(
            lambda: log.total_bytes_sent >= wanted or (self._origin.count(self._last) > held and log.running() == 1)
        )

    async def _when_resumed(self, after_s: float) -> None:
        await self._when_read()
        await asyncio.sleep(after_s)  # the moment itself: nothing outside tells how far the joining is

    async def _when_read(self) -> None:
        """Wait until the playlist is asked for once more and has been sent."""
        log, path = self._origin.log, f"/{PLAYLIST}"
        before = self._origin.count(path)
        await log.until(lambda: self._origin.count(path) > before and not log.running(path))

    async def _when_all_is_sent(self) -> None:
        await self._origin.log.until(
            lambda: {record.path for record in self._asked() if self._whole(record)} == {*self._segments}
        )

    def _whole(self, record: RequestRecord) -> bool:
        return record.bytes_sent == self._segments[record.path]

    async def _span_s(self) -> float:
        """Return how long the file takes from the playlist to its place when all is downloaded, tried on a copy."""
        before = {record.started for record in self._asked()}
        copy, loop = self._folder / "copy", asyncio.get_running_loop()
        shutil.copytree(self.out, copy)
        process = await self._start(copy)
        await self._when_read()
        started = loop.time()
        while not list(copy.glob("Zombie/*/*.mkv")):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(_LOOKED_EVERY_S)
        span_s = loop.time() - started
        assert await process.wait() == 0
        shutil.rmtree(copy)
        self._not_counted = {record.started for record in self._asked()} - before
        return span_s

    def _where(self, pid: int, *, downloads: bool) -> str:
        """Say what it is at, from what is on disk and what its child is told to write."""
        if list(self.out.glob("Zombie/*/*.mkv")):
            return "the file is in its place"
        stored = sum(path.suffix == ".ts" for path in self.out.glob(".aniworld-dl/*/t0/*"))
        if stored < len(self._segments):
            return "downloading" if downloads else "starting"
        outputs = [_last_argument(child) for child in _children(pid)]
        if any(output.endswith(".mkv") for output in outputs):
            return "joining"
        return "proving" if outputs else "between these"


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in children.read_text().split()]
    return found


def _last_argument(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").rpartition("\0")[2]
    return ""
