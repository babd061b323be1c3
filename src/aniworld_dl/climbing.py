"""The one law by which numbers tune themselves: more while it pays, fewer when they bring the same.

Slots of the queue and connections to a host follow it (`docs/decisions/0013`). No time is read and nothing is awaited
here: whoever owns a `Climber` tells it what was fetched by when, and it says how many are to work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_WORTH: Final = 0.5
"""What each further one must bring, as a part of what those before bring on average."""
_LOSS: Final = 0.25
"""Fewer are enough when less than this part of what those taken away should have brought is missing."""
_IN_USE: Final = 0.8
"""With a smaller part of them in use nothing is learned about their number."""
_TOO_MANY: Final = 1.1
_LEAST_GROWTH: Final = 0.04
"""By so much more must have been in use for a comparison to say anything."""
_FINEST: Final = 8
"""The smallest step is such a part of the number."""
_LONGEST_HOLDS: Final = 8


class Verdict(StrEnum):
    """Why the number is what it is."""

    STARTED = "started"
    """Nothing is measured yet."""
    TRYING_MORE = "trying_more"
    PAYS = "pays"
    """More brought more."""
    NO_GAIN = "no_gain"
    """More brought hardly anything: it was taken back."""
    TRYING_FEWER = "trying_fewer"
    FEWER_SUFFICE = "fewer_suffice"
    """Fewer brought the same."""
    NEEDED = "needed"
    """Fewer brought less: it was taken back."""
    NOT_IN_USE = "not_in_use"
    """Not all that are allowed have something to do."""
    AT_MOST = "at_most"
    """More are not allowed."""
    MORE_REFUSED = "more_refused"
    """More were refused not long ago."""
    LOWERED = "lowered"
    """Whoever owns it wants fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a climber goes. Times in seconds."""

    least: int
    """No fewer for lack of gain; a refusal may go down to 1."""
    settle_s: float
    """How long a changed number takes to show."""
    measure_s: float
    hold_s: float
    """How long a number that was found is kept; each time it is confirmed twice as long, up to eight times."""
    forget_s: float
    """How long the number at which more were refused is remembered."""
    doubles: bool
    """Whether it doubles until that pays no more, or goes by ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    at: float
    fetched: float
    worked: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Yield:
    level: int
    rate: float
    """Bytes per second."""
    used: float
    """How many worked, on average."""


class Climber:
    """Finds how many are to work. Times are those of any one clock that never goes back."""

    def __init__(self, pace: Pace, level: int, *, now: float) -> None:
        self.verdict = Verdict.STARTED
        self._pace = pace
        self._level = level
        self._doubling = pace.doubles
        self._step = 1
        self._before: _Yield | None = None
        self._upward = True
        self._holds = 1
        self._hold_until = now
        self._refused_at: int | None = None
        self._forget_at = now
        self._settled_at = now + pace.settle_s
        self._mark: _Mark | None = None

    @property
    def level(self) -> int:
        """How many are to work."""
        return self._level

    @property
    def refused_at(self) -> int | None:
        """The number at which more were refused, as long as that is remembered."""
        return self._refused_at

    def look(self, now: float, *, fetched: float, worked: float, most: int, wanted: int, least: int = 1) -> None:
        """Judge the number by what has been fetched.

        Args:
            now: In seconds.
            fetched: Bytes so far.
            worked: Seconds of work of all together so far.
            most: How many are allowed.
            wanted: How many would have something to do.
            least: Fewer are not tried.
        """
        if now < self._settled_at:
            return
        mark, self._mark = self._mark, self._mark or _Mark(at=now, fetched=fetched, worked=worked)
        if mark is None or now - mark.at < self._pace.measure_s:
            return
        self._mark = _Mark(at=now, fetched=fetched, worked=worked)
        seen_s = now - mark.at
        seen = _Yield(level=self._level, rate=(fetched - mark.fetched) / seen_s, used=(worked - mark.worked) / seen_s)
        if self._refused_at is not None and now >= self._forget_at:
            self._refused_at = None
        if seen.used > _TOO_MANY * self._level:
            return  # it counts down only as they end
        if self._before is not None:
            self._judge(now, self._before, seen)
        elif seen.used < _IN_USE * self._level:
            self.verdict = Verdict.NOT_IN_USE
            return
        self._try_next(now, seen, most=most, wanted=wanted, least=max(least, self._pace.least))

    def interrupt(self, now: float) -> None:
        """Take nothing for a measurement that is under way: other things bind. A trial is taken back."""
        if self._before is not None:
            self._level = self._before.level
        self._unsettle(now)

    def lift(self, level: int, now: float) -> None:
        """Go up to `level` for reasons of the owner's, unless it is no more or more were refused not long ago."""
        if self._level < level and self._refused_at is None:
            self._level = level
            self._unsettle(now)

    def lower(self, level: int, now: float) -> None:
        """Go down to `level` for reasons of the owner's, and stay there for a while."""
        self._level = level
        self.verdict = Verdict.LOWERED
        self._doubling = False
        self._hold(now, then_more=True)
        self._unsettle(now)

    def refuse(self, now: float, *, at: int, until: float) -> None:
        """Halve: with `at` at work some were refused. Nothing is measured before `until`."""
        self._refused_at = max(at, 2)
        self._forget_at = now + self._pace.forget_s
        self._level = max(min(self._level, at) // 2, 1)
        self.verdict = Verdict.MORE_REFUSED
        self._doubling = False
        self._step = 1
        self._upward = True
        self._hold_until = now
        self._unsettle(max(now, until))

    def bound(self, most: int, now: float) -> None:
        """Go down to `most` if it is less."""
        if self._level > most:
            self._level = most
            self._unsettle(now)

    # ------------------------------------------------------------------------------------------------------- parts

    def _judge(self, now: float, before: _Yield, seen: _Yield) -> None:
        """Keep what was tried, or take it back."""
        self._before = None
        if seen.level > before.level:
            self._judge_more(now, before, seen)
        else:
            self._judge_fewer(now, before, seen)

    def _judge_more(self, now: float, before: _Yield, seen: _Yield) -> None:
        more = seen.used / max(before.used, 1e-9) - 1
        if more < _LEAST_GROWTH:
            self._change(now, before.level, Verdict.NOT_IN_USE)
            self._hold(now, then_more=True)
        elif seen.rate / max(before.rate, 1e-9) - 1 >= _WORTH * more:
            self.verdict = Verdict.PAYS
            self._holds = 1
        else:
            self._change(now, before.level, Verdict.NO_GAIN)
            was_finest = not self._doubling and self._step <= self._finest()
            self._step = max(self._level // 4 if self._doubling else self._step // 2, self._finest())
            self._doubling = False
            if was_finest:
                self._hold(now, then_more=False, longer=True)

    def _judge_fewer(self, now: float, before: _Yield, seen: _Yield) -> None:
        fewer = 1 - seen.used / max(before.used, 1e-9)
        if 1 - seen.rate / max(before.rate, 1e-9) < _LOSS * fewer:
            self.verdict = Verdict.FEWER_SUFFICE
            self._holds = 1
            self._upward = False
        else:
            self._change(now, before.level, Verdict.NEEDED)
            self._hold(now, then_more=True, longer=True)

    def _try_next(self, now: float, seen: _Yield, *, most: int, wanted: int, least: int) -> None:
        """Try more, or after a while fewer, unless the last trial was just taken back."""
        if seen.level != self._level or now < self._hold_until:
            return
        if self._upward:
            target = self._more(most=most, wanted=wanted)
            if target <= self._level:
                self.verdict = self._why_no_more(most)
                self._hold(now, then_more=False)
                return
        else:
            self._upward = True
            target = max(self._level - self._finest(), min(least, self._level))
            if target == self._level:
                return
        self._before = seen
        self._change(now, target, Verdict.TRYING_MORE if target > self._level else Verdict.TRYING_FEWER)

    def _why_no_more(self, most: int) -> Verdict:
        if self._refused_at is not None and self._level >= self._refused_at - 1:
            return Verdict.MORE_REFUSED
        return Verdict.AT_MOST if self._level >= most else self.verdict

    def _more(self, *, most: int, wanted: int) -> int:
        top = min(most, wanted)
        if self._refused_at is not None:
            top = min(top, self._refused_at - 1)
            return min(top, self._level + max((top - self._level) // 2, 1))
        step = self._level if self._doubling else max(self._step, self._finest())
        return min(self._level + step, top)

    def _finest(self) -> int:
        return max(self._level // _FINEST, 1)

    def _hold(self, now: float, *, then_more: bool, longer: bool = False) -> None:
        self._hold_until = now + self._pace.hold_s * self._holds
        self._upward = then_more
        if longer:
            self._holds = min(self._holds * 2, _LONGEST_HOLDS)

    def _change(self, now: float, level: int, verdict: Verdict) -> None:
        before = self._before
        self._level = level
        self.verdict = verdict
        self._unsettle(now)
        self._before = before

    def _unsettle(self, now: float) -> None:
        self._before = None
        self._mark = None
        self._settled_at = now + self._pace.settle_s
