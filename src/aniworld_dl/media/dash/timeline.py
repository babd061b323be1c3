"""When the segments of a representation play: by a SegmentTimeline or by one duration for all.

ISO/IEC 23009-1 5.3.9.2.1 (one duration) and 5.3.9.6 (SegmentTimeline). Exact: in ticks and fractions, never in floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.values import signed, unsigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aniworld_dl.media.dash.xml import Node

SEGMENTS_LIMIT: Final = 200_000

_ROUNDING_S: Final = Fraction(1, 1000)
"""Durations are written to the millisecond: what sticks out by less is no segment of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of the presentation that a period takes. `duration_s` is None when nobody says."""

    start_s: Fraction
    duration_s: Fraction | None
    followed: bool
    """Whether another period takes over at its end."""


class Slot(NamedTuple):
    """A segment's number, its time and length in ticks, and how long it plays in its period, None when nobody says."""

    number: int
    time: int
    ticks: int
    duration_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaClock:
    """How the times of a representation relate to its period.

    Ticks count from the media's own zero, `timescale` of them a second; `offset` is the tick at which the period
    starts (presentationTimeOffset).
    """

    window: Window
    timescale: int
    offset: int = 0

    @property
    def end(self) -> Fraction | None:
        """The tick at which the period ends, None when nobody says."""
        duration_s = self.window.duration_s
        return None if duration_s is None else self.offset + duration_s * self.timescale

    @property
    def shift_s(self) -> float:
        """What to add to the times inside to get the time of presentation."""
        return float(self.window.start_s - Fraction(self.offset, self.timescale))

    def whole(self, number: int) -> Slot:
        """Return the one segment that lasts as long as the period."""
        duration_s = self.window.duration_s
        return Slot(number, self.offset, 1, None if duration_s is None else float(duration_s))

    def fitting(self, start: int, ticks: int) -> int | None:
        """Return how many segments of this length begin at or after `start` and before the end, None without one."""
        if self.end is None:
            return None
        return max(ceil((self.end - start - _ROUNDING_S * self.timescale) / ticks), 0)

    def cut(self, slot: Slot) -> Slot:
        """Return a segment whose length is nominal with the time it has before the period ends."""
        if self.end is None or slot.time + slot.ticks <= self.end:
            return slot
        return slot._replace(duration_s=max(float((self.end - slot.time) / self.timescale), 0.0))

    def shown(self, slots: Iterable[Slot]) -> Iterator[Slot]:
        """Yield those of which something is presented: not over before the period, nor begun when the next one does.

        Behind the end of the last period nothing takes over, and what is there is more likely the rest of the episode
        that a rounded duration has left out.
        """
        ends = self.end is not None and self.window.followed
        latest = ceil(self.end - _ROUNDING_S * self.timescale) if self.end is not None else 0
        for slot in slots:
            if slot.time + slot.ticks > self.offset and not (ends and slot.time >= latest):
                yield slot


def equal_slots(clock: MediaClock, ticks: int, first_number: int, count: int) -> Iterator[Slot]:
    """Yield segments that all have one duration, the last one cut to the period."""
    usual_s = ticks / clock.timescale
    for order in range(count):
        slot = Slot(first_number + order, clock.offset + order * ticks, ticks, usual_s)
        yield clock.cut(slot) if order == count - 1 else slot


class _Run(NamedTuple):
    """An S element: so many segments of one length. `until_end` when the period's end tells how many."""

    number: int
    time: int
    ticks: int
    repeats: int
    until_end: bool


def timeline_slots(node: Node, clock: MediaClock, first_number: int) -> Iterator[Slot]:
    """Yield the segments of a SegmentTimeline.

    Raises:
        ManifestError: it is not valid, or has more segments than any episode.
        UnsupportedMediaError: its segments come in parts (S@k), or are given by patterns.
    """
    runs = list(_runs(node, clock, first_number))
    if sum(run.repeats for run in runs) > SEGMENTS_LIMIT:
        raise too_many(node.line)
    previous = -1
    for run in runs:
        if run.time <= previous:
            raise ManifestError(line=node.line, reason="the times of a SegmentTimeline go back")
        previous = run.time + (run.repeats - 1) * run.ticks
        usual_s = run.ticks / clock.timescale
        for order in range(run.repeats):
            slot = Slot(run.number + order, run.time + order * run.ticks, run.ticks, usual_s)
            yield clock.cut(slot) if run.until_end and order == run.repeats - 1 else slot


def too_many(line: int) -> ManifestError:
    """Return the refusal of more segments than any episode has."""
    return ManifestError(line=line, reason=f"a representation has more than {SEGMENTS_LIMIT} segments")


def _runs(node: Node, clock: MediaClock, number: int) -> Iterator[_Run]:
    if node.first("Pattern") is not None:
        raise UnsupportedMediaError(what="a DASH manifest whose timeline is made of patterns")
    elements = list(node.all("S"))
    time = 0
    for element, following in zip_longest(elements, elements[1:]):
        time = unsigned(element.get("t") or str(time), element.line)
        number = unsigned(element.get("n") or str(number), element.line)
        run = _run(element, following, clock, number=number, time=time)
        yield run
        time += run.repeats * run.ticks
        number += run.repeats


def _run(element: Node, following: Node | None, clock: MediaClock, *, number: int, time: int) -> _Run:
    ticks = unsigned(element.get("d") or "0", element.line)
    if not ticks:
        raise ManifestError(line=element.line, reason="an S has no duration (@d)")
    if (element.get("k") or "1") != "1":
        raise UnsupportedMediaError(what="a DASH manifest with segments of several parts (S@k)")
    repeats = signed(element.get("r") or "0", element.line)
    if repeats >= 0:
        return _Run(number, time, ticks, repeats + 1, until_end=False)
    if following is not None:
        until = following.get("t")
        if until is None:
            raise ManifestError(line=element.line, reason="an S repeats until the next one, which has no time (@t)")
        count = ceil(Fraction(unsigned(until, following.line) - time, ticks))
    elif (fitting := clock.fitting(time, ticks)) is None:
        raise ManifestError(line=element.line, reason="an S repeats until the end of a period without one")
    else:
        count = fitting
    return _Run(number, time, ticks, max(count, 1), until_end=following is None)
