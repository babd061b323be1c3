"""Faults over several servers and jobs: what survives is whole, what fails says why. Single ones are the lab's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.fault_runs import HASTY, Outcome, Runs
from tests.acceptance.service import Service
from tests.media_samples import AES, EARLY, FMP4, TS, streamhash

if TYPE_CHECKING:
    from pathlib import Path

    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

EVERY_TIME: Final = None
TWICE: Final = 2


def assert_proven(outcome: Outcome, source: str, samples: Samples) -> None:
    assert outcome.file is not None, outcome
    assert streamhash(outcome.file) == samples.own_streams(source)


async def test_bursts_of_server_errors(samples: Samples, tmp_path: Path) -> None:
    """Every third answer for a segment is an error, and of the others a quarter is cut: it gets through."""
    async with Origin() as origin:
        runs = Runs(origin=origin, folder=tmp_path)
        for source in (TS, FMP4):
            burst = Fault(kind=FaultKind.STATUS, status=502, every=3, times=EVERY_TIME)
            runs.add(source, samples.folder, source, "*/0*", burst)
        origin.faults.add(Fault(kind=FaultKind.TRUNCATE, path="*/0*", chance=0.25, seed=7, times=EVERY_TIME))
        patient = {**HASTY, "ANIWORLD_DL_ATTEMPTS_PER_SEGMENT": "12"}
        for source, outcome in (await runs.get(env=patient)).items():
            assert_proven(outcome, source, samples)


async def test_segments_on_another_server(samples: Samples, tmp_path: Path) -> None:
    """Everything but the playlists is redirected to another port."""
    async with Origin() as origin, Origin() as other:
        runs = Runs(origin=origin, folder=tmp_path)
        to = other.url("/").rstrip("/") + "{path}"
        elsewhere = Fault(kind=FaultKind.REDIRECT, to=to, times=EVERY_TIME)
        for number, (source, moved) in enumerate({TS: "*.ts", FMP4: "*.m??", EARLY: EARLY}.items()):
            runs.add(source, samples.folder, source, moved, elsewhere)
            other.add_folder(f"/{number:03}", samples.folder)
        for source, outcome in (await runs.get()).items():
            assert_proven(outcome, source, samples)
        assert other.count("*/ts/*.ts") == 8


async def test_the_service_tells_the_same(samples: Samples, origin: Origin, tmp_path: Path) -> None:
    """One job of three: one survives its faults, one loses a segment for good, one has a wrong key."""
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, path="/ts/003.ts", times=TWICE, after_bytes=20_001))
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=404, path="/fmp4/003.m4s", times=EVERY_TIME))
    origin.faults.add(Fault(kind=FaultKind.OTHER_BODY, path="/aes/key", body=bytes(16), times=EVERY_TIME))
    async with Service(tmp_path, env=HASTY) as service:
        job = await service.add("Sturm", *(origin.url(source) for source in (TS, FMP4, AES)))
        (job,) = await service.ended(job["id"])
        good, gone, locked = await service.episodes(job["id"])
    assert (job["status"], job["completed_episodes"]) == ("failed", 1)
    assert streamhash(service.downloads / good["path"]) == samples.own_streams(TS)
    assert (gone["status"], locked["status"]) == ("failed", "failed")
    assert gone["error"]["code"] in {"http_status", "incomplete"}
    assert locked["error"]["code"] in {"decrypt_failed", "segment_invalid"}
    assert [path.name for path in service.downloads.glob("Sturm/*/*.mkv")] == ["Sturm S01E01.mkv"]
