"""How fast one worker's connections are, in pieces of a file per second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download.progress import Attempt

_NEARLY_NOTHING: Final = 0.01
"""The part of a piece that counts as having come when nothing has."""


class Pace:
    """Measures a worker's requests, one after another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent_at = 0.0
        self._answered_at = 0.0
        self._piece_at = 0.0
        self._stored = 0
        self.rate: float | None = None
        """Of the last request, None until a piece has come."""
        self.wait_s = 0.0
        """How long the last answer let wait for its head."""

    def sent(self) -> None:
        """Note that a request goes out."""
        self._sent_at = self._piece_at = self._clock.monotonic()

    def answered(self) -> None:
        """Note that its answer begins."""
        self._answered_at = self._piece_at = self._clock.monotonic()
        self.wait_s = self._answered_at - self._sent_at
        self._stored = 0

    def stored(self) -> None:
        """Note that one more piece of it is stored."""
        self._stored += 1
        self._piece_at = self._clock.monotonic()
        elapsed_s = self._piece_at - self._answered_at
        if elapsed_s > 0:
            self.rate = self._stored / elapsed_s

    def rate_now(self, attempt: Attempt | None) -> float | None:
        """Return the rate by what has come so far: that of the piece under way when it takes longer than usual."""
        age_s = self._clock.monotonic() - self._piece_at
        if age_s <= 0 or (self.rate is not None and age_s * self.rate <= 1):
            return self.rate
        done = attempt.bytes_done / attempt.expected_bytes if attempt and attempt.expected_bytes else 0.0
        if self.rate is None and not done:
            return None
        return max(done, _NEARLY_NOTHING) / age_s
