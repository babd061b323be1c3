"""A download folder that becomes read-only while the queue works, as a disk with errors does: nothing fails for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import DownloadFolderError, FolderDeniedError
from aniworld_dl.model import Status
from tests.integration.engine_work import add, episodes, files, until, until_stored
from tests.media_samples import TS, Samples, streamhash
from tests.small_disk import read_only, small_disk

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.engine import Engine

pytestmark = pytest.mark.timeout(60)


async def until_reason(engine: Engine, job_id: int, reason: str) -> None:
    """Wait until all episodes of a job wait for this reason."""
    async for _ in engine.hub.subscribe():
        if {each["reason"] for each in await episodes(engine, job_id)} == {reason}:
            return


async def test_the_queue_waits_until_the_folder_can_be_written_again(
    settings: Settings, origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """One episode runs, another waits: both wait then, with the reason, and neither is asked for any more."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/003.ts"))
    settings = settings.model_copy(update={"connections_per_episode": 1, "max_concurrent_downloads": 1})
    with small_disk(tmp_path / "disk") as disk:
        async with open_engine(settings.model_copy(update={"download_dir": disk})) as engine:
            job_id = await add(engine, origin.url(TS), origin.url("fmp4/index.m3u8"))
            await gate.reached()
            await until_stored(engine, (await episodes(engine, job_id))[0]["id"], 3)
            with read_only(disk):
                gate.open()
                await until_reason(engine, job_id, "download_folder")
                first, second = await episodes(engine, job_id)
                assert (first["status"], second["status"]) == ("queued", "queued")
                assert first["error"]["code"] == "download_folder"
                assert "ead-only" in first["error_message"]
                assert engine.healthy
                hindrance = engine.hindrance
                assert isinstance(hindrance, DownloadFolderError)
                assert all(name.startswith(".aniworld-dl/") for name in files(disk))
                assert origin.count("/fmp4/*") == 0
            await until(engine, job_id, Status.COMPLETED)
            assert engine.hindrance is None
        for number, playlist in ((1, TS), (2, "fmp4/index.m3u8")):
            file = disk / f"Nordlicht/Season 01/Nordlicht S01E{number:02}.mkv"
            assert streamhash(file) == samples.own_streams(playlist)
        assert [origin.count(f"/ts/{index:03}.ts") for index in range(3)] == [1] * 3


async def test_a_start_without_the_right_to_write_says_so(settings: Settings, tmp_path: Path) -> None:
    """Whichever of the two folders it is; nothing is begun."""
    with small_disk(tmp_path / "disk", 1) as disk:
        for name in ("download_dir", "data_dir"):
            with read_only(disk), pytest.raises(FolderDeniedError, match="ead-only") as denied:
                async with open_engine(settings.model_copy(update={name: disk})):
                    raise AssertionError("it is open")
            assert denied.value.params["path"] == str(disk)
            assert not files(disk)
