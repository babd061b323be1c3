"""The only place that knows time, sleep and randomness, so that tests can own all three."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Final, Protocol

_JUMP_S: Final = 3600.0
_STEADY_AFTER_S: Final = 86_400.0


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


class Steadiness:
    """Knows whether the time of day goes on as it should. What is forgotten for its age waits a day after a jump.

    A clock that was set a year ahead by mistake would make everything old.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = clock.time() - clock.monotonic()
        self._jumped_at: float | None = None

    def holds(self) -> bool:
        """Tell whether the clock has not been set anew within a day, as far as calls of this method have seen."""
        now, offset_s = self._clock.monotonic(), self._clock.time() - self._clock.monotonic()
        if abs(offset_s - self._offset_s) > _JUMP_S:
            self._offset_s, self._jumped_at = offset_s, now
        return self._jumped_at is None or now - self._jumped_at >= _STEADY_AFTER_S


async def wait_for(event: asyncio.Event, clock: Clock, seconds: float | None) -> bool:
    """Wait for an event, or until that much time has passed, None for however long; tell whether it is the event."""
    if seconds is None:
        return await event.wait()
    waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set()
