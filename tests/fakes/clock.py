"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class FakeClock:
    """Time that passes only in `advance`. `random()` gives 0.5, or what the test set."""

    def __init__(self, start_s: float = 1_800_000_000.0) -> None:
        self.now = 0.0
        self.fixed_random = 0.5
        self._start_s = start_s
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self._start_s + self.now

    def monotonic(self) -> float:
        return self.now

    def random(self) -> float:
        return self.fixed_random

    async def sleep(self, seconds: float) -> None:
        waker = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), waker))
        await waker

    async def advance(self, seconds: float) -> None:
        """Let time pass; whoever sleeps wakes at its own moment, in order, and acts before time goes on."""
        until = self.now + seconds
        await self._let_everybody_act()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, waker = heapq.heappop(self._sleepers)
            self.now = max(self.now, at)
            if not waker.done():
                waker.set_result(None)
                await self._let_everybody_act()
        self.now = until

    @staticmethod
    async def _let_everybody_act() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
