"""One segmented track on its way into ffmpeg: its segments joined into one continuous stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.boxes import track_facts
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.layout import init_index, init_sections
from aniworld_dl.media.packed_audio import demuxer_of, strip_id3
from aniworld_dl.media.pipes import Outlet
from aniworld_dl.media.retime import retime_boxes, retime_mpegts
from aniworld_dl.media.rewrap import parameters, rewrap
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.feed import Feed
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import InitSection, Segment

_BLOCK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16


class Line:
    """Takes a track's stored segments in order of play and writes them to a pipe that ffmpeg reads.

    `stuck` tells, when ffmpeg has read nothing for long, whether that is its own fault.
    """

    def __init__(self, ffmpeg: Ffmpeg, work: WorkFolder, number: int, *, stuck: Callable[[], bool]) -> None:
        self.number = number
        self.outlet = Outlet(stuck=stuck)
        self.waits = True
        """Whether it waits for a segment, rather than for ffmpeg."""
        self._ffmpeg = ffmpeg
        self._work = work
        self._track = work.media.tracks[number]
        self._queue: asyncio.Queue[tuple[Segment, int] | None] = asyncio.Queue()
        self._init: InitSection | None = None
        self._timescales: Mapping[int, int] = {}
        self._rewraps = False
        self._run: list[Segment] = []
        self._run_shift_us = 0

    async def open(self, feed: Feed) -> list[str]:
        """Return the arguments with which ffmpeg reads it; waits for what they depend on.

        Raises:
            StorageError: what is stored cannot be read.
        """
        source = ["-protocol_whitelist", "pipe", "-blocksize", str(_BLOCK_BYTES), "-i", f"pipe:{self.outlet.reader}"]
        if self._track.container is Container.MPEG_TS:
            return ["-f", "mpegts", *source]
        if self._track.container is Container.PACKED_AUDIO:
            entry = await feed.entry(self.number, 0)
            start_us = entry.spans[0].start_us if entry.spans else 0
            return ["-itsoffset", f"{start_us}us", "-f", await in_thread(_demuxer, self._path(0)), *source]
        indexes = [init_index(order) for order in range(len(init_sections(self._track)))]
        for index in indexes:
            await feed.entry(self.number, index)
        self._rewraps = await in_thread(_differ, [self._path(index) for index in indexes])
        return ["-f", "mpegts" if self._rewraps else "mp4", *source]

    def put(self, segment: Segment, shift_us: int) -> None:
        """Hand over the next segment and what to add to its timestamps. It is stored, its init section too."""
        self._queue.put_nowait((segment, shift_us))

    def end(self) -> None:
        """Say that no segment follows."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Write all that is handed over.

        Raises:
            MuxError: a track whose parameters change cannot be rewrapped.
            StorageError: what is stored cannot be read, or ffmpeg hangs.
        """
        send = self._collect if self._rewraps else self._send
        try:
            while (item := await self._queue.get()) is not None:
                self.waits = False
                await send(*item)
                self.waits = self._queue.empty()
            self.waits = False
            await self._send_run()
        except BrokenPipeError:
            pass  # ffmpeg has ended, and its status says why
        finally:
            self.outlet.close()

    async def _send(self, segment: Segment, shift_us: int) -> None:
        path = self._path(segment.index)
        if segment.init is not None and segment.init != self._init:
            await self._send_init(segment.init)
        if self._track.container is Container.PACKED_AUDIO:
            await self.outlet.send_file(path, await in_thread(_tag_bytes, path))
        elif shift_us:
            await self.outlet.send(await in_thread(self._retimed, path, shift_us))
        else:
            await self.outlet.send_file(path)

    async def _send_init(self, init: InitSection) -> None:
        """Send the first init section. Later ones say the same, else the track is rewrapped."""
        if self._init is None:
            path = self._path_of(init)
            self._timescales = await in_thread(_timescales, path)
            await self.outlet.send_file(path)
        self._init = init

    async def _collect(self, segment: Segment, shift_us: int) -> None:
        """Take a segment of a track that is rewrapped, in runs that share their parameters and their timeline."""
        if self._run and (segment.init != self._run[0].init or shift_us != self._run_shift_us):
            await self._send_run()
        self._run.append(segment)
        self._run_shift_us = shift_us

    async def _send_run(self) -> None:
        if self._run and self._run[0].init is not None:
            target = self._work.path / f"t{self.number}" / "run.part.ts"
            paths = [self._path_of(self._run[0].init), *(self._path(segment.index) for segment in self._run)]
            await rewrap(self._ffmpeg, paths, target, shift_us=self._run_shift_us)
            await self.outlet.send_file(target)
            self._run = []

    def _retimed(self, path: Path, shift_us: int) -> bytearray:
        with storage_errors(path):
            data = bytearray(path.read_bytes())
        if self._track.container is Container.MPEG_TS:
            retime_mpegts(data, shift_us)
        else:
            retime_boxes(data, shift_us, self._timescales)
        return data

    def _path(self, index: int) -> Path:
        return self._work.segment_path(self.number, index)

    def _path_of(self, init: InitSection) -> Path:
        return self._path(init_index(init_sections(self._track).index(init)))


def _timescales(init: Path) -> dict[int, int]:
    with storage_errors(init):
        return {number: facts.timescale for number, facts in track_facts(init.read_bytes()).items()}


def _differ(inits: list[Path]) -> bool:
    """Tell whether init sections describe their tracks in different ways."""
    described = []
    for path in inits:
        with storage_errors(path):
            described.append(parameters(path.read_bytes()))
    return any(other != described[0] for other in described)


def _head(path: Path) -> bytes:
    with storage_errors(path), path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _tag_bytes(path: Path) -> int:
    return strip_id3(_head(path))


def _demuxer(path: Path) -> str:
    head = _head(path)
    return demuxer_of(head[strip_id3(head) :])
