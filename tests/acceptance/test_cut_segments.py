"""Segments cut by a server that agrees with itself: lengths and structure are right, only timestamps tell."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.fault_runs import Outcome, Runs
from tests.media_recipes import FRAGMENTS
from tests.media_samples import TS, streamhash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.media_matrix import Matrix
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

SEGMENTS: Final = ("000", "003", "007")
"""The first, one in the middle, the last."""
KINDS: Final = ("TS", "fMP4")
SHARES: Final = (0.1, 0.5, 0.75)
"""What is left of it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    samples: Samples, matrix: Matrix, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Outcome]]:
    """Every segment cut at every share, once or always, between two packets or two fragments."""
    fragments = matrix.manifest(FRAGMENTS)
    async with Origin() as origin:
        runs = Runs(origin=origin, folder=tmp_path_factory.mktemp("cut"))
        for kind, segment, share, times in product(KINDS, SEGMENTS, SHARES, (1, None)):
            folder, source, spoilt = (
                (samples.folder, TS, f"ts/{segment}.ts")
                if kind == "TS"
                else (fragments.parent, fragments.name, f"{segment}.m4s")
            )
            at = int((folder / spoilt).stat().st_size * share)
            cut = Fault(kind=FaultKind.SHORT_200, at_boundary=True, after_bytes=at, times=times)
            runs.add(f"{kind} {segment} {share} {times}", folder, source, spoilt, cut)
        yield await runs.get("-j", "8")


CASES: Final = [f"{kind} {segment} {share}" for kind, segment, share in product(KINDS, SEGMENTS, SHARES)]


@pytest.mark.parametrize("case", CASES)
def test_once_it_is_asked_for_again(case: str, outcomes: dict[str, Outcome], samples: Samples, matrix: Matrix) -> None:
    outcome = outcomes[f"{case} 1"]
    assert outcome.file is not None, outcome
    expected = samples.own_streams(TS) if case.startswith("TS") else matrix.streams(FRAGMENTS)
    assert streamhash(outcome.file) == expected


@pytest.mark.parametrize("case", CASES)
def test_always_there_is_no_file(case: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[f"{case} None"].code in {"incomplete", "segment_invalid"}
