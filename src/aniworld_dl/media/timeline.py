"""Where on the timeline each segment of a track lies, so that times can be told from segments and back."""

from __future__ import annotations

from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.media.formats.packets import Span
    from aniworld_dl.model import Track


class Timeline:
    """A track's segments as spans of seconds from the manifest's durations. A segment without one takes no time."""

    def __init__(self, track: Track) -> None:
        stops = list(accumulate(segment.duration_s or 0.0 for segment in track.segments))
        self.spans: Sequence[Span] = list(zip([0.0, *stops], stops, strict=False))

    def segments_in(self, spans: Iterable[Span]) -> list[int]:
        """Return the indexes of the segments that share time with any of the spans."""
        wanted = list(spans)
        return [
            index
            for index, (start, stop) in enumerate(self.spans)
            if any(start < span_stop and span_start < stop for span_start, span_stop in wanted)
        ]

    def ranges(self, indexes: Iterable[int]) -> list[Span]:
        """Return the time that segments take, neighbours joined."""
        joined: list[Span] = []
        for index in sorted(indexes):
            start, stop = self.spans[index]
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], stop)
            else:
                joined.append((start, stop))
        return joined


def joined_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch joined and those of no length left out."""
    joined: list[Span] = []
    for start, stop in sorted(span for span in spans if span[1] > span[0]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined


def whole_seconds(spans: Iterable[Span]) -> list[Span]:
    """Return spans of whole seconds that hold all of these, joined where they touch."""
    return joined_spans((float(int(start)), float(ceil(stop))) for start, stop in spans)


def clock_ranges(spans: Iterable[Span]) -> str:
    """Return spans as people read them: `00:12:04-00:12:22`, comma-separated, whole seconds."""
    return ", ".join(f"{_clock(start)}-{_clock(stop)}" for start, stop in spans)


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}"
