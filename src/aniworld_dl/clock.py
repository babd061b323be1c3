"""The only place that knows time, sleep and randomness, so that tests can own all three."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol


class Clock(Protocol):
    """Time, sleep and randomness."""

    def time(self) -> float:
        """Seconds since the epoch, for what is stored and shown."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, for measuring."""
        ...

    def random(self) -> float:
        """Return a number in `[0, 1)`, for jitter; never for secrets."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real one."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def random(self) -> float:
        """Return a number in `[0, 1)`."""
        return random.random()  # noqa: S311 - jitter, not a secret

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
