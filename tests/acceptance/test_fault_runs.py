"""Whatever a server does, the outcome is the proven file or an error that names the reason: never a wrong `completed`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.service import Service, run_command
from tests.commands import LOOPBACK, Json
from tests.media_matrix import FRAGMENTS
from tests.media_samples import AES, EARLY, FMP4, TS, streamhash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.media_matrix import Matrix
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

SOURCES: Final = (TS, FMP4, EARLY)
SPOILT: Final = ("/ts/003.ts", "/fmp4/003.m4s", f"/{EARLY}")
"""What goes wrong of each."""
HASTY: Final = {
    **LOOPBACK,
    "ANIWORLD_DL_ATTEMPTS_PER_SEGMENT": "3",
    "ANIWORLD_DL_READ_TIMEOUT_S": "1",
    "ANIWORLD_DL_CONNECT_TIMEOUT_S": "5",
}
_EVERY_TIME: Final = None
TWICE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one address: the path of its file, or the code of its error."""

    source: str
    path: str | None
    code: str | None
    text: str


async def get(origin: Origin, folder: Path, *sources: str, env: Mapping[str, str] = HASTY) -> list[Outcome]:
    """Download with the real program, and check that what it says is what there is."""
    urls = [origin.url(source) for source in sources]
    out = folder / "out"
    ended = await run_command("get", *urls, "-o", str(out), "--title", "Sturm", "--json", cwd=folder, env=env)
    assert ended.complaints == ""
    job = ended.lines()[-1]
    outcomes = [_outcome(source, episode) for source, episode in zip(sources, job["episodes"], strict=True)]
    assert ended.status == any(outcome.path is None for outcome in outcomes)
    _assert_only_what_is_completed(out, outcomes)
    return outcomes


def _outcome(source: str, episode: Json) -> Outcome:
    if episode["status"] == "completed":
        return Outcome(source=source, path=episode["path"], code=None, text="")
    assert episode["status"] == "failed", episode
    return Outcome(source=source, path=None, code=episode["error"]["code"], text=episode["error_message"])


def _assert_only_what_is_completed(out: Path, outcomes: Sequence[Outcome]) -> None:
    """Files stand under their final names for what is completed and for nothing else; then no work is left either."""
    there = {path.relative_to(out).as_posix() for path in out.rglob("*.mkv") if ".aniworld-dl" not in path.parts}
    assert there == {outcome.path for outcome in outcomes} - {None}
    if all(outcome.path for outcome in outcomes):
        assert not (out / ".aniworld-dl").exists()


def assert_proven(out: Path, outcome: Outcome, samples: Samples, reference: str | None = None) -> None:
    assert outcome.path is not None, f"{outcome.source}: {outcome.text}"
    assert streamhash(out / outcome.path) == samples.own_streams(reference or outcome.source), outcome.source


def spoil(origin: Origin, fault: Fault, paths: Sequence[str] = SPOILT) -> None:
    for path in paths:
        origin.faults.add(replace(fault, path=path))


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
    "stall before the head": Fault(kind=FaultKind.GATE),
    "stall within the body": Fault(kind=FaultKind.STALL),
    "a drip": Fault(kind=FaultKind.DRIP, bytes_per_s=40_000),
    "429 with Retry-After": Fault(kind=FaultKind.STATUS, status=429, retry_after_s=1),
    "a page in place of a segment": Fault(kind=FaultKind.HTML, times=TWICE),
}
"""Faults that strike once or twice, where three attempts are made."""


@pytest.mark.parametrize("name", PASSING)
async def test_what_passes_leaves_no_trace(name: str, samples: Samples, origin: Origin, tmp_path: Path) -> None:
    spoil(origin, PASSING[name])
    for outcome in await get(origin, tmp_path, *SOURCES):
        assert_proven(tmp_path / "out", outcome, samples)


LASTING: Final = {
    "always 404": (Fault(kind=FaultKind.STATUS, status=404), {"http_status"}),
    "always 503": (Fault(kind=FaultKind.STATUS, status=503), {"http_status"}),
    "always a page": (Fault(kind=FaultKind.HTML), {"segment_invalid", "not_media", "source_changed"}),
    "always cut": (Fault(kind=FaultKind.TRUNCATE), {"body_truncated", "connection_lost"}),
    "always cut with status 200": (
        Fault(kind=FaultKind.SHORT_200, after_bytes=20_001),
        {"segment_invalid", "body_truncated", "source_changed"},
    ),
    "always reset": (Fault(kind=FaultKind.RESET), {"connection_lost", "body_truncated"}),
    "always a stall": (Fault(kind=FaultKind.STALL), {"stalled"}),
}
"""What never passes, and by which codes it may be told apart from a hole that nobody can explain."""


@pytest.mark.parametrize("name", LASTING)
async def test_what_lasts_fails_with_its_reason(name: str, origin: Origin, tmp_path: Path) -> None:
    """Nothing stands under the final name, and the error says what the server did or what is missing."""
    fault, codes = LASTING[name]
    spoil(origin, replace(fault, times=_EVERY_TIME))
    for outcome in await get(origin, tmp_path, *SOURCES):
        assert outcome.code in codes | {"incomplete"}, outcome


@pytest.mark.parametrize("segment", ["000", "003", "007"])
@pytest.mark.parametrize("times", [1, _EVERY_TIME], ids=["once", "always"])
async def test_cut_where_structure_tells_nothing(
    segment: str, times: int | None, samples: Samples, matrix: Matrix, origin: Origin, tmp_path: Path
) -> None:
    """Whole packets, whole fragments, lengths that agree: only timestamps tell that half of a segment is not there.

    Cut once it is asked for again, or the episode is incomplete; cut always, there is no file.
    """
    fragments = matrix.manifest(FRAGMENTS)
    origin.add_folder("/fragments", fragments.parent)
    for path in (f"/ts/{segment}.ts", f"/fragments/{segment}.m4s"):
        origin.faults.add(Fault(kind=FaultKind.SHORT_200, at_boundary=True, path=path, times=times))
    for outcome in await get(origin, tmp_path, TS, f"fragments/{fragments.name}"):
        if times is None or outcome.path is None:
            assert outcome.code in {"incomplete", "segment_invalid"}, outcome
        else:
            expected = samples.own_streams(TS) if outcome.source == TS else matrix.streams(FRAGMENTS)
            assert streamhash(tmp_path / "out" / outcome.path) == expected


KEYS: Final = {
    "404": Fault(kind=FaultKind.STATUS, status=404),
    "too short": Fault(kind=FaultKind.SHORT_200, after_bytes=7),
    "another one": Fault(kind=FaultKind.OTHER_BODY, body=b"sixteen bytes???"),
    "a page": Fault(kind=FaultKind.HTML),
}


@pytest.mark.parametrize("name", KEYS)
async def test_keys_that_fail(name: str, origin: Origin, tmp_path: Path) -> None:
    origin.faults.add(replace(KEYS[name], path="/aes/key", times=_EVERY_TIME))
    (outcome,) = await get(origin, tmp_path, AES)
    assert outcome.code in {"http_status", "decrypt_failed", "segment_invalid"}, outcome


async def test_bursts_of_server_errors(samples: Samples, origin: Origin, tmp_path: Path) -> None:
    """Every third answer for a segment is an error, and a quarter of the others is cut: it gets through all the same."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=502, path="/*/0*", every=3, times=_EVERY_TIME))
    origin.faults.add(Fault(kind=FaultKind.TRUNCATE, path="/*/0*", chance=0.25, seed=7, times=_EVERY_TIME))
    patient = {**HASTY, "ANIWORLD_DL_ATTEMPTS_PER_SEGMENT": "12"}
    for outcome in await get(origin, tmp_path, TS, FMP4, env=patient):
        assert_proven(tmp_path / "out", outcome, samples)


async def test_segments_on_another_server(samples: Samples, origin: Origin, tmp_path: Path) -> None:
    """Everything but the playlists is redirected to another port, with content types that lie."""
    async with Origin() as other:
        other.add_folder("/", samples.folder)
        other.faults.add(Fault(kind=FaultKind.CONTENT_TYPE, content_type="image/png", times=_EVERY_TIME))
        elsewhere = Fault(kind=FaultKind.REDIRECT, to=other.url("/").rstrip("/") + "{path}", times=_EVERY_TIME)
        for path in ("/ts/0*", "/fmp4/0*", "/fmp4/init*", f"/{EARLY}"):
            origin.faults.add(replace(elsewhere, path=path))
        for outcome in await get(origin, tmp_path, *SOURCES):
            assert_proven(tmp_path / "out", outcome, samples)
        assert other.count("/ts/*.ts") == 8


FILES: Final = {
    "no ranges": Fault(kind=FaultKind.NO_RANGES),
    "a tag that changes": Fault(kind=FaultKind.NEW_ETAG),
}


@pytest.mark.parametrize("name", FILES)
async def test_plain_files_of_odd_servers(name: str, samples: Samples, origin: Origin, tmp_path: Path) -> None:
    """The file comes whole, or the change is named: parts of two versions are never joined."""
    origin.faults.add(replace(FILES[name], path=f"/{EARLY}", times=_EVERY_TIME))
    (outcome,) = await get(origin, tmp_path, EARLY)
    if outcome.path is None:
        assert outcome.code == "source_changed"
    else:
        assert_proven(tmp_path / "out", outcome, samples)


async def test_the_service_tells_the_same(samples: Samples, origin: Origin, tmp_path: Path) -> None:
    """One job of three: one survives its faults, one loses a segment for good, one has a wrong key."""
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, path="/ts/003.ts", times=TWICE, after_bytes=20_001))
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=404, path="/fmp4/003.m4s", times=_EVERY_TIME))
    origin.faults.add(Fault(kind=FaultKind.OTHER_BODY, path="/aes/key", body=bytes(16), times=_EVERY_TIME))
    async with Service(tmp_path, env=HASTY) as service:
        job = await service.add("Sturm", *(origin.url(source) for source in (TS, FMP4, AES)))
        (job,) = await service.ended(job["id"])
        good, gone, locked = await service.episodes(job["id"])
    assert (job["status"], job["completed_episodes"]) == ("failed", 1)
    assert streamhash(service.downloads / good["path"]) == samples.own_streams(TS)
    assert (gone["status"], locked["status"]) == ("failed", "failed")
    assert gone["error"]["code"] in {"http_status", "incomplete"}
    assert locked["error"]["code"] in {"decrypt_failed", "segment_invalid"}
    assert [path.name for path in service.downloads.glob("*/*/*.mkv")] == ["Sturm S01E01.mkv"]
