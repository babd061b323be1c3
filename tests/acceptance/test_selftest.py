"""Whatever a server or a network does, the outcome is the proven file or an error with its reason.

The real program plays every fault of its lab once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.lab.table import FAULTS
from tests.acceptance.service import run_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

WAIT_S = 280.0
"""Where other programs keep the processors busy it takes some minutes, else 20 s."""


async def test_every_fault_ends_as_it_should_and_nothing_is_left(tmp_path: Path) -> None:
    ended = await run_command("selftest", "--json", cwd=tmp_path, env={}, wait_s=WAIT_S)
    *trials, summary = ended.lines()
    assert [trial for trial in trials if not trial["right"]] == []
    assert sorted(trial["fault"] for trial in trials) == sorted(fault.name for fault in FAULTS)
    assert {trial["medium"] for trial in trials} == {"hls", "dash", "file"}
    assert {trial["verdict"] for trial in trials} == {"proven", "failed"}
    assert (summary["trials"], summary["wrong"], summary["leaks"], summary["good"]) == (len(trials), 0, [], True)
    assert (ended.status, ended.complaints) == (0, "")
