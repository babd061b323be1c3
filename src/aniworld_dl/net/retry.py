"""Asks again when a failure may pass, later each time, and never all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.errors import AniworldDlError, HttpStatusError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aniworld_dl.clock import Clock

T = TypeVar("T")

LONGEST_RETRY_AFTER_S: Final = 300.0
"""A server that wants a longer pause is asked again after this one."""

_BASE_S: Final = 0.5
_CAP_S: Final = 30.0


class Retry:
    """Runs an operation up to `attempts` times.

    Waits a random time between nothing and a ceiling that doubles from 0.5 s to 30 s ("full jitter"), on top of what a
    server asked for by `Retry-After`.
    """

    def __init__(self, clock: Clock, attempts: int) -> None:
        if attempts < 1:
            raise ValueError("attempts must be at least 1")
        self._clock = clock
        self._attempts = attempts

    async def run(
        self, operation: Callable[[], Awaitable[T]], *, on_retry: Callable[[AniworldDlError, int], None] | None = None
    ) -> T:
        """Return what `operation` returns, asking again while its errors are `retryable`.

        `on_retry` is told each failure that is followed by another attempt, and that attempt's number (2 and up).

        Raises:
            AniworldDlError: the last attempt's error, or the first that is not retryable.
            Exception: any other, at once.
        """
        for attempt in range(1, self._attempts):
            try:
                return await operation()
            except AniworldDlError as error:
                if not error.retryable:
                    raise
                failure = error
            if on_retry is not None:
                on_retry(failure, attempt + 1)
            await self._clock.sleep(self._pause_s(failure, attempt))
        return await operation()

    def _pause_s(self, failure: AniworldDlError, attempt: int) -> float:
        ceiling = min(_CAP_S, _BASE_S * 2.0 ** min(attempt - 1, 10))
        wanted = failure.retry_after_s if isinstance(failure, HttpStatusError) else None
        return min(wanted or 0.0, LONGEST_RETRY_AFTER_S) + self._clock.random() * ceiling
