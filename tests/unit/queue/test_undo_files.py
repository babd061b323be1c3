"""What becomes of work folders and finished files when something is undone, and when its time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError, NotFoundError
from aniworld_dl.media.shelf.trash import throw_away, trash_path
from aniworld_dl.model import EVERYTHING, Action, Selection, Status
from aniworld_dl.queue import undo as undo_module
from aniworld_dl.queue.archive import UNDO_S, State
from aniworld_dl.queue.results import Undone
from aniworld_dl.queue.store import Details
from tests.unit.queue.desk import Desk, open_desk
from tests.unit.queue.lookups import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


async def test_when_the_time_is_over_nothing_is_left(desk: Desk) -> None:
    """What was fetched of what is still cancelled goes, its figures too; what was queued again keeps both."""
    lost, kept, never = await desk.add(3)
    await desk.runner.until_started(2)
    desk.supervisor.set_open(False)
    for each in (lost, kept):
        details = Details(percentage=50.0, bytes_downloaded=500)
        await desk.transitions.move_episode(each, Status.PAUSED, details=details)
    outcome = await desk.control.act(EVERYTHING, Action.CANCEL)
    assert outcome.undo is not None
    assert (await desk.control.episode(lost)).bytes_downloaded == 500
    await desk.control.act_on_episode(kept, Action.RETRY)
    await desk.forget()
    assert desk.runner.discarded == [lost]
    figures = [
        (row.progress_percentage, row.bytes_downloaded) for row in [await desk.control.episode(i) for i in (lost, kept)]
    ]
    assert figures == [(0.0, 0), (50.0, 500)]
    assert (await desk.control.job(1)).progress_sum == 50.0
    assert await desk.status(never) is Status.CANCELLED
    with pytest.raises(NotFoundError):
        await desk.control.undo(outcome.undo.id)


async def test_in_the_last_second_it_can_be_undone(desk: Desk) -> None:
    (episode_id,) = await desk.add(1)
    undo = (await desk.control.act(EVERYTHING, Action.CANCEL)).undo
    assert undo is not None
    await desk.clock.wait_for_sleepers()
    desk.clock.advance(UNDO_S - 1)
    await desk.control.undo(undo.id)
    assert await desk.status(episode_id) is not Status.CANCELLED


async def test_what_cannot_be_deleted_stops_nothing(desk: Desk) -> None:
    """The log says so; the record goes all the same."""
    await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.undeletable = FileFailedError(path="x", reason="busy")
    await desk.control.act(EVERYTHING, Action.CANCEL)
    await desk.forget()
    assert await rows(desk.store, "undos") == []


# -------------------------------------------------------------------------------------------------------------- files


async def finished(desk: Desk, settings: Settings, count: int = 1) -> list[int]:
    """Return completed episodes with files, and let nothing else start."""
    settings.download_dir.mkdir(exist_ok=True)
    episodes = await desk.add(count)
    for number, each in enumerate(episodes, start=1):
        await desk.runner.until_started(number)
        (settings.download_dir / f"{each}.mkv").write_bytes(b"%d" % each)
        desk.runner.end(each)
        await desk.until(each, Status.COMPLETED)
    desk.supervisor.set_open(False)
    return episodes


async def test_files_go_and_come_back(desk: Desk, settings: Settings) -> None:
    folder = settings.download_dir
    first, second = await finished(desk, settings, 2)
    outcome = await desk.control.remove(Selection.of(episodes=[first]), files=True)
    assert outcome.undo is not None
    assert (outcome.files, (folder / f"{first}.mkv").exists(), (folder / f"{second}.mkv").exists()) == ({}, False, True)
    restored = await desk.control.undo(outcome.undo.id)
    assert (restored["files"], restored["refused"]) == (True, [])
    assert (folder / f"{first}.mkv").read_bytes() == b"%d" % first
    assert not (folder / ".aniworld-dl").exists()
    assert await rows(desk.store, "undos") == []


async def test_without_files_they_stay(desk: Desk, settings: Settings) -> None:
    (episode_id,) = await finished(desk, settings)
    await desk.control.remove(EVERYTHING)
    assert (settings.download_dir / f"{episode_id}.mkv").exists()
    await desk.forget()
    assert (settings.download_dir / f"{episode_id}.mkv").exists()


async def test_in_the_end_the_trash_is_emptied(desk: Desk, settings: Settings) -> None:
    await finished(desk, settings)
    await desk.control.clear([Status.COMPLETED], files=True)
    assert (settings.download_dir / ".aniworld-dl").exists()
    await desk.forget()
    assert list(settings.download_dir.iterdir()) == []


async def test_a_trash_that_cannot_be_emptied_stops_nothing(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log says so; the record goes all the same."""

    async def refuse(folder: Path, undo_id: int) -> None:
        raise FileFailedError(path=str(folder), reason=f"{undo_id} is busy")

    await finished(desk, settings)
    await desk.control.remove(EVERYTHING, files=True)
    monkeypatch.setattr(undo_module, "empty_trash", refuse)
    await desk.forget()
    assert await rows(desk.store, "undos") == []


async def test_another_file_in_its_place_is_said(desk: Desk, settings: Settings) -> None:
    """The row comes back; the removed file stays in the trash until its time is over."""
    (episode_id,) = await finished(desk, settings)
    undo = (await desk.control.remove(EVERYTHING, files=True)).undo
    assert undo is not None
    file = settings.download_dir / f"{episode_id}.mkv"
    file.write_bytes(b"another")
    (refused,) = (await desk.control.undo(undo.id))["refused"]
    assert (refused["kind"], refused["id"], refused["code"]) == ("episode", episode_id, "file_exists")
    assert file.read_bytes() == b"another"
    assert await desk.status(episode_id) is Status.COMPLETED
    assert (trash_path(settings.download_dir, undo.id) / file.name).exists()
    assert (await desk.undo.page(limit=5, cursor=None))["total"] == 0
    await desk.forget()
    assert [path.name for path in settings.download_dir.iterdir()] == [file.name]


async def test_a_file_that_cannot_be_moved_is_said(desk: Desk, settings: Settings) -> None:
    (episode_id,) = await finished(desk, settings)
    (settings.download_dir / ".aniworld-dl").write_text("a file where the folder should be")
    outcome = await desk.control.remove(EVERYTHING, files=True)
    assert list(outcome.files) == [episode_id]
    assert (settings.download_dir / f"{episode_id}.mkv").exists()
    await desk.forget()  # which cannot empty what is no folder, and goes on


@pytest.mark.parametrize("moved", [False, True])
async def test_a_removal_that_was_interrupted_is_completed(desk: Desk, settings: Settings, *, moved: bool) -> None:
    """Written, then the program died, before or after a file was moved."""
    (episode_id,) = await finished(desk, settings)
    removed = await desk.archive.remove(
        EVERYTHING, Undone.REMOVE, settings.download_dir, now=desk.clock.time(), live={}
    )
    undo = removed.undo
    assert undo is not None
    if moved:
        for _, path in await desk.archive.files(undo.id):
            await throw_away(settings.download_dir, undo.id, path)
    with pytest.raises(NotFoundError):
        await desk.archive.restore(undo.id, now=desk.clock.time())
    desk.undo.changed()  # as it looks when it starts
    while await desk.archive.in_state(State.REMOVING):
        await desk.clock.run(0.05)
    assert not (settings.download_dir / f"{episode_id}.mkv").exists()
    await desk.control.undo(undo.id)
    assert (settings.download_dir / f"{episode_id}.mkv").exists()


async def test_an_undoing_that_was_interrupted_is_completed(desk: Desk, settings: Settings) -> None:
    (episode_id,) = await finished(desk, settings)
    undo = (await desk.control.remove(EVERYTHING, files=True)).undo
    assert undo is not None
    await desk.archive.restore(undo.id, now=desk.clock.time())
    desk.undo.changed()
    while await desk.archive.in_state(State.RESTORING):
        await desk.clock.run(0.05)
    assert (settings.download_dir / f"{episode_id}.mkv").exists()
    assert await desk.status(episode_id) is Status.COMPLETED
    assert await rows(desk.store, "undos") == []


async def test_an_expiry_that_was_interrupted_is_completed(desk: Desk) -> None:
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    await desk.control.act(EVERYTHING, Action.CANCEL)
    await desk.archive.expire(now=desk.clock.time() + UNDO_S)
    assert not desk.runner.discarded
    await desk.forget()
    assert desk.runner.discarded == [episode_id]
