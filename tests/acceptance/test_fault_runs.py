"""Whatever a server does, the outcome is the proven file or an error with its reason: never a wrong `completed`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.fault_runs import HASTY, Outcome, Runs
from tests.acceptance.service import Service
from tests.media_matrix import Matrix
from tests.media_recipes import NUMBERS
from tests.media_samples import AES, EARLY, FMP4, TS, streamhash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

SPOILT: Final = {TS: "ts/003.ts", FMP4: "fmp4/003.m4s", NUMBERS: "chunk-stream0-00004.m4s", EARLY: EARLY}
"""What goes wrong of each source. The file is spoilt from its second answer on: its first says what it is."""
EVERY_TIME: Final = None
TWICE: Final = 2

PASSING: Final = {
    "the body is cut": Fault(kind=FaultKind.TRUNCATE, times=TWICE),
    "one byte is missing": Fault(kind=FaultKind.TRUNCATE, times=TWICE, after_bytes=30_000),
    "the body is cut with status 200": Fault(kind=FaultKind.SHORT_200, times=TWICE, after_bytes=20_001),
    "nothing comes with status 200": Fault(kind=FaultKind.SHORT_200, times=TWICE, after_bytes=0),
    "the length promises too much": Fault(kind=FaultKind.WRONG_LENGTH, times=TWICE, extra_bytes=1),
    "the length promises too little": Fault(kind=FaultKind.WRONG_LENGTH, times=TWICE, extra_bytes=-777),
    "reset before the head": Fault(kind=FaultKind.RESET_HEAD, times=TWICE, after_bytes=0),
    "reset within the head": Fault(kind=FaultKind.RESET_HEAD, times=TWICE),
    "reset within the body": Fault(kind=FaultKind.RESET, times=TWICE),
    "a stall before the body": Fault(kind=FaultKind.STALL, after_bytes=0),
    "a stall within the body": Fault(kind=FaultKind.STALL),
    "a drip": Fault(kind=FaultKind.DRIP, bytes_per_s=40_000),
    "429 with Retry-After": Fault(kind=FaultKind.STATUS, status=429, retry_after_s=1),
    "two errors of the server": Fault(kind=FaultKind.STATUS, status=500, times=TWICE),
    "a page in place of a segment": Fault(kind=FaultKind.HTML, times=TWICE),
    "another type for everything": Fault(kind=FaultKind.CONTENT_TYPE, content_type="image/png", times=EVERY_TIME),
}
"""Faults that strike once or twice, where three attempts are made."""
LIKE_A_CHANGE: Final = {"nothing comes with status 200", "a page in place of a segment"}
"""What looks the same as a file that is another one now."""

LASTING: Final = {
    "always 404": (Fault(kind=FaultKind.STATUS, status=404), {"http_status"}),
    "always 503": (Fault(kind=FaultKind.STATUS, status=503), {"http_status"}),
    "always a page": (Fault(kind=FaultKind.HTML), {"segment_invalid", "source_changed"}),
    "always cut": (Fault(kind=FaultKind.TRUNCATE), {"body_truncated", "connection_lost"}),
    "always cut with status 200": (
        Fault(kind=FaultKind.SHORT_200, after_bytes=20_001),
        {"segment_invalid", "body_truncated", "source_changed"},
    ),
    "always reset": (Fault(kind=FaultKind.RESET), {"connection_lost", "body_truncated"}),
    "always a stall": (Fault(kind=FaultKind.STALL), {"stalled"}),
}
"""What never passes, and the codes that name it."""

BY_FORMAT: Final = {
    "one byte is missing",
    "the body is cut with status 200",
    "nothing comes with status 200",
    "a page in place of a segment",
    "always a page",
    "always cut with status 200",
}
"""What shows by what is inside a segment is tried with every format; what a connection does is the same for all."""


def tried(faults: Iterable[str]) -> list[tuple[str, str]]:
    """Return which faults are tried with which sources."""
    return [(name, source) for name, source in product(faults, SPOILT) if source in {TS, EARLY} or name in BY_FORMAT]


KEYS: Final = {
    "404": Fault(kind=FaultKind.STATUS, status=404),
    "too short": Fault(kind=FaultKind.SHORT_200, after_bytes=7),
    "another one": Fault(kind=FaultKind.OTHER_BODY, body=b"sixteen bytes???"),
    "a page": Fault(kind=FaultKind.HTML),
}
FILES: Final = {
    "ranges are ignored": Fault(kind=FaultKind.NO_RANGES),
    "ranges are ignored later": Fault(kind=FaultKind.NO_RANGES, skip=1),
    "the tag changes": Fault(kind=FaultKind.NEW_ETAG),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    samples: Samples, matrix: Matrix, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Outcome]]:
    """All of them in one go, which is also what keeps them from being alone on their server."""
    lasting = {name: replace(fault, times=EVERY_TIME) for name, (fault, _) in LASTING.items()}
    async with Origin() as origin, Origin() as second, Origin() as third, Origin() as fourth, Origin() as fifth:
        others = (second, third, fourth, fifth)
        runs = Runs(origin=origin, folder=tmp_path_factory.mktemp("faults"), others=others)
        for name, source in tried(PASSING | lasting):
            spoiling = replace((PASSING | lasting)[name], skip=1 if source == EARLY else 0)
            dash = matrix.manifest(NUMBERS)
            served, manifest = (dash.parent, dash.name) if source == NUMBERS else (samples.folder, source)
            runs.add(f"{name}, {source}", served, manifest, SPOILT[source], spoiling)
        for name, fault in KEYS.items():
            runs.add(f"key: {name}", samples.folder, AES, "aes/key", replace(fault, times=EVERY_TIME))
        for name, fault in FILES.items():
            runs.add(f"file: {name}", samples.folder, EARLY, EARLY, replace(fault, times=EVERY_TIME))
        yield await runs.get("-j", "8")


def assert_proven(outcome: Outcome, source: str, samples: Samples | Matrix) -> None:
    assert outcome.file is not None, outcome
    expected = samples.streams(source) if isinstance(samples, Matrix) else samples.own_streams(source)
    assert streamhash(outcome.file) == expected


@pytest.mark.parametrize(("name", "source"), tried(PASSING))
def test_what_passes_leaves_no_trace(
    name: str, source: str, outcomes: dict[str, Outcome], samples: Samples, matrix: Matrix
) -> None:
    outcome = outcomes[f"{name}, {source}"]
    assert outcome.struck, "the fault was never met"
    if source == EARLY and name in LIKE_A_CHANGE and outcome.file is None:
        assert outcome.code == "source_changed"
    else:
        assert_proven(outcome, source, matrix if source == NUMBERS else samples)


@pytest.mark.parametrize(("name", "source"), tried(LASTING))
def test_what_lasts_fails_with_its_reason(name: str, source: str, outcomes: dict[str, Outcome]) -> None:
    """The error says what the server did, or what is missing for it."""
    outcome = outcomes[f"{name}, {source}"]
    assert outcome.struck, "the fault was never met"
    assert outcome.code in LASTING[name][1] | {"incomplete"}, outcome


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_fail(name: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[f"key: {name}"].code in {"http_status", "decrypt_failed", "segment_invalid"}


@pytest.mark.parametrize("name", FILES)
def test_plain_files_of_odd_servers(name: str, outcomes: dict[str, Outcome], samples: Samples) -> None:
    """The file comes whole, or the change is named: parts of two versions are never joined."""
    outcome = outcomes[f"file: {name}"]
    if outcome.file is None:
        assert outcome.code == "source_changed"
    else:
        assert_proven(outcome, EARLY, samples)


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
