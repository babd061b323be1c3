"""What a page's main thread did, read out of Chromium's trace events.

Times are those in which the thread had a processor, so that what else runs on the machine does not count.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_WORK: Final = frozenset(
    {
        *("FunctionCall", "EvaluateScript", "FireAnimationFrame", "TimerFire", "EventDispatch", "RunMicrotasks"),
        *("Layout", "UpdateLayoutTree", "MajorGC", "MinorGC", "v8.run", "v8.callFunction"),
    }
)
"""Names of what counts as script or layout."""
_FRAME: Final = "BeginMainThreadFrame"
_TASK: Final = "RunTask"


class Trace:
    """The frames of the thread that draws the page."""

    def __init__(self, events: Iterable[dict[str, Any]]) -> None:
        events = list(events)
        thread = _busiest(events)
        mine = [event for event in events if (event["pid"], event["tid"]) == thread]
        tasks = [event["tdur"] / 1000 for event in mine if event["name"] == _TASK and "tdur" in event]
        self.longest_task_ms = max(tasks)
        """Of all tasks, what the browser itself does in them included."""
        starts = sorted(event["ts"] for event in mine if event["name"] == _FRAME)
        work = [event for event in mine if event["name"] in _WORK and "tdur" in event]
        self.frames_ms = _by_frame(starts, _outermost(work))
        """For each frame how long scripts and layout took, until the next one began."""


def _busiest(events: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return process and thread of the page: those that began the most frames."""
    counts: dict[tuple[int, int], int] = {}
    for event in events:
        if event["name"] == _FRAME:
            key = (event["pid"], event["tid"])
            counts[key] = counts.get(key, 0) + 1
    return max(counts, key=lambda key: counts[key])


def _outermost(events: Iterable[dict[str, Any]]) -> Iterator[tuple[int, float]]:
    """Give start and milliseconds of those that do not lie within another: one script calls another."""
    end = 0
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        if event["ts"] >= end:
            end = event["ts"] + event["dur"]
            yield event["ts"], event["tdur"] / 1000


def _by_frame(starts: Sequence[int], work: Iterable[tuple[int, float]]) -> list[float]:
    """Return milliseconds for each frame but the last, which has no end."""
    sums = [0.0] * len(starts)
    for start, taken_ms in work:
        frame = bisect_right(starts, start) - 1
        if frame >= 0:
            sums[frame] += taken_ms
    return sums[:-1]
