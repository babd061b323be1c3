"""The inputs of a mux: a pipe for each segmented track, fed in the order of play; a file for each of the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aniworld_dl.errors import leading_error
from aniworld_dl.media.mux.line import Line
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA
from aniworld_dl.media.mux.splice import Splice
from aniworld_dl.media.store.layout import stored_name
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.mux.pipes import Outlet
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Track


class Inputs:
    """What ffmpeg is to read, as its arguments, and the writing of it. Close it, whatever happens."""

    def __init__(self, ffmpeg: Ffmpeg, work: WorkFolder, feed: Feed, *, container: str, pipes: bool) -> None:
        self._ffmpeg = ffmpeg
        self._work = work
        self._feed = feed
        self._container = container
        self._pipes = pipes
        self._splice = Splice(work, feed)
        self._lines: dict[int, Line] = {}
        self.arguments: list[list[str]] = []
        """The arguments of each track's input."""

    @property
    def outlets(self) -> Sequence[Outlet]:
        """Where `hand_over` writes."""
        return [line.outlet for line in self._lines.values()]

    @property
    def options(self) -> list[str]:
        """All arguments up to the last input."""
        # each input would otherwise be moved to start at 0, and sound would lose its place beside the picture
        together = ["-copyts"] if len(self.arguments) > 1 else []
        return [*together, *(argument for arguments in self.arguments for argument in arguments)]

    async def prepare(self) -> None:
        """Find out the arguments; waits for subtitles, and for the first segments where they depend on them.

        Raises:
            MediaError: something stored is damaged, or missing although nothing more will be stored.
            StorageError: something cannot be read or written.
        """
        for number in range(len(self._work.media.tracks)):
            self.arguments.append(await self._input(number))

    async def hand_over(self) -> None:
        """Write all segments, each when it is stored.

        Raises:
            BrokenPipeError: ffmpeg reads no more.
            MediaError: something stored is damaged, or missing although nothing more will be stored.
            StorageError: something cannot be read or written, or ffmpeg hangs.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for line in self._lines.values():
                    group.create_task(line.run(), name=f"join-{line.number}")
                await self._share_out()
        except BaseExceptionGroup as failures:
            failure = leading_error(failures)
        else:
            return
        raise failure

    def close(self) -> None:
        """Close everything, also what was never handed over."""
        for outlet in self.outlets:
            outlet.close()

    async def _input(self, number: int) -> list[str]:
        track = self._work.media.tracks[number]
        if track.container is Container.FILE:
            return file_arguments(track, number)
        if track.kind is TrackKind.TEXT:
            from aniworld_dl.media.mux.text_input import text_input  # noqa: PLC0415 - seldom needed, long to import

            single = self._container == "mp4"
            return await text_input(self._work, self._feed, self._splice, number, one_at_a_time=single)
        line = Line(self._ffmpeg, self._work, number, pipes=self._pipes, stuck=self._nothing_to_wait_for)
        self._lines[number] = line
        return await line.open(self._feed, self._splice)

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


def file_arguments(track: Track, number: int) -> list[str]:
    """Return the arguments with which ffmpeg, run in the work folder, reads a track that is stored as one file."""
    # times are generated for what has none of its own, as pictures in AVI
    return [*READ_ONLY_MEDIA, "-fflags", "+genpts", "-i", stored_name(track, number, 0)]
