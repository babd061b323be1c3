"""Faults on real sockets: the download goes on, and what it stores is what the server has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import HttpStatusError, SegmentInvalidError
from aniworld_dl.media.ledger import LEDGER_NAME
from tests.integration.engine_run import engine_run
from tests.loopback import Fault, LoopbackServer

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from tests.integration.engine_run import EngineRun
    from tests.media_samples import Samples

PLAYLIST = "/ts/index.m3u8"
SPOILT = "/ts/003.ts"


def stored_whole(run: EngineRun, samples: Samples) -> bool:
    paths = sorted((run.work.path / "t0").iterdir())
    originals = sorted((samples.folder / "ts").glob("*.ts"))
    return [path.read_bytes() for path in paths] == [path.read_bytes() for path in originals]


@pytest.mark.parametrize(
    "fault", [Fault.SHORT, Fault.SHORT_UNANNOUNCED, Fault.WRONG_LENGTH, Fault.RESET, Fault.PAGE, Fault.BUSY]
)
async def test_a_fault_that_passes_leaves_no_trace(samples: Samples, settings: Settings, fault: Fault) -> None:
    async with (
        LoopbackServer(samples.bodies()).running() as server,
        engine_run(settings, server.url(PLAYLIST)) as run,
    ):
        server.faults[SPOILT] = [fault, fault]
        await run.fetch()
        assert server.asked[SPOILT] == 3
        assert stored_whole(run, samples)
        await run.prove(await run.join())


@pytest.mark.parametrize("fault", [Fault.SHORT, Fault.RESET])
async def test_a_plain_file_survives_too(samples: Samples, settings: Settings, fault: Fault) -> None:
    async with (
        LoopbackServer(samples.bodies()).running() as server,
        engine_run(settings, server.url("/late.mp4")) as run,
    ):
        server.faults["/late.mp4"] = [fault]
        await run.fetch()
        assert (run.work.path / "t0/whole.bin").read_bytes() == (samples.folder / "late.mp4").read_bytes()


async def test_one_segment_that_is_gone_fails_the_episode_and_keeps_the_rest(
    samples: Samples, settings: Settings
) -> None:
    async with LoopbackServer(samples.bodies()).running() as server:
        server.faults[SPOILT] = [Fault.MISSING]
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            with pytest.raises(HttpStatusError) as raised:
                await run.fetch(connections=1)
        assert raised.value.status == 404
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            await run.fetch()
            assert run.progress.segments_reused == 3
            assert stored_whole(run, samples)


async def test_pages_in_place_of_a_segment_are_never_stored(samples: Samples, settings: Settings) -> None:
    async with (
        LoopbackServer(samples.bodies()).running() as server,
        engine_run(settings, server.url(PLAYLIST)) as run,
    ):
        server.faults[SPOILT] = [Fault.PAGE] * 100
        with pytest.raises(SegmentInvalidError):
            await run.fetch()
        assert not (run.work.path / "t0/000003.ts").exists()


async def test_cancelled_in_mid_body_it_goes_on_without_fetching_twice(samples: Samples, settings: Settings) -> None:
    async with LoopbackServer(samples.bodies()).running() as server:
        server.faults[SPOILT] = [Fault.HANG]
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            task = asyncio.create_task(run.fetch(connections=2))
            await server.hanging.wait()
            while run.progress.segments_done < 7:  # noqa: ASYNC110 - the progress wakes nobody, it is read
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            await run.fetch()
            assert run.progress.segments_reused == 7
            assert stored_whole(run, samples)
        assert {path: count for path, count in server.asked.items() if path.endswith(".ts") and count > 1} == {
            SPOILT: 2
        }


async def test_after_a_power_cut_only_what_was_lost_is_fetched(samples: Samples, settings: Settings) -> None:
    """The ledger's last line is torn, one segment is zeros, one part file is left over."""
    async with LoopbackServer(samples.bodies()).running() as server:
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            await run.fetch(connections=1)
        folder = run.work.path
        size = (folder / "t0/000002.ts").stat().st_size
        (folder / "t0/000002.ts").write_bytes(bytes(size))
        (folder / "t0/000005.ts.part").write_bytes(b"half")
        ledger = folder / LEDGER_NAME
        ledger.write_bytes(ledger.read_bytes()[:-7])
        async with engine_run(settings, server.url(PLAYLIST)) as run:
            await run.fetch()
            assert run.progress.segments_reused == 6
            assert stored_whole(run, samples)
        asked = {path: count for path, count in server.asked.items() if path.endswith(".ts") and count > 1}
        assert asked == {"/ts/002.ts": 2, "/ts/007.ts": 2}
