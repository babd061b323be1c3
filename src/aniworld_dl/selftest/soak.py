"""Many episodes at a time through random faults, for minutes: every end is right, and memory does not grow."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import SystemClock
from aniworld_dl.selftest.campaign import run_side_by_side, watched_bench
from aniworld_dl.selftest.figures import take_figures
from aniworld_dl.selftest.trials import endless_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aniworld_dl.config import Settings
    from aniworld_dl.selftest.campaign import Leaks
    from aniworld_dl.selftest.trials import Outcome, Trial

EPISODES_AT_A_TIME: Final = 24

_WARM_UP_S: Final = 60.0
_SAMPLED_S: Final = 10.0
"""Of how many seconds the memory is the median."""
_GROWTH: Final = 0.10


@dataclass(slots=True, kw_only=True)
class SoakReport:
    """What came of it. Memory is this process's, the origins' included; 0 where it did not last for that long."""

    leaks: Leaks
    seconds: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    """Verdicts and codes, and how often each."""
    wrong: list[Outcome] = field(default_factory=list)
    warm_bytes: int = 0
    """After the first minute."""
    final_bytes: int = 0

    @property
    def growth(self) -> float | None:
        """By which share of it the memory has grown since the first minute."""
        return self.final_bytes / self.warm_bytes - 1 if self.warm_bytes else None

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        return not self.wrong and not self.leaks.complaints() and (self.growth or 0.0) <= _GROWTH

    def view(self) -> dict[str, Any]:
        """Return it for `--json`."""
        before, after = self.leaks.before, self.leaks.after
        return {
            "episodes": self.ends.total(),
            "ends": dict(self.ends.most_common()),
            "wrong": len(self.wrong),
            "leaks": self.leaks.complaints(),
            "tasks": [before.tasks, after.tasks],
            "handles": [before.handles, after.handles],
            "memory_after_a_minute_bytes": self.warm_bytes,
            "memory_at_the_end_bytes": self.final_bytes,
            "memory_growth": None if self.growth is None else round(self.growth, 3),
            "seconds": round(self.seconds, 1),
            "good": self.good,
        }


async def soak(
    settings: Settings,
    seconds: float,
    seed: int,
    tell: Callable[[Outcome], None],
    *,
    at_a_time: int = EPISODES_AT_A_TIME,
) -> SoakReport:
    """Run so many trials at a time for so long, and those that have begun to their ends; `tell` of each as it ends.

    Raises:
        AniworldDlError: no engine can be opened, or an episode without any fault cannot be downloaded.
    """
    clock = SystemClock()
    async with watched_bench(settings, at_a_time=at_a_time) as (bench, leaks):
        report = SoakReport(leaks=leaks)
        started = clock.monotonic()

        def trials() -> Iterator[Trial]:
            for trial in endless_trials(seed):
                if clock.monotonic() - started >= seconds:
                    return
                yield trial

        def told(outcome: Outcome) -> None:
            report.ends[outcome.code or outcome.verdict.value] += 1
            if not outcome.right:
                report.wrong.append(outcome)
            tell(outcome)

        async with asyncio.TaskGroup() as group:
            weighing = group.create_task(_weigh(report, seconds), name="selftest-weighing")
            await run_side_by_side(bench, trials(), told, at_a_time=at_a_time)
            weighing.cancel()
        report.seconds = clock.monotonic() - started
    return report


async def _weigh(report: SoakReport, seconds: float) -> None:
    """Look at the memory around the end of the first minute and before the end of the time."""
    if seconds >= _WARM_UP_S + 2 * _SAMPLED_S:
        clock = SystemClock()
        await clock.sleep(_WARM_UP_S - _SAMPLED_S / 2)
        report.warm_bytes = await _weight(clock)
        await clock.sleep(seconds - _WARM_UP_S - 3 * _SAMPLED_S / 2)
        report.final_bytes = await _weight(clock)


async def _weight(clock: SystemClock) -> int:
    samples = []
    for _ in range(int(_SAMPLED_S)):
        samples.append((await take_figures()).memory_bytes)
        await clock.sleep(1.0)
    return round(median(samples))
