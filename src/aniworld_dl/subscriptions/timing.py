"""When a subscription is checked next. Times and durations are seconds."""

from __future__ import annotations

from typing import Final

SHORTEST_INTERVAL_S: Final = 900
LONGEST_INTERVAL_S: Final = 30 * 86_400
DEFAULT_INTERVAL_S: Final = 6 * 3600
FAILING_AFTER: Final = 3
"""After so many failures in a row a subscription is shown as failing; it is checked all the same."""
_JITTER: Final = 0.2
_FIRST_BACKOFF_S: Final = 900.0
_LONGEST_BACKOFF_S: Final = 86_400.0
_MOST_DOUBLINGS: Final = 20


def pause_s(interval_s: int, failures: int, random: float) -> float:
    """Return how long to wait after a check: the interval, or after failures ever longer, and a little of chance.

    After a failure it is sooner than the interval at first, and later in the end: a day at least between two tries
    is the most. `random` is in `[0, 1)`.
    """
    wait_s = float(interval_s)
    if failures:
        wait_s = min(_FIRST_BACKOFF_S * 2 ** min(failures - 1, _MOST_DOUBLINGS), max(_LONGEST_BACKOFF_S, interval_s))
    return wait_s * (1 + _JITTER * random)


def longest_pause_s(interval_s: int) -> float:
    """Return what no pause is longer than. A check further away was put there by a clock that was wrong."""
    return max(_LONGEST_BACKOFF_S, interval_s) * (1 + _JITTER)
