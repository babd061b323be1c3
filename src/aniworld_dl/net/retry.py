"""Asks again when a failure may pass, later each time, and never all at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeGuard, TypeVar

from aniworld_dl.errors import AniworldDlError, ConnectError, HostCoolingError, HttpStatusError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aniworld_dl.clock import Clock

T = TypeVar("T")

LONGEST_RETRY_AFTER_S: Final = 300.0
"""A server that wants a longer pause is asked again after this one."""

LONGEST_PATIENCE_S: Final = 600.0
"""Pauses that a server asks for do not count as attempts until they are this long together."""

_BASE_S: Final = 0.5
_CAP_S: Final = 30.0
_SHORTEST_PATIENCE_S: Final = 1.0
"""A server that asks for no pause at all wears our patience too."""
_UNNAMED_PATIENCE_S: Final = 60.0
"""One that refuses and does not say for how long wears it by so much each time."""
_REST_S: Final = 60.0
"""So long at least a server is left alone that has used up our patience."""


class Retry:
    """Runs an operation up to `attempts` times.

    Waits a random time between nothing and a ceiling that doubles from 0.5 s to 30 s ("full jitter"), on top of what a
    server asked for by `Retry-After`. An answer that asks for a pause is no failed attempt, for up to ten minutes; nor
    is one that refuses because of too many requests, ten times. What a refusal asks for is waited for with the host's
    next slot, which may be refused for that reason.
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
            HostCoolingError: the server wants to be left alone for long, or has refused for too long.
            AniworldDlError: the last attempt's error, or the first that is not retryable.
            Exception: any other, at once.
        """
        tries, used, patience_s = 0, 0, LONGEST_PATIENCE_S
        failure: AniworldDlError | None = None
        while True:
            tries += 1
            try:
                return await operation()
            except HostCoolingError as error:
                if isinstance(failure, ConnectError):
                    raise failure from error  # it was tried: that is what it cools down from
                raise
            except AniworldDlError as error:
                wanted_s, cost_s = _wanted(error)
                if cost_s is None or patience_s <= 0:
                    used += 1
                    _give_way(error)
                if not error.retryable or used >= self._attempts:
                    raise
                failure = error
            if on_retry is not None:
                on_retry(failure, tries + 1)
            pause_s = self._pause_s(None if _is_refusal(failure) else wanted_s, tries)
            if cost_s is not None:
                patience_s -= max(pause_s, wanted_s or 0.0, cost_s)
            await self._clock.sleep(pause_s)

    def _pause_s(self, wanted_s: float | None, tries: int) -> float:
        ceiling = min(_CAP_S, _BASE_S * 2.0 ** min(tries - 1, 10))
        return min(wanted_s or 0.0, LONGEST_RETRY_AFTER_S) + self._clock.random() * ceiling


def _is_refusal(error: AniworldDlError) -> TypeGuard[HttpStatusError]:
    return isinstance(error, HttpStatusError) and error.refusal


def _give_way(error: AniworldDlError) -> None:
    """Leave a server alone that refuses again and again."""
    if _is_refusal(error):
        wait_s = max(error.retry_after_s or 0.0, _REST_S)
        raise HostCoolingError(host=str(error.params["host"]), wait_s=math.ceil(wait_s)) from error


def _wanted(error: AniworldDlError) -> tuple[float | None, float | None]:
    """Return the pause a server asks for, and what it wears our patience at least; None: it is a failed attempt."""
    if not isinstance(error, HttpStatusError):
        return None, None
    if error.retry_after_s is not None:
        return error.retry_after_s, _SHORTEST_PATIENCE_S
    return None, _UNNAMED_PATIENCE_S if error.refusal else None
