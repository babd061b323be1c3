"""Streams that take from throttles for as long as a fake clock runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.limits import Throttle
    from tests.fakes.clock import FakeClock

CHUNK = 64 * 1024


class Streams:
    """Streams that take chunks from throttles for as long as the fake clock runs, counting what passed."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.passed: Counter[str] = Counter()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, throttle: Throttle, *, size: int = CHUNK) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(name, throttle, size), name=name)
        self.tasks.append(task)
        return task

    async def rates(self, seconds: float) -> dict[str, float]:
        """Let time pass and return what passed in it, in bytes a second."""
        before = Counter(self.passed)
        await self.clock.run(seconds)
        return {name: (count - before[name]) / seconds for name, count in self.passed.items()}

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _run(self, name: str, throttle: Throttle, size: int) -> None:
        while True:
            await throttle.take(size, partial(self._pass, name))

    def _pass(self, name: str, size: int) -> None:
        self.passed[name] += size
