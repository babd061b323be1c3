"""`aniworld-dl selftest`: the fault lab against this installation."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.demo.lab.kinds import Medium
from aniworld_dl.demo.lab.table import FAULTS
from aniworld_dl.selftest.campaign import try_all
from aniworld_dl.selftest.soak import soak
from aniworld_dl.selftest.trials import Verdict, all_trials, some_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    console = Console()
    with console.status("") as status:
        report = await try_all(settings, trials, _teller(status, len(trials), as_json=as_json))
    if as_json:
        print_json({"type": "summary", **report.view()})
    else:
        console.print(_matrix(report) if everything else _list(report))
        _print_wrong(console, report.wrong)
        _print_end(console, report, f"{len(trials)} trials, seed {seed}")
    return 0 if report.good else 1


async def _soak(settings: Settings, seconds: float, seed: int, *, as_json: bool) -> int:
    console = Console()
    with console.status("") as status:
        report = await soak(settings, seconds, seed, _teller(status, None, as_json=as_json))
    if as_json:
        print_json({"type": "summary", **report.view()})
    else:
        table = Table("ended as", "episodes")
        for end, count in report.ends.most_common():
            table.add_row(end, str(count))
        console.print(table)
        _print_wrong(console, report.wrong)
        if report.growth is not None:
            warm, final = report.warm_bytes / _MB, report.final_bytes / _MB
            console.print(f"memory {warm:.0f} MB after a minute, {final:.0f} MB at the end ({report.growth:+.1%})")
        _print_end(console, report, f"{report.ends.total()} episodes, seed {seed}")
    return 0 if report.good else 1


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


def _list(report: Report) -> Table:
    table = Table("fault", "what happens", "of", "speed", "outcome", "s")
    for outcome in report.outcomes:
        trial = outcome.trial
        seconds = f"{outcome.seconds:.1f}"
        table.add_row(trial.fault.name, escape(trial.fault.what), trial.medium, trial.speed, _words(outcome), seconds)
    return table


def _matrix(report: Report) -> Table:
    columns = list(product(Medium, (False, True)))
    cells = {(each.trial.fault.name, each.trial.medium, each.trial.slow): each for each in report.outcomes}
    names = dict.fromkeys(each.trial.fault.name for each in sorted(report.outcomes, key=_place_in_table))
    table = Table("fault", *(f"{medium} {'2 MB/s' if slow else 'fast'}" for medium, slow in columns))
    for name in names:
        found = [cells.get((name, medium, slow)) for medium, slow in columns]
        table.add_row(name, *(_words(outcome) if outcome else "" for outcome in found))
    return table


def _place_in_table(outcome: Outcome) -> int:
    return _PLACES[outcome.trial.fault.name]


def _words(outcome: Outcome) -> str:
    words = f"failed: {outcome.code}" if outcome.verdict is Verdict.FAILED else outcome.verdict.value
    if not outcome.met:
        words = "never met"
    return words if outcome.right else f"[red]WRONG: {words}[/]"


def _print_wrong(console: Console, wrong: Sequence[Outcome]) -> None:
    for outcome in wrong[:_MOST_SHOWN]:
        trial = outcome.trial
        place = f"{trial.fault.name}, {trial.medium}, {trial.speed}"
        console.print(f"wrong: {place}: {outcome.verdict} {outcome.code or ''} {outcome.text}", markup=False)


def _print_end(console: Console, report: Report | SoakReport, what: str) -> None:
    leaks = report.leaks
    left = ", ".join(leaks.complaints()) or "nothing"
    console.print(f"{what}, {report.seconds:.0f} s: {len(report.wrong)} wrong outcomes; not given back: {left}")
    for name, before, after in (
        ("tasks", leaks.before.tasks, leaks.after.tasks),
        ("handles", leaks.before.handles, leaks.after.handles),
        ("memory, MB", round(leaks.before.memory_bytes / _MB), round(leaks.after.memory_bytes / _MB)),
    ):
        console.print(f"{name}: {before} before, {after} after", highlight=False)
