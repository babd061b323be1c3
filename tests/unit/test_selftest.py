"""What the selftest tries and how it judges, without an engine."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli import selftest as printed
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import LabFault, Medium, Part, Right
from aniworld_dl.demo.lab.table import FAULTS, NOTHING
from aniworld_dl.selftest.bench import settings_for_trials
from aniworld_dl.selftest.campaign import Leaks, Report
from aniworld_dl.selftest.figures import Figures, take_figures
from aniworld_dl.selftest.soak import SoakReport
from aniworld_dl.selftest.trials import Outcome, Trial, Verdict, all_trials, endless_trials, some_trials

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

HELD = Figures(tasks=2, handles=10, memory_bytes=50_000_000)
CUT = LabFault(name="cut", what="it is cut", fault=Fault(kind=FaultKind.TRUNCATE), codes=frozenset({"body_truncated"}))


def outcome(verdict: Verdict, code: str | None = None, *, fault: LabFault = CUT, struck: int = 1) -> Outcome:
    trial = Trial(fault=fault, medium=Medium.HLS)
    return Outcome(trial=trial, verdict=verdict, seconds=1.0, code=code, text="why", struck=struck)


def test_all_trials_are_every_fault_for_every_fitting_medium_at_both_speeds() -> None:
    trials = all_trials()
    assert len(trials) == 2 * sum(len(fault.media) for fault in FAULTS)
    assert Counter(trial.speed for trial in trials) == {"fast": len(trials) // 2, "2 MB/s": len(trials) // 2}
    assert all(trial.medium in trial.fault.media for trial in trials)


def test_a_selection_has_every_fault_once_the_same_for_the_same_seed() -> None:
    chosen = some_trials(7)
    assert {trial.fault.name for trial in chosen} == {fault.name for fault in FAULTS}
    assert len(chosen) == len(FAULTS)
    assert chosen == some_trials(7) != some_trials(8)
    assert all(trial.medium in trial.fault.media - trial.fault.lengthy for trial in chosen)
    assert chosen[0].fault.right is Right.FAILED


def test_random_trials_are_the_same_for_the_same_seed() -> None:
    trials = list(islice(endless_trials(1), 200))
    assert trials == list(islice(endless_trials(1), 200)) != list(islice(endless_trials(2), 200))
    mixed = [trial for trial in trials if "+" in trial.fault.name]
    assert len(mixed) > 50
    for trial in mixed:
        rules = [fault.fault for fault in (trial.fault, *trial.extra) if fault.fault]
        assert trial.fault.right is Right.EITHER
        assert all(rule.times is None and 0 < rule.chance < 1 for rule in rules)
        assert len(rules) == trial.fault.name.count("+") + 1
        assert not any(fault.part is Part.SEGMENT for fault in (trial.fault, *trial.extra))


def test_a_file_whose_later_answers_are_a_page_by_chance_has_changed() -> None:
    codes = {
        trial.medium: trial.fault.codes
        for trial in islice(endless_trials(1), 5000)
        if trial.fault.name == "manifest-page" and trial.fault.fault and trial.fault.fault.chance < 1
    }
    assert "source_changed" in codes[Medium.FILE]
    assert "source_changed" not in codes[Medium.HLS]


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (outcome(Verdict.PROVEN), True),
        (outcome(Verdict.PROVEN, struck=0), False),
        (outcome(Verdict.PROVEN, fault=NOTHING, struck=0), True),
        (outcome(Verdict.FAILED, "body_truncated"), False),
        (outcome(Verdict.FAILED, "body_truncated", fault=replace(CUT, right=Right.FAILED)), True),
        (outcome(Verdict.FAILED, "internal", fault=replace(CUT, right=Right.EITHER)), False),
        (outcome(Verdict.WRONG, fault=replace(CUT, right=Right.EITHER)), False),
        (outcome(Verdict.HUNG, fault=replace(CUT, right=Right.EITHER)), False),
    ],
)
def test_which_outcomes_are_right(found: Outcome, right: bool) -> None:
    assert found.right is right
    assert found.view()["right"] is right


def test_a_fault_that_strikes_by_chance_need_not_be_met() -> None:
    by_chance = replace(CUT, fault=Fault(kind=FaultKind.TRUNCATE, chance=0.1))
    assert outcome(Verdict.PROVEN, fault=by_chance, struck=0).right


def test_what_is_not_given_back_is_said() -> None:
    assert Leaks(before=HELD, after=replace(HELD, tasks=1, handles=13)).complaints() == []
    leaks = Leaks(before=HELD, after=replace(HELD, tasks=5, handles=60), kept=["1 episode slots"])
    assert leaks.complaints() == ["1 episode slots", "3 tasks", "50 handles"]
    assert not Report(outcomes=[], leaks=leaks, seconds=1).good


@pytest.mark.parametrize(("final_bytes", "growth", "good"), [(90, -0.1, True), (109, 0.09, True), (112, 0.12, False)])
def test_memory_may_grow_by_a_tenth(final_bytes: int, growth: float, good: bool) -> None:
    report = SoakReport(leaks=Leaks(before=HELD, after=HELD), warm_bytes=100, final_bytes=final_bytes)
    assert (report.view()["memory_growth"], report.good) == (growth, good)


def test_memory_that_was_not_weighed_is_not_judged() -> None:
    report = SoakReport(leaks=Leaks(before=HELD, after=HELD))
    assert (report.view()["memory_growth"], report.good) == (None, True)


def test_trials_keep_to_themselves(settings: Settings, tmp_path: Path) -> None:
    """What is the user's own and would be told, renamed or slowed is left out; what carries the requests is tried."""
    own = settings.model_copy(
        update={
            "notices": {"somebody": object()},
            "standing_wishes": True,
            "naming_template": "x",
            "transport": "httpx",
            "bandwidth_limit_bytes_per_s": 2000,
            "container": "mp4",
            "read_timeout_s": 1.5,
        }
    )
    tried = settings_for_trials(own, tmp_path, 7)
    assert (tried.notices, tried.standing_wishes, tried.bandwidth_limit_bytes_per_s) == (None, False, None)
    assert tried.naming_template == type(settings).model_fields["naming_template"].default
    assert (tried.transport, tried.container, tried.read_timeout_s) == ("httpx", "mp4", 1.5)
    assert (tried.download_dir, tried.data_dir) == (tmp_path / "downloads", tmp_path / "data")
    assert tried.max_concurrent_downloads == 7


async def test_figures_count_tasks_and_handles() -> None:
    before = await take_figures()
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    task = asyncio.create_task(server.serve_forever())
    after = await take_figures()
    assert (after.tasks - before.tasks, after.memory_bytes > 0) == (1, True)
    assert after.handles > before.handles
    task.cancel()
    await asyncio.wait([task])
    server.close()


def test_a_matrix_has_a_line_for_each_fault(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [
        Outcome(trial=trial, verdict=Verdict.FAILED, code="stalled", seconds=1, struck=int(not trial.slow))
        for trial in all_trials()
    ]
    report = Report(outcomes=outcomes, leaks=Leaks(before=HELD, after=HELD), seconds=60)
    printed.print_report(report, "some trials", everything=True)
    text = capsys.readouterr().out
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert set(lines) >= {fault.name for fault in FAULTS}
    assert "WRONG stalled" in lines["cut"]
    assert "never met" in lines["cut"]
    assert lines["wrong-key"].count("-") > 4
    assert "some trials, 60 s" in text
    assert "not given back: nothing" in text


def test_a_selection_is_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [outcome(Verdict.PROVEN, fault=FAULTS[2]), outcome(Verdict.PROVEN, fault=NOTHING)]
    report = Report(outcomes=outcomes, leaks=Leaks(before=HELD, after=HELD), seconds=60)
    printed.print_report(report, "2 trials", everything=False)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.split()[:5] == ["ok", "nothing", "hls", "fast", "proven"]
    assert second.startswith(f"ok     {FAULTS[2].name}")


def test_a_soak_counts_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    report = SoakReport(leaks=Leaks(before=HELD, after=HELD), warm_bytes=100_000_000, final_bytes=105_000_000)
    report.ends.update({"proven": 9, "incomplete": 2})
    report.wrong.append(outcome(Verdict.WRONG))
    printed.print_soak(report, "11 episodes")
    text = capsys.readouterr().out
    assert "     9  proven" in text
    assert "memory: 100 MB after a minute, 105 MB at the end (+5.0%)" in text
    assert "wrong: cut, hls, fast: wrong" in text
    json.dumps(report.view())
