"""The selftest's own engine, with the real ffmpeg: verdicts, campaigns and the weighing of a soak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.lab.kinds import Medium
from aniworld_dl.demo.lab.table import FAULTS, NOTHING
from aniworld_dl.errors import InternalError
from aniworld_dl.selftest.bench import open_bench
from aniworld_dl.selftest.campaign import try_all
from aniworld_dl.selftest.soak import soak
from aniworld_dl.selftest.trials import Outcome, Trial, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

pytestmark = pytest.mark.timeout(240)


def trial(name: str, medium: Medium = Medium.HLS) -> Trial:
    return Trial(fault=next(fault for fault in FAULTS if fault.name == name), medium=medium)


async def test_a_campaign_tells_each_outcome_and_leaves_nothing(settings: Settings) -> None:
    told: list[Outcome] = []
    trials = [trial("cut", Medium.DASH), trial("certificate-expired"), trial("dns-moves", Medium.FILE)]
    report = await try_all(settings, trials, told.append)
    assert report.outcomes == told
    assert {(each.trial.fault.name, each.verdict.value, each.code) for each in told} == {
        ("cut", "proven", None),
        ("certificate-expired", "failed", "connect_failed"),
        ("dns-moves", "proven", None),
    }
    assert report.good, report.view()
    assert report.view()["trials"] == 3


async def test_what_ends_otherwise_or_not_at_all_is_told(settings: Settings, tmp_path: Path) -> None:
    """A file with other streams than those that are known, and an episode whose time is over."""
    async with open_bench(settings, tmp_path / "a", at_a_time=1) as bench:
        outcome = await bench.run(Trial(fault=NOTHING, medium=Medium.FILE))
        assert (outcome.verdict, outcome.right) == (Verdict.WRONG, False)
    async with open_bench(settings, tmp_path / "b", at_a_time=1, bound_s=0.0) as bench:
        outcome = await bench.run(trial("always-silent"))
        assert (outcome.verdict, outcome.right) == (Verdict.HUNG, False)
        with pytest.raises(InternalError, match="hls, no fault at all: hung"):
            await bench.learn()


async def test_a_soak_ends_what_it_has_begun(settings: Settings) -> None:
    told: list[Outcome] = []
    report = await soak(settings, 0.1, 4, told.append, at_a_time=3)
    assert report.ends.total() == len(told) >= 3
    assert report.good, (report.view(), report.wrong)
