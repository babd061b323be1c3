"""A plain file over several connections: each reads a run of pieces in one answer, and none waits for a slow one.

Slow start: the second connection opens when the first has brought bytes, and so on, doubling. A request asks for as
much as makes the time until its answer negligible, and not for a whole run: what another worker takes from the back
of an answer that is under way costs its connection.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError, SourceChangedError, StorageError
from aniworld_dl.media.download.file_pace import Pace
from aniworld_dl.media.download.file_reader import FileReader, Reading
from aniworld_dl.media.download.file_runs import FileRuns, expected_s
from aniworld_dl.media.download.sources import EndsAllError
from aniworld_dl.media.download.tail import Bell, Flight, LostError, Tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.download.failures import Failures
    from aniworld_dl.media.download.file_runs import Run
    from aniworld_dl.media.download.piece import Means
    from aniworld_dl.media.download.plan import PieceKey
    from aniworld_dl.media.download.sources import Source, Sources

_WAITS_PER_REQUEST: Final = 64
"""A request lasts so many times as long as its answer lets wait for the first bytes."""
_SHORTEST_REQUEST_S: Final = 0.25
_WAITS_WORTH_SHARING: Final = 4
_WORTH_SHARING_S: Final = 0.05
"""A run that ends sooner is left to its owner."""


class FileDownload:
    """The download of the missing pieces of one plain file, over at most `connections` connections."""

    def __init__(
        self, means: Means, sources: Sources, failures: Failures, *, file: tuple[int, Sequence[int]], connections: int
    ) -> None:
        self._track, missing = file
        self._means = means
        self._sources = sources
        self._failures = failures
        self._clock = means.http.clock
        self._tail = Tail(self._clock)
        self._bell = Bell(self._clock)
        self._reader = FileReader(means, self._tail, self._track, self._note_answer)
        self._runs = FileRuns(missing)
        self._readings: dict[Run, Reading] = {}
        self._workers = min(connections, len(missing))
        self._first_share = -(-len(missing) // connections)
        self._answers = 0

    async def run(self) -> None:
        """Fetch them all.

        Raises:
            BaseExceptionGroup: with an EndsAllError in it.
        """
        with self._means.wishes.heard(self._wished):
            await self._run()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tolling:
            toll = tolling.create_task(self._bell.toll(), name="file-bell")
            async with asyncio.TaskGroup() as group:
                for number in range(self._workers):
                    group.create_task(self._work(), name=f"file-{number}")
            toll.cancel()

    async def _work(self) -> None:
        pace = Pace(self._clock)
        while (job := await self._next(pace)) is not None:
            if isinstance(job, Flight):
                await self._read_apart(job)
            else:
                await self._read(job)

    async def _next(self, pace: Pace) -> Reading | Flight | None:
        """Wait for something to do: a run, a piece that hangs, or None at the end."""
        while not self._runs.is_empty:
            if len(self._readings) < max(self._answers * 2, 1) and (run := self._take(pace)):
                reading = self._readings[run] = Reading(run=run, pace=pace)
                return reading
            if (flight := self._tail.ask_again()) is not None:
                return flight
            await self._bell.wait()
        return None

    def _wished(self, key: PieceKey) -> None:
        track, index = key
        if track == self._track:
            self._runs.want(index)
            self._bell.ring()

    def _take(self, pace: Pace) -> Run | None:
        for run, reading in self._readings.items():
            run.rate = reading.pace.rate_now(reading.flight.attempt if reading.flight else None)
        return self._runs.take(pace.rate, is_worth=self._is_worth_sharing)

    def _is_worth_sharing(self, run: Run) -> bool:
        return expected_s(run) > max(_WORTH_SHARING_S, self._readings[run].pace.wait_s * _WAITS_WORTH_SHARING)

    async def _read(self, reading: Reading) -> None:
        try:
            async with reading.scope:
                while not reading.run.is_over:
                    await self._advance(reading)
        except LostError:
            reading.run.next += 1
        # what is raised here ends everything: nobody is to go on with the run then
        del self._readings[reading.run]
        self._runs.give_back(reading.run)
        self._bell.ring()

    async def _advance(self, reading: Reading) -> None:
        run = reading.run
        try:
            await self._sources.use(partial(self._attempt, reading))
        except AniworldDlError as error:
            last = self._failures.note((self._track, run.next), error)
            if last is not None:
                raise EndsAllError(last) from error
            self._means.wishes.settled(self._track, run.next)
            run.next += 1

    async def _attempt(self, reading: Reading, source: Source) -> None:
        """Ask once. An answer that breaks after whole pieces have come is no failed attempt at what follows them."""
        start = reading.run.next
        try:
            await self._reader.read(reading, source, self._pieces(reading))
        except (StorageError, SourceChangedError):
            raise
        except AniworldDlError as error:
            self._means.progress.segments.failed((self._track, reading.run.next))
            if reading.run.next == start or not error.retryable:
                raise
            self._means.progress.retries += 1
        self._failures.succeeded((self._track, start))

    def _pieces(self, reading: Reading) -> int:
        """Return for how many pieces to ask at a time."""
        pace = reading.pace
        if pace.rate is None:
            return self._first_share
        return max(round(pace.rate * max(_SHORTEST_REQUEST_S, pace.wait_s * _WAITS_PER_REQUEST)), 1)

    async def _read_apart(self, flight: Flight) -> None:
        try:
            async with flight.scope:
                await self._sources.ask_again(partial(self._reader.read_apart, flight))
            self._failures.succeeded(flight.key)
        except (StorageError, SourceChangedError) as error:
            raise EndsAllError(error) from error
        except (LostError, AniworldDlError):
            pass  # the other request goes on
        finally:
            self._tail.end(flight)

    def _note_answer(self) -> None:
        self._answers += 1
        self._bell.ring()
