"""The limits of what runs, and of what does not."""

from __future__ import annotations

from dataclasses import replace

from aniworld_dl.limits import Throttle
from aniworld_dl.queue.throttles import Throttles
from tests.builders import episode, job
from tests.fakes.clock import FakeClock


def test_a_limit_reaches_what_runs_and_nothing_else() -> None:
    """What does not run finds its limit where it is stored, when it starts."""
    clock = FakeClock()
    throttles = Throttles(clock, Throttle(clock))
    runs, waits, of_it, of_another = job(id=1), job(id=2), episode(id=1, job_id=1), episode(id=2, job_id=2)
    seen: list[bool] = []
    with throttles.of(runs, of_it) as throttle:
        throttles.limit_episode(replace(of_another, bandwidth_limit_bytes_per_s=1000))
        throttles.limit_job(replace(waits, bandwidth_limit_bytes_per_s=1000))
        seen.append(throttle.is_open)
        throttles.limit_episode(replace(of_it, bandwidth_limit_bytes_per_s=1000))
        seen.append(throttle.is_open)
        throttles.limit_episode(of_it)
        throttles.limit_job(replace(runs, bandwidth_limit_bytes_per_s=1000))
        seen.append(throttle.is_open)
    with throttles.of(runs, of_it) as throttle:
        seen.append(throttle.is_open)
    assert seen == [True, False, False, True]
