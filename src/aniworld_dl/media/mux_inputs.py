"""The inputs of a mux: a pipe for each segmented track, fed in the order of play; a file for each of the others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.layout import init_index, init_sections, stored_name
from aniworld_dl.media.pipes import Outlet
from aniworld_dl.media.retime import retime_boxes, retime_mpegts
from aniworld_dl.media.source_info import READ_ONLY_MEDIA
from aniworld_dl.media.splice import Splice
from aniworld_dl.media.text_input import write_text_input
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.feed import Feed
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import InitSection, Segment, Track

_FORMATS: Final = {Container.MPEG_TS: "mpegts", Container.FMP4: "mp4"}
_BLOCK_BYTES: Final = 1 << 20


@dataclass(slots=True, kw_only=True)
class _Line:
    """A segmented track on its way into its pipe."""

    number: int
    track: Track
    outlet: Outlet
    queue: asyncio.Queue[tuple[Segment, int] | None] = field(default_factory=asyncio.Queue)
    init: InitSection | None = None
    timescales: Mapping[int, int] = field(default_factory=dict)
    waits: bool = True
    """Whether it waits for a segment, rather than for ffmpeg."""


class Inputs:
    """What ffmpeg is to read, as its arguments, and the feeding of it (`ffmpeg.Feeding`)."""

    def __init__(self, work: WorkFolder, feed: Feed) -> None:
        self._work = work
        self._feed = feed
        self._splice = Splice(work.media, feed)
        self._lines: dict[int, _Line] = {}
        self.arguments: list[list[str]] = []
        """The arguments of each track's input."""

    @property
    def options(self) -> list[str]:
        """All arguments up to the last input."""
        # each input would otherwise be moved to start at 0, and sound would lose its place beside the picture
        together = ["-copyts"] if len(self.arguments) > 1 else []
        return [*together, *(argument for arguments in self.arguments for argument in arguments)]

    def descriptors(self) -> Sequence[int]:
        """Return the reading ends of the pipes."""
        return [line.outlet.reader for line in self._lines.values()]

    async def prepare(self) -> None:
        """Find out the arguments; waits for subtitles and for the first segment where they depend on it."""
        for number, track in enumerate(self._work.media.tracks):
            self.arguments.append(["-fflags", "+genpts", *await self._input(number, track)])

    async def run(self) -> None:
        """Feed all pipes until everything is handed over, or until ffmpeg has ended."""
        for line in self._lines.values():
            line.outlet.handed_over()
        async with asyncio.TaskGroup() as group:
            for line in self._lines.values():
                group.create_task(self._feed_line(line), name=f"feed-{line.number}")
            await self._share_out()

    def close(self) -> None:
        """Close all pipes."""
        for line in self._lines.values():
            line.outlet.close()

    async def _input(self, number: int, track: Track) -> list[str]:
        if track.container is Container.FILE:
            return [*READ_ONLY_MEDIA, "-i", stored_name(track, number, 0)]
        if track.kind is TrackKind.TEXT:
            return ["-f", "webvtt", "-i", await write_text_input(self._work, self._feed, self._splice, number)]
        outlet = Outlet(stuck=self._nothing_to_wait_for)
        self._lines[number] = _Line(number=number, track=track, outlet=outlet)
        source = ["-protocol_whitelist", "pipe", "-blocksize", str(_BLOCK_BYTES), "-i", f"pipe:{outlet.reader}"]
        if track.container is Container.PACKED_AUDIO:
            entry = await self._feed.entry(number, 0)
            return ["-itsoffset", f"{entry.spans[0].start_us}us", "-f", await self._packed(number), *source]
        return ["-f", _FORMATS[track.container], *source]

    async def _share_out(self) -> None:
        """Hand each segment to its line once all that play before it are stored, so that no pipe runs far ahead."""
        async for number, segment in self._feed.in_play_order():
            if line := self._lines.get(number):
                line.queue.put_nowait((segment, await self._splice.shift_us(number, segment)))
        for line in self._lines.values():
            line.queue.put_nowait(None)

    async def _feed_line(self, line: _Line) -> None:
        try:
            while (item := await line.queue.get()) is not None:
                line.waits = False
                await self._send(line, *item)
                line.waits = line.queue.empty()
        except BrokenPipeError:
            pass  # ffmpeg has ended, and its status says why
        finally:
            line.outlet.close()

    async def _send(self, line: _Line, segment: Segment, shift_us: int) -> None:
        if segment.init is not None and segment.init != line.init:
            await self._send_init(line, segment.init)
        path = self._work.segment_path(line.number, segment.index)
        start = await in_thread(tag_bytes, path) if line.track.container is Container.PACKED_AUDIO else 0
        if not shift_us or line.track.container is Container.PACKED_AUDIO:
            await line.outlet.send_file(path, start)
            return
        await line.outlet.send(await in_thread(_retimed, path, shift_us, line))

    async def _send_init(self, line: _Line, init: InitSection) -> None:
        index = init_index(init_sections(line.track).index(init))
        await self._feed.entry(line.number, index)
        path = self._work.segment_path(line.number, index)
        facts = await in_thread(_init_facts, path)
        if line.init is None:
            await line.outlet.send_file(path)
        line.init, line.timescales = init, {number: fact.timescale for number, fact in facts.items()}

    def _nothing_to_wait_for(self) -> bool:
        """Tell whether no line waits for a segment: if ffmpeg reads nothing then, it hangs."""
        return not any(line.waits for line in self._lines.values())


@asynccontextmanager
async def open_inputs(work: WorkFolder, feed: Feed) -> AsyncIterator[Inputs]:
    """Prepare the inputs of a mux; they are closed at the end.

    Raises:
        StorageError: something cannot be read or written.
        UnsupportedMediaError: the parameters of a track change in a way that no file can hold.
    """
    inputs = Inputs(work, feed)
    try:
        await inputs.prepare()
        yield inputs
    finally:
        inputs.close()


def _retimed(path: Path, shift_us: int, line: _Line) -> bytearray:
    with storage_errors(path):
        data = bytearray(path.read_bytes())
    if line.track.container is Container.MPEG_TS:
        retime_mpegts(data, shift_us)
    else:
        retime_boxes(data, shift_us, line.timescales)
    return data
