"""The law by which numbers tune themselves, against servers that are a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from aniworld_dl.climbing import Climber, Pace, Verdict

PACE: Final = Pace(least=8, settle_s=0.5, measure_s=1.5, hold_s=15.0, forget_s=180.0, doubles=True)
TICK_S: Final = 0.125

Serve = Callable[[float], float]
"""Bytes per second by how many work."""


def shared(each: float, everyone: float) -> Serve:
    return lambda used: min(each * used, everyone)


@dataclass(slots=True, kw_only=True)
class Run:
    """A climber at work. `levels` has each number it took, with when and why."""

    serve: Serve
    wanted: int = 72
    most: int = 32
    refuses_above: int | None = None
    climber: Climber = field(default_factory=lambda: Climber(PACE, 8, now=0.0))
    now: float = 0.0
    fetched: float = 0.0
    worked: float = 0.0
    lowered_at: float = -1.0
    levels: list[tuple[float, int, Verdict]] = field(default_factory=list)

    def until(self, end: float) -> Run:
        while self.now < end:
            used = min(self.climber.level, self.wanted)
            if self.refuses_above is not None and used > self.refuses_above and self.now > self.lowered_at:
                self.climber.refuse(self.now, at=used, until=self.now + 1.0)
                self.lowered_at, used = self.now, self.refuses_above
            self.fetched += self.serve(used) * TICK_S
            self.worked += used * TICK_S
            self.now += TICK_S
            self.climber.look(self.now, fetched=self.fetched, worked=self.worked, most=self.most, wanted=self.wanted)
            if not self.levels or self.levels[-1][1] != self.climber.level:
                self.levels.append((self.now, self.climber.level, self.climber.verdict))
        return self

    def share_of_time(self, levels: set[int], since: float) -> float:
        """Return how much of the time since then the number was one of these."""
        ends = [at for at, *_ in self.levels[1:]] + [self.now]
        spans = [(max(at, since), end, level) for (at, level, _), end in zip(self.levels, ends, strict=True)]
        inside = sum(max(end - at, 0.0) for at, end, level in spans if level in levels)
        return inside / (self.now - since)


def test_it_grows_to_where_the_sum_does_not_and_stays_near_it() -> None:
    run = Run(serve=shared(2e6, 40e6)).until(30.0)
    reached = next(at for at, level, _ in run.levels if shared(2e6, 40e6)(level) >= 36e6)
    assert reached < 10.0
    assert run.climber.level == 20
    run.until(600.0)
    assert run.share_of_time({18, 20, 22}, since=15.0) == 1.0
    assert run.share_of_time({20}, since=15.0) > 0.9


@pytest.mark.parametrize("capacity", [9, 11, 15, 17, 19, 23, 27, 31])
def test_whatever_the_capacity_most_of_it_is_used_and_little_more(capacity: int) -> None:
    run = Run(serve=shared(1e6, capacity * 1e6)).until(60.0)
    assert 0.88 * capacity <= run.climber.level <= capacity * 1.13


def test_where_more_bring_nothing_it_stays_at_its_least() -> None:
    """As on a machine whose processor binds: what is tried takes little time, and less and less often."""
    run = Run(serve=shared(50e6, 100e6)).until(600.0)
    assert run.climber.level == 8
    assert run.share_of_time({8}, since=60.0) > 0.95
    assert not any(level < 8 for _, level, _ in run.levels)


def test_it_never_goes_beyond_what_is_allowed() -> None:
    run = Run(serve=shared(1e6, 1e9)).until(120.0)
    assert max(level for _, level, _ in run.levels) == 32
    assert run.share_of_time({32}, since=30.0) > 0.9
    run = Run(serve=shared(1e6, 1e9), most=11).until(10.0)
    assert (run.climber.level, run.climber.verdict) == (11, Verdict.AT_MOST)


def test_nothing_is_learned_while_there_is_too_little_to_do() -> None:
    run = Run(serve=shared(1e6, 1e9), wanted=5).until(60.0)
    assert (run.climber.level, run.climber.verdict) == (8, Verdict.NOT_IN_USE)
    run.wanted = 72
    assert run.until(70.0).climber.level == 32


def test_it_does_not_grow_beyond_what_is_wanted() -> None:
    run = Run(serve=shared(1e6, 1e9), wanted=12).until(30.0)
    assert run.climber.level == 12


def test_more_that_found_nothing_to_do_is_taken_back() -> None:
    """Others wanted something when it grew, and are gone when it is judged."""
    run = Run(serve=shared(1e6, 1e9), wanted=16).until(2.5)
    assert (run.climber.level, run.climber.verdict) == (16, Verdict.TRYING_MORE)
    run.wanted = 8
    run.until(5.0)
    assert (run.climber.level, run.climber.verdict) == (8, Verdict.NOT_IN_USE)


def test_it_shrinks_when_fewer_have_become_enough() -> None:
    run = Run(serve=shared(2e6, 40e6)).until(30.0)
    run.serve = shared(4e6, 40e6)
    run.until(400.0)
    assert run.climber.level <= 12


def test_a_refusal_halves_and_the_number_is_remembered() -> None:
    run = Run(serve=shared(2e6, 1e9), refuses_above=4).until(20.0)
    assert [level for _, level, _ in run.levels] == [4, 5, 2, 3, 4]
    assert (run.climber.refused_at, run.climber.verdict) == (5, Verdict.MORE_REFUSED)
    run.until(180.0)
    assert run.climber.level == 4
    assert run.share_of_time({4}, since=20.0) == 1.0


def test_a_refusal_is_forgotten_after_minutes_and_one_more_is_tried() -> None:
    run = Run(serve=shared(2e6, 1e9), refuses_above=4).until(20.0)
    run.refuses_above = None
    run.until(300.0)
    assert run.climber.level == 32
    tried = [level for at, level, _ in run.levels if at > 20.0]
    assert tried[:4] == [5, 6, 7, 8], "carefully: one at a time"


def test_after_a_refusal_among_many_it_comes_near_in_few_steps() -> None:
    climber = Climber(PACE, 32, now=0.0)
    run = Run(serve=shared(2e6, 1e9), climber=climber, refuses_above=24).until(20.0)
    assert 20 <= run.climber.level <= 24
    assert sum(verdict is Verdict.MORE_REFUSED for *_, verdict in run.levels) <= 3


def test_it_never_refuses_itself_the_last_one() -> None:
    climber = Climber(PACE, 1, now=0.0)
    climber.refuse(0.0, at=1, until=0.0)
    assert (climber.level, climber.refused_at) == (1, 2)


def test_an_interrupted_trial_is_taken_back() -> None:
    run = Run(serve=shared(2e6, 40e6)).until(2.5)
    assert run.climber.level == 16
    run.climber.interrupt(2.5)
    assert run.climber.level == 8
    run.until(4.0)
    run.climber.interrupt(4.0)
    assert run.climber.level == 8


def test_what_its_owner_lowers_stays_lower_for_a_while() -> None:
    run = Run(serve=shared(2e6, 40e6)).until(20.0)
    run.climber.lower(12, 20.0)
    run.until(33.0)
    assert (run.climber.level, run.climber.verdict) == (12, Verdict.LOWERED)
    run.until(60.0)
    assert run.climber.level > 16


def test_a_new_bound_acts_at_once_and_only_downwards() -> None:
    climber = Climber(PACE, 8, now=0.0)
    climber.bound(5, 0.0)
    assert climber.level == 5
    climber.bound(20, 0.0)
    assert climber.level == 5
