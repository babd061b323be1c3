"""One request for neighbouring pieces of a plain file, cut into pieces while its answer comes in."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aniworld_dl.errors import BodyTruncatedError, SourceChangedError
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.download.intake import Intake
from aniworld_dl.media.download.piece import PARTIAL_CONTENT, asked
from aniworld_dl.media.download.tail import Flight, Scope
from aniworld_dl.media.store.segment_file import SegmentFile
from aniworld_dl.media.store.structure import check_for
from aniworld_dl.model import ByteRange
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from aniworld_dl.media.download.file_pace import Pace
    from aniworld_dl.media.download.file_runs import Run
    from aniworld_dl.media.download.piece import Means
    from aniworld_dl.media.download.sources import Source
    from aniworld_dl.media.download.tail import Tail
    from aniworld_dl.net.response import Response


@dataclass(eq=False, slots=True, kw_only=True)
class Reading:
    """A worker's way through a run."""

    run: Run
    pace: Pace
    scope: Scope = field(default_factory=Scope)
    flight: Flight | None = None
    """The work at the first piece of the run, while there is a request for it."""


class FileReader:
    """Reads pieces into the one file that they make. `opened` is called when an answer begins."""

    def __init__(self, means: Means, tail: Tail, track: int, opened: Callable[[], None]) -> None:
        self._means = means
        self._tail = tail
        self._number = track
        self._track = means.work.media.tracks[track]
        self._opened = opened

    async def read(self, reading: Reading, source: Source, pieces: int) -> None:
        """Ask once for the next `pieces` pieces of a run and store them; fewer when the run becomes shorter meanwhile.

        Raises:
            LostError: another request for the last piece of the run was faster.
            AniworldDlError: why the piece at which the run stands now is not there.
        """
        run, pace = reading.run, reading.pace
        stop = min(run.stop, run.next + pieces)
        wanted = ByteRange(start=self._range(run.next).start, stop=self._range(stop - 1).stop)
        flight = self._begin(reading)
        pace.sent()
        try:
            async with self._answer(flight, source, wanted) as body:
                pace.answered()
                self._opened()
                while True:
                    await self._piece(flight, body, is_last=run.next == stop - 1)
                    pace.stored()
                    run.next += 1
                    if run.next >= min(stop, run.stop):
                        return
                    self._end(flight)
                    flight = self._begin(reading)
                    self._tail.sent(flight)
        finally:
            self._end(flight)
            reading.flight = None

    async def read_apart(self, flight: Flight, source: Source) -> None:
        """Ask for one piece that another request hangs at, and store it if this one is faster.

        Raises:
            LostError: the other one was faster after all.
            AniworldDlError: why it is not there.
        """
        _, index = flight.key
        part, held, progress = self._range(index), list[bytes](), self._means.progress
        with progress.segments.asking(flight.key):
            async with self._answer(flight, source, part) as body:
                with progress.attempt(*flight.key, part.length, spare=True, host=body.host) as flight.attempt:
                    intake = self._intake(held.extend, flight)
                    await body.feed(intake, part.length, is_last=True)
                    for rival in self._tail.claim(flight):
                        await rival.scope.ended.wait()  # else it could still write into the same place
                    await in_thread(self._store_apart, index, [*held, *intake.held])
                    flight.attempt.keep()
                    self._tail.landed(flight)
        self._means.stored(*flight.key)

    def _begin(self, reading: Reading) -> Flight:
        reading.flight = Flight((self._number, reading.run.next), reading.scope)
        self._tail.begin(reading.flight)
        self._means.progress.segments.asked(reading.flight.key)
        return reading.flight

    def _end(self, flight: Flight) -> None:
        self._tail.end(flight)
        self._means.progress.segments.let_go(flight.key)

    async def _piece(self, flight: Flight, body: _Body, *, is_last: bool) -> None:
        _, index = flight.key
        size = self._range(index).length
        file = self._file(index)
        try:
            with self._means.progress.attempt(*flight.key, size, host=body.host) as flight.attempt:
                intake = self._intake(file.write, flight)
                await body.feed(intake, size, is_last=is_last)
                self._tail.claim(flight)
                await in_thread(self._store, index, file, intake.held)
                flight.attempt.keep()
                self._tail.landed(flight)
        finally:
            if file.is_open:
                await in_thread(file.close)
        self._means.stored(*flight.key)

    @asynccontextmanager
    async def _answer(self, flight: Flight, source: Source, wanted: ByteRange) -> AsyncIterator[_Body]:
        where = source.links.whereabouts(*flight.key)
        async with asked(self._means, self._tail, flight, where, track=self._track, wanted=wanted) as response:
            if not self._is_same(response, wanted):
                raise SourceChangedError(url=without_query(where.uri))
            async with aclosing(response.chunks()) as chunks:
                with self._means.http.buffers.share():
                    yield _Body(response, chunks, wanted.length)

    def _is_same(self, response: Response, wanted: ByteRange) -> bool:
        """Tell whether the answer is what was asked for, of the file that was seen first."""
        all_is_wanted = wanted.start == 0 and response.total_bytes == wanted.length
        is_part = response.status == PARTIAL_CONTENT or all_is_wanted
        tag, validator = response.headers.get("etag", ""), self._track.validator or ""
        is_other = tag.startswith('"') and validator.startswith('"') and tag != validator
        return is_part and not is_other and response.total_bytes in {None, self._track.size_bytes}

    def _file(self, index: int) -> SegmentFile:
        return SegmentFile(
            self._means.work.segment_path(self._number, index),
            check=check_for(self._track.container),
            start=self._range(index).start,
        )

    def _intake(self, write: Callable[[list[bytes]], None], flight: Flight) -> Intake:
        assert flight.attempt is not None
        means = self._means
        return Intake(write, flight.attempt, throttle=means.throttle, buffers=means.http.buffers)

    def _store(self, index: int, file: SegmentFile, rest: list[bytes]) -> None:
        file.write(rest)
        entry = file.finish()
        with storage_errors(self._means.work.path):
            self._means.work.ledger.add(self._number, index, entry)

    def _store_apart(self, index: int, data: list[bytes]) -> None:
        with closing(self._file(index)) as file:
            self._store(index, file, data)

    def _range(self, index: int) -> ByteRange:
        found = self._track.segments[index].byte_range
        assert found is not None, index
        return found


class _Body:
    """The body of an answer, dealt out in parts of given sizes."""

    def __init__(self, response: Response, chunks: AsyncGenerator[bytes], size: int) -> None:
        self.host = urlsplit(response.url).hostname
        """The server that it comes from."""
        self._chunks = chunks
        self._expected = size
        self._received = 0
        self._rest = b""

    async def feed(self, intake: Intake, size: int, *, is_last: bool) -> None:
        """Give the next `size` bytes to an intake. There are as many: the answer's range was checked.

        Raises:
            BodyTruncatedError: fewer came than were announced, or after the last part there are more.
            NetError: they did not come.
        """
        while size:
            chunk = self._rest or self._counted(await anext(self._chunks))
            part, self._rest = chunk[:size], chunk[size:]
            size -= len(part)
            await intake.take(part)
        if is_last and (self._rest or self._counted(await anext(self._chunks, b""))):
            raise BodyTruncatedError(host=self.host, received_bytes=self._received, expected_bytes=self._expected)

    def _counted(self, chunk: bytes) -> bytes:
        self._received += len(chunk)
        return chunk
