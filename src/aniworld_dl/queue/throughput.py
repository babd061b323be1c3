"""How much came, second by second for the last minutes and minute by minute for the last day."""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import StorageError
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import aiosqlite

    from aniworld_dl.clock import Clock
    from aniworld_dl.queue.database import Database

RECENT_S: Final = 300
MINUTE_S: Final = 60
DAY_MINUTES: Final = 1440
_LONGEST_STEP_S: Final = 5.0
"""What came in a longer time than this between two looks (the machine slept) says nothing about its seconds."""
_IDLE_MINUTES: Final = 15
"""While nothing happens so many minutes are written at once: a disk may sleep."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What was measured in one minute since 1970-01-01T00:00Z; `running` is the most episodes at a time."""

    minute: int
    mean_bytes_per_s: int
    peak_bytes_per_s: int
    running: int


class _Sum:
    """A minute that is being measured."""

    def __init__(self, minute: int) -> None:
        self.minute = minute
        self._bytes = 0.0
        self._seconds = 0.0
        self._peak = 0.0
        self._running = 0

    def add(self, bytes_per_s: float, seconds: float, running: int) -> None:
        self._bytes += bytes_per_s * seconds
        self._seconds += seconds
        self._peak = max(self._peak, bytes_per_s)
        self._running = max(self._running, running)

    def result(self) -> Minute:
        mean = self._bytes / self._seconds if self._seconds else 0.0
        return Minute(
            minute=self.minute,
            mean_bytes_per_s=round(mean),
            peak_bytes_per_s=round(self._peak),
            running=self._running,
        )


class Throughput:
    """Looks once a second how many bytes have come in all, and how many episodes run.

    Seconds are measured by the clock that never goes back, and only named by the time of day; minutes belong to the
    time of day, so that they outlive the service: one that is there twice, since the clock was put back, is the later.
    """

    def __init__(
        self, *, database: Database, clock: Clock, fetched_bytes: Callable[[], int], running: Callable[[], int]
    ) -> None:
        self._database = database
        self._clock = clock
        self._fetched_bytes = fetched_bytes
        self._running = running
        self._seconds: deque[int | None] = deque(maxlen=RECENT_S)
        self._last_s = 0
        """The second, by the clock that never goes back, before which the last measurement ends."""
        self._looked_at = 0.0
        self._seen_bytes = 0
        self._sum = _Sum(0)
        self._minutes: dict[int, Minute] = {}
        self._unwritten: list[Minute] = []
        self._postponed = False

    async def run(self) -> None:
        """Measure until cancelled."""
        await self._load()
        self._looked_at = self._clock.monotonic()
        self._last_s = math.floor(self._looked_at)
        self._seen_bytes = self._fetched_bytes()
        while True:
            now = self._clock.monotonic()  # after a late look not at the next second: a piece in no time is any rate
            await self._clock.sleep(math.floor(now + 0.5) + 1 - now)
            if self._look():
                await self._write()

    def view(self) -> Mapping[str, Any]:
        """Return `recent` and `day` in their public shape; what was not measured is null."""
        until = self._clock.time()
        last = math.floor(until / MINUTE_S)
        minutes = [self._minutes.get(minute) for minute in range(last - DAY_MINUTES, last)]
        return {
            "recent": {
                "step_s": 1,
                "from": time_view(until - (self._clock.monotonic() - self._last_s) - len(self._seconds)),
                "bytes_per_s": list(self._seconds),
            },
            "day": {
                "step_s": MINUTE_S,
                "from": time_view((last - DAY_MINUTES) * MINUTE_S),
                "mean_bytes_per_s": [found and found.mean_bytes_per_s for found in minutes],
                "peak_bytes_per_s": [found and found.peak_bytes_per_s for found in minutes],
                "running": [found and found.running for found in minutes],
            },
        }

    async def _load(self) -> None:
        minute = self._minute()
        rows = await self._database.read("throughput", after=minute - DAY_MINUTES - 1, until=minute)
        self._minutes = {row["minute"]: Minute(**row) for row in rows}
        self._sum = _Sum(minute)

    def _minute(self) -> int:
        return math.floor(self._clock.time() / MINUTE_S)

    def _look(self) -> bool:
        """Take a measurement; tell whether a minute has ended by it."""
        now, seen = self._clock.monotonic(), self._fetched_bytes()
        elapsed, running = now - self._looked_at, self._running()
        rate = max(seen - self._seen_bytes, 0) / elapsed if elapsed > 0 else 0.0
        self._looked_at, self._seen_bytes = now, seen
        known = elapsed <= _LONGEST_STEP_S
        steps = min(math.floor(now) - self._last_s, RECENT_S)
        self._seconds.extend([round(rate) if known else None] * steps)
        self._last_s = math.floor(now)
        if known:
            self._sum.add(rate, elapsed, running)
        if self._minute() == self._sum.minute:
            return False
        self._end_minute()
        return True

    def _end_minute(self) -> None:
        ended, self._sum = self._sum.result(), _Sum(self._minute())
        self._minutes[ended.minute] = ended
        oldest, newest = self._sum.minute - DAY_MINUTES, self._sum.minute
        self._minutes = {number: each for number, each in self._minutes.items() if oldest <= number < newest}
        self._unwritten = [*self._unwritten, ended][-DAY_MINUTES:]

    async def _write(self) -> None:
        """Write what is not written yet, unless nothing has happened: then later."""
        is_idle = not any(each.peak_bytes_per_s or each.running for each in self._unwritten)
        if not self._unwritten or (is_idle and len(self._unwritten) < _IDLE_MINUTES):
            return
        minutes, self._unwritten = self._unwritten, []
        try:
            await self._database.write(lambda connection: self._note(connection, minutes))
        except StorageError as error:
            if not error.retryable:
                raise
            if not self._postponed:
                _log.warning("throughput_postponed", code=error.code, reason=str(error))
            self._unwritten = minutes  # together with the next one
            self._postponed = True
        else:
            self._postponed = False

    async def _note(self, connection: aiosqlite.Connection, minutes: Iterable[Minute]) -> None:
        rows = [(each.minute, each.mean_bytes_per_s, each.peak_bytes_per_s, each.running) for each in minutes]
        await fetch(connection, "note_throughput", minutes=json.dumps(rows))
        newest = self._sum.minute
        await fetch(connection, "forget_throughput", after=newest - DAY_MINUTES - 1, until=newest)
