"""Reading a Matroska file while it is being written from front to back, as a muxer does it.

What a muxer writes anew at the end is what stands before the first cluster (the size of the segment, the duration);
that is read again then. Clusters are final once they are there to the last byte, so their checksums can be made at
once. The result is what `read_matroska` finds in the finished file.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from io import FileIO
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.errors import StorageError
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.ebml import HEAD_BYTES, EbmlFile
from aniworld_dl.media.formats.matroska import LEVEL_1, MatroskaFile, Reader, read_matroska

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.formats.ebml import Element

_TURN_BYTES: Final = 64 << 20
_LOOK_EVERY_S: Final = 0.1


class GrowingReader(Reader):
    """One reading of a file that grows. Set `is_final` when nothing is written to it any more."""

    def __init__(self, file: EbmlFile) -> None:
        super().__init__(file)
        self.is_final = False

    def follow(self, path: Path) -> Iterator[int | None]:
        """Read it; yield how far that is, None where it must grow first.

        Ends with `sums` set where all that was read while it grew still holds, and without having read the rest where
        it does not: the file must be read anew then.
        """
        position: int | None = None
        while not self.is_final:
            self._look_again(path)
            if position is None and (segment := self._segment()) is not None:
                position = segment.start
            if position is None or (stop := self._end_of(position)) is None:
                yield None
                continue
            self._file.hold(position, stop)
            start, position = position, self._level_1(position)
            if self._clusters and self._clusters[-1][0] == start:
                self.sums[start] = (position, self._file.crc32(start, position))
            yield position
        self._look_again(path)
        segment = self._segment()
        if position is None or segment is None or not self._head_holds(segment):
            self.sums = {}
        else:
            yield from self._rest(segment, position)

    def _look_again(self, path: Path) -> None:
        self._file.look_again(path.stat().st_size)
        self._end = self._file.size

    def _end_of(self, position: int) -> int | None:
        """Return where the element of the segment ends that stands here and is written to its last byte."""
        element = self._file.element(position) if position + HEAD_BYTES <= self._file.size else None
        if element is None or element.id not in LEVEL_1 or element.stop is None:
            return None
        return element.stop if element.stop <= self._file.size else None

    def _head_holds(self, segment: Element) -> bool:
        """Read again what is before the first cluster; tell whether what was read of the clusters still holds."""
        if not self.sums or self._damages or self._lost is not None:
            return False
        before, self._tracks = self._tracks, {}
        position, first = segment.start, self._clusters[0][0]
        while position < first:
            position = self._level_1(position)
        for number in before.keys() & self._tracks.keys():
            self._tracks[number].times = before[number].times
            self._tracks[number].told_durations = before[number].told_durations
        return position == first and before.keys() == self._tracks.keys()


class GrowingMatroska:
    """Follows a file, which must be there and may be empty, in the background; `result` says that it is written."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._written = asyncio.Event()
        self._task = asyncio.create_task(self._follow(), name="follow-result")

    async def result(self) -> MatroskaFile:
        """Return what the file holds, now that it is written.

        Raises:
            StorageError: it cannot be read.
        """
        self._written.set()
        found = None
        with suppress(StorageError):
            found = await self._task
        return found or await read_matroska(self.path)

    async def aclose(self) -> None:
        """Follow it no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, StorageError):
            await self._task

    async def _follow(self) -> MatroskaFile | None:
        opened: list[FileIO] = []
        try:
            with storage_errors(self.path):
                await in_thread(lambda: opened.append(FileIO(self.path)))  # open also when this is cancelled meanwhile
            reader = GrowingReader(EbmlFile(opened[0], 0))
            steps = reader.follow(self.path)
            while not await in_thread(self._take_steps, steps):
                await wait_for(self._written, self._clock, _LOOK_EVERY_S)
                reader.is_final = self._written.is_set()
            return await in_thread(reader.result) if reader.sums else None
        finally:
            for file in opened:
                await in_thread(file.close)

    def _take_steps(self, steps: Generator[int | None]) -> bool:
        """Read what is there, or a good part of it; tell whether that was the end."""
        with storage_errors(self.path):
            begun: int | None = None
            for position in steps:
                begun = position if begun is None else begun
                if position is None or begun is None or position - begun > _TURN_BYTES:
                    return False
        return True
