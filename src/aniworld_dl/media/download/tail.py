"""The slow end of a download: which request hangs, so that what it is for is better asked for again.

A request hangs when it has taken longer than 95 of 100 pieces of its track took, and by its own rate needs longer to
its end than a whole piece usually takes. Nothing can be said before eight pieces have come.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download.plan import PieceKey
    from aniworld_dl.media.download.progress import Attempt

_LEAST_SAMPLES: Final = 8
TOLLED_EVERY_S: Final = 0.1
_MOST_SPARES: Final = 3
_SHORTEST_S: Final = 0.3
"""Below that nothing counts as hanging, and nothing is worth another request."""


class LostError(Exception):
    """Another request for the same piece was faster."""


class Scope:
    """A block that another task can end. An asynchronous context manager, used once; `lose` ends it.

    Raises:
        LostError: at its end, when `lose` was called.
    """

    def __init__(self) -> None:
        self.is_lost = False
        self.ended = asyncio.Event()
        # a timeout without a time is what the standard library has for cancelling a block and not its task
        self._timeout = asyncio.Timeout(None)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError as timeout:
            raise LostError from timeout
        finally:
            self.ended.set()

    def lose(self) -> None:
        """End the block at once, since another one has what it is for."""
        if not self.is_lost and not self.ended.is_set():
            self.is_lost = True
            self._timeout.reschedule(0)


class Flight:
    """The work at one piece, over all its attempts. `spare` counts those that were begun while others hang, from 1."""

    def __init__(self, key: PieceKey, scope: Scope, *, spare: int = 0) -> None:
        self.key = key
        self.scope = scope
        self.spare = spare
        self.attempt: Attempt | None = None
        """Counts the bytes of the request under way, None before its answer."""
        self.sent_at: float | None = None
        """When the request under way was sent, None while there is none."""
        self.has_all = False
        """Whether everything has come and is being stored."""


class Bell:
    """Wakes those who have nothing to do: when something has changed, and from time to time to look who hangs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()
        self._awaited = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next ring."""
        self._rung.clear()
        self._awaited.set()
        await self._rung.wait()

    def ring(self) -> None:
        """Wake all who wait."""
        self._rung.set()

    async def toll(self) -> None:
        """Ring ten times a second as long as somebody waits. Runs until it is cancelled."""
        while True:
            self._awaited.clear()
            await self._awaited.wait()
            await self._clock.sleep(TOLLED_EVERY_S)
            self.ring()


class Tail:
    """What is under way, and how long it usually takes. One event loop only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._flights: defaultdict[PieceKey, list[Flight]] = defaultdict(list)
        self._taken_s: defaultdict[int, list[float]] = defaultdict(list)
        self._spares: Counter[PieceKey] = Counter()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._flights

    def begin(self, flight: Flight) -> None:
        """Count a flight as under way."""
        self._flights[flight.key].append(flight)

    def sent(self, flight: Flight) -> None:
        """Note that a request goes out."""
        flight.sent_at = self._clock.monotonic()
        flight.attempt = None
        flight.has_all = False

    def end(self, flight: Flight) -> bool:
        """Count a flight no more; tell whether it was the last one for its piece."""
        others = self._flights[flight.key]
        others.remove(flight)
        if not others:
            del self._flights[flight.key]
        return not others

    def landed(self, flight: Flight) -> None:
        """Note how long a piece took that is stored now."""
        if flight.sent_at is not None:
            insort(self._taken_s[flight.key[0]], self._clock.monotonic() - flight.sent_at)

    def claim(self, flight: Flight) -> list[Flight]:
        """Win against the other flights for the same piece, which end then, and return them.

        Raises:
            LostError: another one has won.
        """
        if flight.scope.is_lost:
            raise LostError
        flight.has_all = True
        rivals = [other for other in self._flights[flight.key] if other is not flight]
        for rival in rivals:
            rival.scope.lose()
        return rivals

    def ask_again(self) -> Flight | None:
        """Begin a flight for the piece whose requests all hang, for longest; None when there is none.

        A piece is asked for again three times at most.
        """
        now = self._clock.monotonic()
        late = [
            (min(_age_s(flight, now) for flight in flights), key)
            for key, flights in self._flights.items()
            if self._spares[key] < _MOST_SPARES and all(self._hangs(flight, now) for flight in flights)
        ]
        if not late:
            return None
        _, key = max(late)
        self._spares[key] += 1
        flight = Flight(key, Scope(), spare=self._spares[key])
        self.begin(flight)
        return flight

    def _hangs(self, flight: Flight, now: float) -> bool:
        taken_s = self._taken_s[flight.key[0]]
        if flight.sent_at is None or flight.has_all or len(taken_s) < _LEAST_SAMPLES:
            return False
        age_s = _age_s(flight, now)
        late_s = max(taken_s[-(-len(taken_s) * 95 // 100) - 1], _SHORTEST_S)
        usual_s = max(taken_s[len(taken_s) // 2], _SHORTEST_S)
        return age_s > late_s and _remaining_s(flight.attempt, age_s) > usual_s


def _age_s(flight: Flight, now: float) -> float:
    return now - flight.sent_at if flight.sent_at is not None else 0.0


def _remaining_s(attempt: Attempt | None, age_s: float) -> float:
    """Return how long a request needs to its end at its own rate."""
    if attempt is None or not attempt.bytes_done or attempt.expected_bytes is None:
        return float("inf")
    return max(attempt.expected_bytes - attempt.bytes_done, 0) * age_s / attempt.bytes_done
