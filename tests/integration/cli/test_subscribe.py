"""The commands for what is followed, against a real service in another thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.integration.cli.conftest import Command


pytestmark = pytest.mark.timeout(60)


def _line(text: str) -> str:
    return " ".join(text.split())


def test_following(start: Callable[..., Any], command: Command, series: str) -> None:
    """Look, follow, see what became of it, pause, go on, check, follow no more."""
    with start() as url:

        def run(*arguments: str) -> str:
            ended = command("subscribe", "--server", url, *arguments)
            assert ended.status == 0, ended.complaints
            return ended.output

        wishes = (series, "--title", "Nachtzug", "--episodes", "s01e02-", "--every", "30m", "--only-new")
        assert "listed before it began" in run("add", *wishes, "--dry-run")
        assert run("list") == "nothing\n"
        added = json.loads(run("--json", "add", *wishes[:-1], "--specials", "--paused"))
        assert (added["episodes"], added["interval_s"], added["specials"]) == ("S01E02-", 1800, True)
        plan = run("plan", "1").splitlines()
        assert "would be queued" in plan[2]
        assert _line(plan[-1]) == "Nachtzug: 1 would be queued, 1 not wanted"
        assert _line(run("list").splitlines()[1]).startswith("1 Nachtzug paused 0 0 http://127.0.0.1")
        assert run("resume", "1").startswith("subscription 1: Nachtzug (")
        assert run("check", "1") == "subscription 1: Nachtzug (checking)\n"
        assert run("pause", "1").startswith("subscription 1: Nachtzug (")
        assert "nothing" in run("list", "1", "--verdict", "waiting")
        assert run("remove", "1") == "subscription 1 is no more\n"
        assert command("subscribe", "--server", url, "plan", "1").complaints.endswith("there is no subscription 1\n")
        missing = command("subscribe", "--server", url, "add", series.replace("nachtzug", "nothing"), "--dry-run")
        assert (missing.status, "leads to no episode" in missing.output) == (1, True), missing
        assert command("subscribe", "--server", url, "add", series, "--every", "often").status == 2
