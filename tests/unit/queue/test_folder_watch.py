"""The download folder cannot be written: the queue waits, says why, and goes on by itself."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DownloadFolderError, FileFailedError, FolderDeniedError
from aniworld_dl.folders import prepare_folder, refusal_of
from aniworld_dl.model import Status
from aniworld_dl.queue.closures import Closure, Closures
from aniworld_dl.queue.disk import Disk, Room
from aniworld_dl.queue.folder_watch import FolderWatch
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A queue of two slots that is watched. The download folder is not there yet."""
    async with open_desk(settings, slots=2) as opened:
        closures = Closures(opened.supervisor, opened.control, opened.standing)
        closures.open(Closure.NOT_PROCESSING)
        watch = FolderWatch(
            disk=opened.disk,
            closures=closures,
            announcer=opened.announcer,
            clock=opened.clock,
            settings=lambda: settings,
        )
        task = asyncio.create_task(watch.run())
        yield opened
        task.cancel()
        await asyncio.wait([task])


async def _reason(desk: Desk, episode_id: int) -> str | None:
    episode = await desk.store.episode(episode_id)
    assert episode is not None
    reason: str | None = desk.announcer.view_episode(episode)["reason"]
    return reason


async def test_everything_waits_and_goes_on_when_the_folder_can_be_written(desk: Desk, settings: Settings) -> None:
    first, second, third = await desk.add(3)
    await desk.runner.until_started(2)
    desk.disk.refused.set()
    desk.runner.end(first, DownloadFolderError(path="p", reason="r"))
    while any([await desk.status(each) is not Status.QUEUED for each in (first, second)]):
        await desk.clock.run(0.05)
    assert [await _reason(desk, each) for each in (first, second, third)] == ["download_folder"] * 3
    job = await desk.store.job(1)
    assert job is not None
    assert desk.announcer.view_job(job)["reason"] == "download_folder"
    await desk.clock.run(60)
    assert desk.runner.started == [first, second]
    settings.download_dir.mkdir()
    while len(desk.runner.started) < 4:
        await desk.clock.run(0.5)
    assert sorted(desk.runner.started[2:]) == [first, second]
    assert await _reason(desk, third) == "slot"


@pytest.mark.parametrize("error", [FolderDeniedError(path="p", reason="r"), FileFailedError(path="p", reason="r")])
async def test_what_one_file_meets_is_its_own_unless_the_whole_folder_is_refused(
    desk: Desk, settings: Settings, tmp_path: Path, error: Exception
) -> None:
    await desk.add(1)
    await desk.runner.until_started(1)
    (live,) = desk.announcer.lives_of(1)
    room = Room(live, estimate_bytes=1, copies=1, result=tmp_path / "result")
    disk = Disk(lambda: settings)
    with pytest.raises(DownloadFolderError, match="No such file"):
        async with disk.kept_for(room):
            raise error
    assert disk.refused.is_set()
    disk.refused.clear()
    settings.download_dir.mkdir()
    with pytest.raises(type(error)):
        async with disk.kept_for(room):
            raise error
    assert not disk.refused.is_set()


def test_a_full_folder_is_no_refused_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is started while the disk is full waits for room like one that runs."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert refusal_of(tmp_path) is None
    prepare_folder(tmp_path)


async def test_a_refusal_that_has_passed_closes_nothing(desk: Desk, settings: Settings) -> None:
    settings.download_dir.mkdir()
    await desk.add(1)
    await desk.runner.until_started(1)
    desk.disk.refused.set()
    while desk.disk.refused.is_set():
        await desk.clock.run(0.05)
    assert desk.announcer.running == 1
    assert desk.announcer.stats()["notices"] == []
