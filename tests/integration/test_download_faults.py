"""Faults on real sockets: the download goes on, and what it stores is what the server has."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.content import Manner
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import IncompleteError
from aniworld_dl.media.store.ledger import LEDGER_NAME
from tests.integration.engine_run import engine_run
from tests.media_samples import LATE

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from tests.integration.engine_run import EngineRun
    from tests.media_samples import Samples

PLAYLIST = "/ts/index.m3u8"
SPOILT = "/ts/003.ts"
CUT = 20_001
"""Bytes of it that come; in the middle of a packet, else only the proof could tell."""


def stored_whole(run: EngineRun, samples: Samples) -> bool:
    paths = sorted((run.work.path / "t0").iterdir())
    originals = sorted((samples.folder / "ts").glob("*.ts"))
    return [path.read_bytes() for path in paths] == [path.read_bytes() for path in originals]


def again(origin: Origin) -> dict[str, int]:
    """Return the segments that were asked for more than once, and how often."""
    asked = Counter(record.path for record in origin.log.records("*.ts"))
    return {path: count for path, count in asked.items() if count > 1}


async def survives(fault: Fault, origin: Origin, samples: Samples, settings: Settings) -> None:
    """Download, join and prove the episode although one of its segments comes badly, twice."""
    origin.faults.add(fault)
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        assert again(origin) == {SPOILT: 3}
        assert stored_whole(run, samples)
        await run.prove(await run.join())


@pytest.mark.parametrize(
    "kind", [FaultKind.TRUNCATE, FaultKind.SHORT_200, FaultKind.RESET, FaultKind.HTML, FaultKind.STATUS]
)
async def test_a_fault_that_passes_leaves_no_trace(
    origin: Origin, samples: Samples, settings: Settings, kind: FaultKind
) -> None:
    await survives(Fault(kind=kind, path=SPOILT, times=2, after_bytes=CUT, retry_after_s=0), origin, samples, settings)


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATE, FaultKind.SHORT_200, FaultKind.RESET])
async def test_a_body_of_unknown_length_is_no_excuse(
    origin: Origin, samples: Samples, settings: Settings, kind: FaultKind
) -> None:
    origin.add_file(SPOILT, samples.folder / SPOILT[1:], Manner(chunked=True))
    await survives(Fault(kind=kind, path=SPOILT, times=2, after_bytes=CUT), origin, samples, settings)


async def test_a_single_missing_byte_is_noticed(origin: Origin, samples: Samples, settings: Settings) -> None:
    size = (samples.folder / SPOILT[1:]).stat().st_size
    fault = Fault(kind=FaultKind.TRUNCATE, path=SPOILT, times=2, after_bytes=size - 1)
    await survives(fault, origin, samples, settings)


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATE, FaultKind.RESET])
async def test_a_plain_file_survives_too(origin: Origin, samples: Samples, settings: Settings, kind: FaultKind) -> None:
    async with engine_run(settings, origin.url(LATE)) as run:
        origin.faults.add(Fault(kind=kind, path=f"/{LATE}"))
        await run.fetch()
        assert origin.count(f"/{LATE}") == 3
        assert (run.work.path / "t0/whole.bin").read_bytes() == (samples.folder / LATE).read_bytes()


async def test_one_segment_that_is_gone_fails_the_episode_and_keeps_the_rest(
    origin: Origin, samples: Samples, settings: Settings
) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, path=SPOILT, status=404))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        with pytest.raises(IncompleteError) as raised:
            await run.fetch(connections=1)
    assert raised.value.params["missing"] == "00:00:03-00:00:04"
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        assert run.progress.segments_reused == 7
        assert stored_whole(run, samples)
    assert again(origin) == {SPOILT: 2}


async def test_pages_in_place_of_a_segment_are_never_stored(origin: Origin, settings: Settings) -> None:
    origin.faults.add(Fault(kind=FaultKind.HTML, path=SPOILT, times=None))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        with pytest.raises(IncompleteError, match="a page of text came in its place"):
            await run.fetch()
        assert not (run.work.path / "t0/000003.ts").exists()


async def test_cancelled_in_mid_body_it_goes_on_without_fetching_twice(
    origin: Origin, samples: Samples, settings: Settings
) -> None:
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path=SPOILT))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        task = asyncio.create_task(run.fetch(connections=2))
        await stall.reached()
        while run.progress.segments_done < 7:  # noqa: ASYNC110 - the progress wakes nobody, it is read
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        assert run.progress.segments_reused == 7
        assert stored_whole(run, samples)
    assert again(origin) == {SPOILT: 2}


async def test_after_a_power_cut_only_what_was_lost_is_fetched(
    origin: Origin, samples: Samples, settings: Settings
) -> None:
    """The ledger's last line is torn, one segment is zeros, one part file is left over."""
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch(connections=1)
    folder = run.work.path
    size = (folder / "t0/000002.ts").stat().st_size
    (folder / "t0/000002.ts").write_bytes(bytes(size))
    (folder / "t0/000005.ts.part").write_bytes(b"half")
    ledger = folder / LEDGER_NAME
    ledger.write_bytes(ledger.read_bytes()[:-7])
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        assert run.progress.segments_reused == 6
        assert stored_whole(run, samples)
    assert again(origin) == {"/ts/002.ts": 2, "/ts/007.ts": 2}
