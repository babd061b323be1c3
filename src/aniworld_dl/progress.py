"""Bytes over time become a speed that people can read and a remaining time that they can plan by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock

_WINDOW_S: Final = 4.0
"""Time constant of the smoothing: what happened this long ago weighs 1/e."""
_TICK_S: Final = 0.25


class Meter:
    """Counts bytes and smooths their rate exponentially.

    Counting a chunk is one addition and one comparison most of the time; the rate is folded at most every 250 ms.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self._pending = 0
        self._weighted_bytes = 0.0
        self._weighted_time = 0.0
        self.total_bytes = 0

    def add(self, size: int) -> None:
        """Count `size` bytes that have just arrived."""
        self.total_bytes += size
        self._pending += size
        if self._clock.monotonic() - self._since >= _TICK_S:
            self._fold()

    def speed_bytes_per_s(self) -> float:
        """Return the smoothed rate, which falls towards 0 while nothing arrives."""
        if self._clock.monotonic() - self._since >= _TICK_S:
            self._fold()
        return self._weighted_bytes / self._weighted_time if self._weighted_time else 0.0

    def eta_s(self, remaining_bytes: float | None) -> float | None:
        """Return the seconds until `remaining_bytes` have arrived at this rate, None when that cannot be said."""
        speed = self.speed_bytes_per_s()
        return remaining_bytes / speed if remaining_bytes is not None and speed > 1 else None

    def _fold(self) -> None:
        now = self._clock.monotonic()
        elapsed = now - self._since
        keep = math.exp(-elapsed / _WINDOW_S)
        self._weighted_bytes = self._weighted_bytes * keep + self._pending
        self._weighted_time = self._weighted_time * keep + elapsed
        self._pending = 0
        self._since = now
