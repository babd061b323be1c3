"""What each stream gets of a tree of limits, compared with what is fair."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aniworld_dl.limits import Throttle
from tests.fakes.clock import FakeClock
from tests.fakes.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Limits of everything, of jobs and of their episodes, each episode with a number of connections."""

    whole: int | None
    jobs: list[tuple[int | None, list[tuple[int | None, int]]]]

    def fair_rates(self) -> list[float]:
        """Return what each episode should get: all grow alike until a limit stops them (max-min fairness)."""
        limits: list[tuple[int, set[int]]] = []
        count = 0
        for job, episodes in self.jobs:
            numbers = range(count, count + len(episodes))
            count += len(episodes)
            limits += [(job, set(numbers))] if job else []
            limits += [(own, {number}) for (own, _), number in zip(episodes, numbers, strict=True) if own]
        limits += [(self.whole, set(range(count)))] if self.whole else []
        rates, growing = [0.0] * count, set(range(count))
        while growing:
            step = min(
                (limit - sum(rates[each] for each in members)) / len(members & growing)
                for limit, members in limits
                if members & growing
            )
            for number in growing:
                rates[number] += step
            for limit, members in limits:
                if sum(rates[each] for each in members) >= limit - 1e-6:
                    growing -= members
        return rates


_LIMITS = st.one_of(st.none(), st.integers(20_000, 2_000_000))
_PLANS = st.builds(
    _Plan,
    whole=st.integers(50_000, 3_000_000),
    jobs=st.lists(
        st.tuples(_LIMITS, st.lists(st.tuples(_LIMITS, st.sampled_from([1, 2, 8])), min_size=1, max_size=3)),
        min_size=1,
        max_size=3,
    ),
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(plan=_PLANS)
async def test_every_stream_gets_its_fair_share_of_every_limit(plan: _Plan) -> None:
    """Whatever the limits: the tightest wins, nothing goes to waste, and nobody gets more at another's cost."""
    clock = FakeClock()
    whole = Throttle(clock, plan.whole)
    crowd = Streams(clock)
    number = 0
    for job_limit, episodes in plan.jobs:
        job = Throttle(clock, job_limit, parent=whole)
        for own_limit, connections in episodes:
            own = Throttle(clock, own_limit, parent=job)
            for _ in range(connections):
                crowd.start(str(number), own)
            number += 1
    await clock.run(1)
    rates = await crowd.rates(5)
    await crowd.stop()
    for number, fair in enumerate(plan.fair_rates()):
        assert rates[str(number)] == pytest.approx(fair, rel=0.03, abs=1000), number
