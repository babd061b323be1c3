"""`aniworld-dl selftest`: the fault lab against this installation."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from rich.console import Console

from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.demo.lab.kinds import Medium
from aniworld_dl.demo.lab.table import FAULTS
from aniworld_dl.selftest.campaign import try_all
from aniworld_dl.selftest.soak import EPISODES_AT_A_TIME, soak
from aniworld_dl.selftest.trials import Verdict, all_trials, some_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from aniworld_dl.config import Settings
    from aniworld_dl.selftest.campaign import Report
    from aniworld_dl.selftest.soak import SoakReport
    from aniworld_dl.selftest.trials import Outcome

_MINUTE_S: Final = 60.0
_MB: Final = 1e6
_MOST_SHOWN: Final = 20
_PLACES: Final = {fault.name: place for place, fault in enumerate(FAULTS)}


def run_selftest(settings: Settings, *, seed: int, everything: bool, soak_minutes: float | None, as_json: bool) -> int:
    """Run what is asked for and return 0 when every outcome was right and nothing is left."""
    if soak_minutes is not None:
        return run(until_signal(_soak(settings, soak_minutes * _MINUTE_S, seed, as_json=as_json)))
    return run(until_signal(_try(settings, seed, everything=everything, as_json=as_json)))


async def _try(settings: Settings, seed: int, *, everything: bool, as_json: bool) -> int:
    trials = all_trials() if everything else some_trials(seed)
    with Console(stderr=True).status("") as status:
        report = await try_all(settings, trials, _teller(status, len(trials), as_json=as_json))
    if as_json:
        print_json({"type": "summary", **report.view()})
    else:
        print_report(report, f"{len(trials)} trials" + ("" if everything else f", seed {seed}"), everything=everything)
    return 0 if report.good else 1


async def _soak(settings: Settings, seconds: float, seed: int, *, as_json: bool) -> int:
    with Console(stderr=True).status("") as status:
        report = await soak(settings, seconds, seed, _teller(status, None, as_json=as_json))
    if as_json:
        print_json({"type": "summary", **report.view()})
    else:
        print_soak(report, f"{report.ends.total()} episodes, {EPISODES_AT_A_TIME} at a time, seed {seed}")
    return 0 if report.good else 1


def print_report(report: Report, what: str, *, everything: bool) -> None:
    """Print what became of each trial: of everything as a table, of a selection as a list."""
    console = _console()
    for line in _matrix(report) if everything else _list(report):
        console.print(line)
    _print_end(console, report, what)


def print_soak(report: SoakReport, what: str) -> None:
    """Print how episodes ended, and what became of the memory."""
    console = _console()
    for end, count in report.ends.most_common():
        console.print(f"{count:>6}  {end}")
    if report.growth is not None:
        warm, final = report.warm_bytes / _MB, report.final_bytes / _MB
        console.print(f"memory: {warm:.0f} MB after a minute, {final:.0f} MB at the end ({report.growth:+.1%})")
    _print_end(console, report, what)


def _console() -> Console:
    return Console(markup=False, highlight=False, soft_wrap=True)


def _teller(status: Status, total: int | None, *, as_json: bool) -> Callable[[Outcome], None]:
    ended = 0

    def tell(outcome: Outcome) -> None:
        nonlocal ended
        ended += 1
        if as_json:
            print_json({"type": "trial", **outcome.view()})
        else:
            status.update(f"{ended}{f' of {total}' if total else ''}, the last: {outcome.trial.fault.name}")

    return tell


def _list(report: Report) -> Iterator[str]:
    for outcome in sorted(report.outcomes, key=_place_in_table):
        trial = outcome.trial
        mark = "ok" if outcome.right else "WRONG"
        place = f"{trial.fault.name:<24}{trial.medium.value:<6}{trial.speed:<8}"
        yield f"{mark:<7}{place}{_words(outcome):<20}{outcome.seconds:>5.1f} s  {trial.fault.what}"


def _matrix(report: Report) -> Iterator[str]:
    columns = list(product(Medium, (False, True)))
    cells = {(each.trial.fault.name, each.trial.medium, each.trial.slow): each for each in report.outcomes}
    titles = [f"{medium} {'2 MB/s' if slow else 'fast'}" for medium, slow in columns]
    yield f"{'fault':<24}" + "".join(f"{title:<20}" for title in titles)
    for name in _PLACES:
        found = [cells.get((name, medium, slow)) for medium, slow in columns]
        yield f"{name:<24}" + "".join(f"{_marked(outcome) if outcome else '-':<20}" for outcome in found)


def _place_in_table(outcome: Outcome) -> int:
    return _PLACES[outcome.trial.fault.name]


def _marked(outcome: Outcome) -> str:
    return _words(outcome) if outcome.right else f"WRONG {_words(outcome)}"


def _words(outcome: Outcome) -> str:
    if not outcome.met:
        return "never met"
    return outcome.code if outcome.code and outcome.verdict is Verdict.FAILED else outcome.verdict.value


def _print_end(console: Console, report: Report | SoakReport, what: str) -> None:
    for outcome in report.wrong[:_MOST_SHOWN]:
        trial = outcome.trial
        place = f"{trial.fault.name}, {trial.medium}, {trial.speed}"
        console.print(f"wrong: {place}: {outcome.verdict} {outcome.code or ''} {outcome.text}")
    before, after = report.leaks.before, report.leaks.after
    left = ", ".join(report.leaks.complaints()) or "nothing"
    held = f"tasks {before.tasks} -> {after.tasks}, handles {before.handles} -> {after.handles}"
    memory = f"memory {before.memory_bytes / _MB:.0f} -> {after.memory_bytes / _MB:.0f} MB"
    console.print(
        f"{what}, {report.seconds:.0f} s: {len(report.wrong)} wrong; not given back: {left} ({held}, {memory})"
    )
