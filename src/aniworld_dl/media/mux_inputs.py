"""The inputs of a mux: a pipe for each segmented track, fed in the order of play; a file for each of the others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aniworld_dl.media.layout import stored_name
from aniworld_dl.media.mux_line import Line
from aniworld_dl.media.source_info import READ_ONLY_MEDIA
from aniworld_dl.media.splice import Splice
from aniworld_dl.media.text_input import text_input
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.feed import Feed
    from aniworld_dl.media.work import WorkFolder


class Inputs:
    """What ffmpeg is to read, as its arguments, and the feeding of it (`ffmpeg.Feeding`)."""

    def __init__(self, ffmpeg: Ffmpeg, work: WorkFolder, feed: Feed, container: str) -> None:
        self._container = container
        self._ffmpeg = ffmpeg
        self._work = work
        self._feed = feed
        self._splice = Splice(work.media, feed)
        self._lines: dict[int, Line] = {}
        self.arguments: list[list[str]] = []
        """The arguments of each track's input."""

    @property
    def options(self) -> list[str]:
        """All arguments up to the last input."""
        # each input would otherwise be moved to start at 0, and sound would lose its place beside the picture
        together = ["-copyts"] if len(self.arguments) > 1 else []
        return [*together, *(argument for arguments in self.arguments for argument in arguments)]

    async def prepare(self) -> None:
        """Find out the arguments; waits for subtitles, and for the first segments where they depend on them."""
        for number in range(len(self._work.media.tracks)):
            self.arguments.append(["-fflags", "+genpts", *await self._input(number)])

    def descriptors(self) -> Sequence[int]:
        """Return the reading ends of the pipes."""
        return [line.outlet.reader for line in self._lines.values()]

    async def run(self) -> None:
        """Feed all pipes until everything is handed over, or until ffmpeg has ended."""
        for line in self._lines.values():
            line.outlet.handed_over()
        async with asyncio.TaskGroup() as group:
            for line in self._lines.values():
                group.create_task(line.run(), name=f"feed-{line.number}")
            await self._share_out()

    def close(self) -> None:
        """Close all pipes."""
        for line in self._lines.values():
            line.outlet.close()

    async def _input(self, number: int) -> list[str]:
        track = self._work.media.tracks[number]
        if track.container is Container.FILE:
            return [*READ_ONLY_MEDIA, "-i", stored_name(track, number, 0)]
        if track.kind is TrackKind.TEXT:
            return await text_input(
                self._work, self._feed, self._splice, number, one_at_a_time=self._container == "mp4"
            )
        line = self._lines[number] = Line(self._ffmpeg, self._work, number, stuck=self._nothing_to_wait_for)
        return await line.open(self._feed)

    async def _share_out(self) -> None:
        """Hand each segment to its line once all that play before it are stored, so that no pipe runs far ahead."""
        async for number, segment in self._feed.in_play_order():
            if line := self._lines.get(number):
                line.put(segment, await self._splice.shift_us(number, segment))
        for line in self._lines.values():
            line.end()

    def _nothing_to_wait_for(self) -> bool:
        """Tell whether no line waits for a segment: if ffmpeg reads nothing then, it hangs."""
        return not any(line.waits for line in self._lines.values())


@asynccontextmanager
async def open_inputs(ffmpeg: Ffmpeg, work: WorkFolder, feed: Feed, container: str) -> AsyncIterator[Inputs]:
    """Prepare the inputs of a mux into a container ("mkv" or "mp4"); they are closed at the end.

    Raises:
        MediaError: subtitles or init sections cannot be read.
        StorageError: something cannot be read or written.
    """
    inputs = Inputs(ffmpeg, work, feed, container)
    try:
        await inputs.prepare()
        yield inputs
    finally:
        inputs.close()
