"""Runs trials side by side, each of them bounded, and looks afterwards whether everything was given back."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import SystemClock
from aniworld_dl.selftest.bench import open_bench
from aniworld_dl.selftest.figures import take_figures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine
    from aniworld_dl.selftest.bench import Bench
    from aniworld_dl.selftest.figures import Figures
    from aniworld_dl.selftest.trials import Outcome, Trial

_AT_A_TIME: Final = 8
_SETTLES_S: Final = 30.0
"""An idle connection is closed after 20 s."""
_LOOKS_EVERY_S: Final = 0.2
_OF_THE_LOOP: Final = 4
"""Handles that an event loop and the libraries open when first needed, and keep."""


@dataclass(slots=True, kw_only=True)
class Leaks:
    """What was held before, and after everything had ended; `kept` are slots and connections that nobody gave back."""

    before: Figures
    after: Figures
    kept: list[str] = field(default_factory=list)

    def complaints(self) -> list[str]:
        """Return in words what has not been given back."""
        words = [*self.kept]
        if self.after.tasks > self.before.tasks:
            words.append(f"{self.after.tasks - self.before.tasks} tasks")
        if self.after.handles > self.before.handles + _OF_THE_LOOP:
            words.append(f"{self.after.handles - self.before.handles} handles")
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a campaign."""

    outcomes: list[Outcome]
    leaks: Leaks
    seconds: float

    @property
    def wrong(self) -> list[Outcome]:
        """The outcomes that are not right."""
        return [outcome for outcome in self.outcomes if not outcome.right]

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        return not self.wrong and not self.leaks.complaints()

    def view(self) -> dict[str, Any]:
        """Return the sums, for `--json`."""
        before, after = self.leaks.before, self.leaks.after
        return {
            "trials": len(self.outcomes),
            "wrong": len(self.wrong),
            "leaks": self.leaks.complaints(),
            "tasks": [before.tasks, after.tasks],
            "handles": [before.handles, after.handles],
            "memory_bytes": [before.memory_bytes, after.memory_bytes],
            "seconds": round(self.seconds, 1),
            "good": self.good,
        }


async def try_all(settings: Settings, trials: Iterable[Trial], tell: Callable[[Outcome], None]) -> Report:
    """Run the trials and `tell` of each as it ends.

    Raises:
        AniworldDlError: no engine can be opened, or an episode without any fault cannot be downloaded.
    """
    clock = SystemClock()
    outcomes: list[Outcome] = []
    started = clock.monotonic()

    def told(outcome: Outcome) -> None:
        outcomes.append(outcome)
        tell(outcome)

    async with watched_bench(settings, at_a_time=_AT_A_TIME) as (bench, leaks):
        await run_side_by_side(bench, iter(trials), told, at_a_time=_AT_A_TIME)
    return Report(outcomes=outcomes, leaks=leaks, seconds=clock.monotonic() - started)


@asynccontextmanager
async def watched_bench(settings: Settings, *, at_a_time: int) -> AsyncIterator[tuple[Bench, Leaks]]:
    """Open a bench that has learned what whole episodes are; what it leaks is known when the block has ended."""
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="aniworld-dl-selftest-")
    try:
        before = await take_figures()
        leaks = Leaks(before=before, after=before)
        async with open_bench(settings, Path(folder), at_a_time=at_a_time) as bench:
            await bench.learn()
            yield bench, leaks
            leaks.kept += await _kept(bench.engine)
        leaks.after = await _settled(before)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def run_side_by_side(
    bench: Bench, trials: Iterator[Trial], tell: Callable[[Outcome], None], *, at_a_time: int
) -> None:
    """Run trials, so many at a time, until there are no more."""

    async def work() -> None:
        for trial in trials:
            tell(await bench.run(trial))

    async with asyncio.TaskGroup() as group:
        for number in range(at_a_time):
            group.create_task(work(), name=f"selftest-{number}")


async def _kept(engine: Engine) -> list[str]:
    """Return which slots and connections are in use although nothing runs, once they have had time to come free."""
    clock = SystemClock()
    until = clock.monotonic() + _SETTLES_S
    while (kept := _in_use(engine.stats())) and clock.monotonic() < until:
        await clock.sleep(_LOOKS_EVERY_S)
    return kept


def _in_use(stats: dict[str, Any]) -> list[str]:
    slots = [f"{stats['running']} episode slots"] if stats["running"] else []
    return slots + [
        f"{host['connections']} connections of {host['host']}" for host in stats["hosts"] if host["connections"]
    ]


async def _settled(before: Figures) -> Figures:
    """Return what is held in the end: what is on its way out gets time to go."""
    clock = SystemClock()
    until = clock.monotonic() + _SETTLES_S
    while Leaks(before=before, after=(after := await take_figures())).complaints() and clock.monotonic() < until:
        await clock.sleep(_LOOKS_EVERY_S)
    return after
