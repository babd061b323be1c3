"""A clock that tests own: time stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Coroutine

START = 1_800_000_000.0


class FakeClock:
    """Implements `Clock`. `advance` moves time and wakes the sleepers whose time has come.

    With `auto_advance` every sleep returns at once (after one turn of the loop) and moves time by itself, for code
    whose waiting is not what the test is about; a sleep of exactly `waits_s` waits for the test all the same, so that
    who looks at the clock from time to time does not make it run. `slept` has every sleep that was asked for, in order.
    """

    def __init__(
        self,
        *,
        start: float = START,
        auto_advance: bool = False,
        waits_s: float | None = None,
        random: float = 0.5,
    ) -> None:
        self.auto_advance = auto_advance
        self.waits_s = waits_s
        self.random_value = random
        self.slept: list[float] = []
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def time(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    def random(self) -> float:
        return self.random_value

    def sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Sleep from this moment on, not from when somebody awaits it: the time may have been moved until then."""
        self.slept.append(seconds)
        if (self.auto_advance and seconds != self.waits_s) or seconds <= 0:
            return self._pass(max(seconds, 0.0))
        waker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), waker))
        self._changed.set()
        return cast("Coroutine[Any, Any, None]", waker)

    async def _pass(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    @property
    def sleeping(self) -> int:
        """How many wait for time to pass."""
        return sum(not waker.done() for _, _, waker in self._sleepers)

    def set_anew(self, seconds: float) -> None:
        """Set the time of day forward, or back, as people and time servers do; nobody who sleeps notices."""
        self._start += seconds

    def advance(self, seconds: float) -> None:
        """Move time and wake, in order of their deadlines, those whose time has come. They run when the test awaits."""
        self._elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed + 1e-9:
            *_, waker = heapq.heappop(self._sleepers)
            if not waker.done():
                waker.set_result(None)

    async def run(self, seconds: float) -> None:
        """Let time pass from deadline to deadline, so that who sleeps again within that time is woken again."""
        end = self._elapsed + seconds
        await settle()
        while (due := self._next_deadline()) is not None and due <= end + 1e-9:
            self.advance(max(due - self._elapsed, 0.0))
            await settle()
        self.advance(max(end - self._elapsed, 0.0))
        await settle()

    async def wait_for_sleepers(self, count: int = 1) -> None:
        """Return when at least `count` tasks sleep."""
        while self.sleeping < count:
            self._changed.clear()
            await self._changed.wait()

    def _next_deadline(self) -> float | None:
        return min((deadline for deadline, _, waker in self._sleepers if not waker.done()), default=None)


async def settle(turns: int = 10) -> None:
    """Let everything that can run without time or I/O run."""
    for _ in range(turns):
        await asyncio.sleep(0)
