"""`aniworld-dl doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console

from aniworld_dl import doctor
from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.loop import run
from aniworld_dl.cli.providers import open_registry
from aniworld_dl.clock import SystemClock
from aniworld_dl.doctor import Outcome, worst
from aniworld_dl.net.client import HttpClient
from aniworld_dl.queue.examination import DATABASE_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.doctor import Finding

_STYLES: Final = {Outcome.OK: "green", Outcome.WARN: "yellow", Outcome.FAIL: "red"}


def run_doctor(settings: Settings, *, as_json: bool) -> int:
    """Run all checks and return 0 unless something does not work."""
    findings = run(examine(settings))
    if as_json:
        for finding in findings:
            print_json(finding.view())
    else:
        _print(findings)
    return 1 if worst(findings) is Outcome.FAIL else 0


async def examine(settings: Settings) -> Sequence[Finding]:
    """Return what every check found, without a service."""
    clock = SystemClock()
    async with HttpClient(settings, clock) as http, open_registry(settings, http) as registry:
        providers = doctor.Providers(names=registry.names(), broken=registry.broken)
    database = settings.data_dir / DATABASE_FILE
    return await doctor.examine(settings, clock, providers, database=database, serving=False)


def _print(findings: Sequence[Finding]) -> None:
    console = Console()
    for finding in findings:
        style = _STYLES[finding.outcome]
        console.print(f"{finding.outcome.value:<5}", style=style, end="", highlight=False)
        console.print(f"{finding.check:<13}{finding.text}", markup=False, highlight=False, soft_wrap=True)
