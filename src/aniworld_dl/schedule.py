"""The weekly schedule of the bandwidth: its rules, which of them holds at a time, and until when.

A rule is `<days> <HH:MM>-<HH:MM> <limit>`, in the local time of the machine. Local times are numbers here: the seconds
since the epoch that it would be if the clock on the wall showed UTC. So the days on which the clock is changed need
nothing of their own: an hour that is skipped never matches, one that comes twice matches twice.
"""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from aniworld_dl.rates import LEAST_BYTES_PER_S, bytes_per_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Wall: TypeAlias = "Callable[[float], float]"
"""From seconds since the epoch to the local time."""

STOP: Final = "stop"
NONE: Final = "none"
DAILY: Final = "daily"

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH_DAY: Final = 3  # 1970 began on a Thursday
_DAY_S: Final = 86_400
_HOUR_S: Final = 3600
_DAY_MIN: Final = 1440
_LOOKED_AHEAD_S: Final = 8 * _DAY_S
_SPAN: Final = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)", re.ASCII)
_MEND: Final = (
    "write days, times and a limit, such as 'mon-fri 08:00-18:00 2M', 'sat+sun 22:00-06:00 stop', 'daily ...'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What holds for a while: a limit in bytes per second (None for none), or nothing starts or goes on at all."""

    limit_bytes_per_s: int | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A line of the schedule. `days` are those on which its time begins (0 is Monday); minutes count from midnight.

    A time that ends at or before the minute at which it begins ends on the next day.
    """

    text: str
    days: frozenset[int]
    start_min: int
    stop_min: int
    effect: Effect

    def holds(self, local_s: float) -> bool:
        """Tell whether a local time is in its time."""
        day, second = divmod(local_s, _DAY_S)
        today, minute = (int(day) + _EPOCH_DAY) % 7, second / 60
        if self.start_min < self.stop_min:
            return today in self.days and self.start_min <= minute < self.stop_min
        yesterday = (today - 1) % 7
        return (today in self.days and minute >= self.start_min) or (yesterday in self.days and minute < self.stop_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """The rule that holds now, None where none does, and when what it does ends (None: never)."""

    rule: Rule | None = None
    until: float | None = None

    @property
    def stopped(self) -> bool:
        """Whether nothing is to run."""
        return self.rule is not None and self.rule.effect.stopped


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        ValueError: it is none; the message names it and says what would do.
    """
    text = " ".join(text.split())
    words = text.lower().split()
    if len(words) != 3:  # noqa: PLR2004 - days, times, limit
        raise ValueError(f"{text!r} is no rule: {_MEND}")
    start_min, stop_min = _minutes(words[1], text)
    days, effect = _days(words[0], text), _effect(words[2], text)
    return Rule(text=text, days=days, start_min=start_min, stop_min=stop_min, effect=effect)


def spell_at(rules: Sequence[Rule], now: float, wall: Wall) -> Spell:
    """Return what holds at `now`, seconds since the epoch: the first rule in whose time it is."""
    rule = _rule_at(rules, wall(now))
    return Spell(rule=rule, until=_until(rules, now, wall, None if rule is None else rule.effect))


def machine_wall(now: float) -> float:
    """Return this machine's local time."""
    return calendar.timegm(time.localtime(now)) + now % 1


# ------------------------------------------------------------------------------------------------------------ parts


def _days(words: str, rule: str) -> frozenset[int]:
    if words == DAILY:
        return frozenset(range(7))
    days: set[int] = set()
    for part in words.split("+"):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS or part.endswith("-"):
            raise ValueError(f"{rule!r} names no days: write daily, mon, mon-fri or sat+sun")
        start, stop = _DAYS.index(first), _DAYS.index(last or first)
        days.update(day % 7 for day in range(start, (stop if stop >= start else stop + 7) + 1))
    return frozenset(days)


def _minutes(times: str, rule: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(times)
    start, stop = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (-1, -1)
    if not 0 <= start < _DAY_MIN or not 0 <= stop <= _DAY_MIN:
        raise ValueError(f"{rule!r} has no times: write them as 08:00-18:00, over midnight as 22:00-06:00")
    if start == stop:
        raise ValueError(f"{rule!r} ends when it begins: write 00:00-24:00 for a whole day")
    return start, stop


def _effect(limit: str, rule: str) -> Effect:
    if limit == STOP:
        return Effect(stopped=True)
    if limit == NONE:
        return Effect()
    try:
        rate = bytes_per_s(limit)
    except ValueError:
        rate = 0
    if rate < LEAST_BYTES_PER_S:
        raise ValueError(
            f"{rule!r} has no limit: write bytes per second such as 500K or 2M (1K at least), stop or none"
        )
    return Effect(limit_bytes_per_s=rate)


def _rule_at(rules: Sequence[Rule], local_s: float) -> Rule | None:
    return next((rule for rule in rules if rule.holds(local_s)), None)


def _until(rules: Sequence[Rule], now: float, wall: Wall, effect: Effect | None) -> float | None:
    """Return the first moment at which something else holds than `effect`, None when that never comes."""
    for moment in sorted(_moments(rules, now, wall)):
        rule = _rule_at(rules, wall(moment))
        if (None if rule is None else rule.effect) != effect:
            return moment
    return None


def _moments(rules: Sequence[Rule], now: float, wall: Wall) -> Iterator[float]:
    """Yield the moments to come at which a rule may begin or end: by its times, or since the clock is changed."""
    if not rules:
        return
    offsets = [(now + seconds, _offset(now + seconds, wall)) for seconds in range(0, _LOOKED_AHEAD_S, _HOUR_S)]
    changes = [_change(left, right, wall) for (left, old), (right, new) in pairwise(offsets) if old != new]
    yield from changes
    first_day = wall(now) // _DAY_S * _DAY_S
    minutes = {minute for rule in rules for minute in (rule.start_min, rule.stop_min)}
    for offset in {_offset(moment, wall) for moment in (now, *changes)}:
        for day in range(_LOOKED_AHEAD_S // _DAY_S + 1):
            moments = (first_day + day * _DAY_S + minute * 60 - offset for minute in minutes)
            yield from (moment for moment in moments if moment > now)


def _change(left: float, right: float, wall: Wall) -> float:
    """Return the second from which the clock on the wall goes on by another offset, which differs at the two ends."""
    low, high = int(left), int(right) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, wall) == _offset(left, wall):
            low = middle
        else:
            high = middle
    return high


def _offset(moment: float, wall: Wall) -> int:
    return round(wall(moment) - moment)
