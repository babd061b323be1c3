"""One segmented track on its way into ffmpeg: its segments joined into one continuous stream."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.init_parameters import parameters
from aniworld_dl.media.formats.packed_audio import demuxer_of, strip_id3
from aniworld_dl.media.formats.retime import retime_boxes, retime_mpegts
from aniworld_dl.media.mux.pipes import open_outlet
from aniworld_dl.media.mux.rewrap import demuxer_arguments, rewrap
from aniworld_dl.media.mux.splice import WRAP_US, sequence_starts
from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.mux.splice import Splice
    from aniworld_dl.media.store.ledger import Entry
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import InitSection, Segment

_HEAD_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Segments that are rewrapped together, since they share their parameters and their timeline."""

    init: InitSection | None
    shift_us: int
    pids: Mapping[int, int] | None
    indexes: list[int] = field(default_factory=list, compare=False)


class Line:
    """Takes a track's stored segments in order of play and writes them to where ffmpeg reads.

    `stuck` tells, when ffmpeg has read nothing for long, whether that is its own fault.
    """

    def __init__(
        self, ffmpeg: Ffmpeg, work: WorkFolder, number: int, *, pipes: bool, stuck: Callable[[], bool]
    ) -> None:
        self.number = number
        self.outlet = open_outlet(work.path, f"t{number}/joined.part", pipes=pipes, stuck=stuck)
        self.waits = True
        """Whether it waits for a segment or for another ffmpeg, rather than for the one that reads."""
        self._ffmpeg = ffmpeg
        self._work = work
        self._pipes = pipes
        self._track = work.media.tracks[number]
        self._queue: asyncio.Queue[tuple[Segment, int] | None] = asyncio.Queue()
        self._init: InitSection | None = None
        self._timescales: Mapping[int, int] = {}
        self._demuxer = "mpegts"
        self._rewraps = False
        self._pids: Mapping[int, int] | None = None
        self._run: _Run | None = None

    async def open(self, feed: Feed, splice: Splice) -> list[str]:
        """Return the arguments with which ffmpeg reads it; waits for what they depend on.

        Raises:
            IncompleteError: that is not stored, and nothing more will be.
            StructureError: what is stored cannot be understood.
            StorageError: what is stored cannot be read.
        """
        options: list[str] = []
        if self._track.container is Container.PACKED_AUDIO:
            await feed.entry(self.number, 0)
            self._demuxer = await in_thread(_demuxer, self._path(0))
            self._rewraps = len(sequence_starts(self._track.segments)) > 1
            shift_us = await splice.shift_us(self.number, self._track.segments[0])
            options = [] if self._rewraps else ["-itsoffset", f"{self._placed_us(0, shift_us)}us"]
        elif self._track.container is Container.FMP4:
            self._demuxer = "mp4"
            indexes = [init_index(order) for order in range(len(init_sections(self._track)))]
            for index in indexes:
                await feed.entry(self.number, index)
            self._rewraps = await in_thread(_differ, [self._path(index) for index in indexes])
        demuxer = "mpegts" if self._rewraps else self._demuxer
        return [*options, *demuxer_arguments(demuxer), *self.outlet.arguments]

    def put(self, segment: Segment, shift_us: int) -> None:
        """Hand over the next segment and what to add to its timestamps. It is stored, its init section too."""
        self._queue.put_nowait((segment, shift_us))

    def end(self) -> None:
        """Say that no segment follows."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Write all that is handed over.

        Raises:
            BrokenPipeError: ffmpeg reads no more.
            MuxError: a track whose parameters change cannot be rewrapped.
            StructureError: what is stored cannot be understood.
            StorageError: what is stored cannot be read, or ffmpeg hangs.
        """
        while (item := await self._next()) is not None:
            await self._take(*item)
        await self._end_run()
        await self.outlet.finish()

    async def _next(self) -> tuple[Segment, int] | None:
        if self._queue.empty():
            await self.outlet.flush()
        self.waits = self._queue.empty()
        item = await self._queue.get()
        self.waits = False
        return item

    async def _take(self, segment: Segment, shift_us: int) -> None:
        if segment.discontinuity and self._track.container is Container.MPEG_TS:
            self._pids = self._new_pids(segment.index)
        run = _Run(init=segment.init, shift_us=shift_us, pids=self._pids)
        if run != self._run:
            await self._end_run()
        if self._rewraps or self._pids:
            self._run = self._run or run
            self._run.indexes.append(segment.index)
        else:
            await self._send(segment, shift_us)

    async def _send(self, segment: Segment, shift_us: int) -> None:
        path = self._path(segment.index)
        if self._init is None and segment.init is not None:
            await self._send_init(segment.init)
        if self._track.container is Container.PACKED_AUDIO:
            await self.outlet.send_file(path, await in_thread(_tag_bytes, path))
        elif shift_us:
            await self.outlet.send(await in_thread(self._retimed, path, shift_us))
        else:
            await self.outlet.send_file(path)

    async def _send_init(self, init: InitSection) -> None:
        """Send the first init section. Later ones say the same, else the track is rewrapped."""
        path = self._path_of(init)
        self._timescales = await in_thread(_timescales, path)
        await self.outlet.send_file(path)
        self._init = init

    async def _end_run(self) -> None:
        """Rewrap what has gathered, and send that."""
        run, self._run = self._run, None
        if run is None:
            return
        target = self._work.path / f"t{self.number}" / "run.part.ts"
        paths = [(self._path_of(run.init), 0)] if run.init else []
        if self._track.container is Container.PACKED_AUDIO:
            shift_us = self._placed_us(run.indexes[0], run.shift_us)
            paths += [(self._path(index), await in_thread(_tag_bytes, self._path(index))) for index in run.indexes]
        else:
            shift_us = run.shift_us
            paths += [(self._path(index), 0) for index in run.indexes]
        self.waits = True
        await rewrap(self._ffmpeg, self._demuxer, paths, target, shift_us=shift_us, pids=run.pids, pipes=self._pipes)
        self.waits = False
        await self.outlet.send_file(target)
        await self.outlet.flush()
        await in_thread(_remove, target)

    def _placed_us(self, index: int, shift_us: int) -> int:
        """Return when a segment of packed audio plays, on the timeline that is made."""
        spans = self._entry(index).spans
        return (spans[0].start_us + shift_us) % WRAP_US if spans else shift_us

    def _new_pids(self, index: int) -> Mapping[int, int] | None:
        """Return which PIDs the streams of a segment should have: those of the first one. None when they do."""
        first, own = (self._pids_by_kind(number) for number in (0, index))
        pids = {new: old for kind, found in own.items() for new, old in zip(found, first.get(kind, ()), strict=False)}
        return pids if any(new != old for new, old in pids.items()) else None

    def _pids_by_kind(self, index: int) -> Mapping[str, Sequence[int]]:
        pids: defaultdict[str, list[int]] = defaultdict(list)
        for span in self._entry(index).spans:
            pids[span.kind].append(span.stream)
        return pids

    def _retimed(self, path: Path, shift_us: int) -> bytearray:
        with storage_errors(path):
            data = bytearray(path.read_bytes())
        if self._track.container is Container.MPEG_TS:
            retime_mpegts(data, shift_us)
        else:
            retime_boxes(data, shift_us, self._timescales)
        return data

    def _entry(self, index: int) -> Entry:
        entry = self._work.ledger.entry(self.number, index)
        assert entry is not None
        return entry

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


def _head(path: Path, start: int = 0) -> bytes:
    with storage_errors(path), path.open("rb") as file:
        file.seek(start)
        return file.read(_HEAD_BYTES)


def _tag_bytes(path: Path) -> int:
    return strip_id3(_head(path))


def _demuxer(path: Path) -> str:
    return demuxer_of(_head(path, _tag_bytes(path)))


def _remove(path: Path) -> None:
    with storage_errors(path):
        path.unlink()
