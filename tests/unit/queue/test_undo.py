"""What was cancelled, removed or cleared comes back as it was, for ten minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import ConnectError, FileFailedError, NotFoundError
from aniworld_dl.media.shelf.trash import throw_away, trash_path
from aniworld_dl.model import EVERYTHING, Action, EpisodeRef, Hold, HoldReason, JobRequest, Selection, Status
from aniworld_dl.queue.archive import UNDO_S, State
from aniworld_dl.queue.results import Undone
from aniworld_dl.queue.store import Details
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode

TABLES = ("jobs", "episodes", "expansions")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


async def rows(desk: Desk, table: str) -> list[dict[str, Any]]:
    async def read(connection: Any) -> list[dict[str, Any]]:
        found = await connection.execute_fetchall(f"SELECT * FROM {table} ORDER BY id")
        return [dict(row) for row in found]

    return await desk.store.database.write(read)


async def episode(desk: Desk, episode_id: int) -> Episode:
    return await desk.control.episode(episode_id)


async def one_of_each(desk: Desk) -> dict[Status, int]:
    """Put a job's episodes at the statuses from which something can be cancelled, and one that is completed."""
    done, failed, running, paused, held, plain = await desk.add(6)
    await desk.runner.until_started(2)
    desk.runner.end(done)
    await desk.until(done, Status.COMPLETED)
    desk.runner.end(failed, ConnectError(host="example.org", reason="refused"))
    await desk.until(failed, Status.FAILED)
    await desk.until(paused, Status.DOWNLOADING)
    desk.supervisor.set_open(False)
    await desk.control.act_on_episode(paused, Action.PAUSE)
    hold = Hold(reason=HoldReason.DISK_RESERVE, params={"missing_bytes": 4})
    await desk.transitions.move_episode(held, Status.PAUSED)
    await desk.transitions.move_episode(held, Status.QUEUED, details=Details(hold=hold, retries=2))
    assert await desk.status(running) is Status.DOWNLOADING
    assert await desk.status(plain) is Status.QUEUED
    return {
        Status.COMPLETED: done,
        Status.FAILED: failed,
        Status.DOWNLOADING: running,
        Status.PAUSED: paused,
        Status.QUEUED: held,
    }


async def test_cancelled_ones_are_again_what_they_were(desk: Desk) -> None:
    """Errors, holds and retries too; what ran waits."""
    ids = await one_of_each(desk)
    before = {status: await episode(desk, each) for status, each in ids.items()}
    outcome = await desk.control.act(Selection.of(jobs=[1]), Action.CANCEL)
    assert outcome.undo is not None
    assert (outcome.undo.action, outcome.undo.episodes, outcome.undo.jobs) == (Undone.CANCEL, 5, 0)
    assert outcome.undo.until == desk.clock.time() + 600
    restored = await desk.control.undo(outcome.undo.id)
    assert (restored["episodes"], restored["refused"]) == (5, [])
    after = {status: await episode(desk, each) for status, each in ids.items()}
    assert after.pop(Status.DOWNLOADING).status is Status.QUEUED
    del before[Status.DOWNLOADING]
    assert after == before
    with pytest.raises(NotFoundError, match=r"no undo 1"):
        await desk.control.undo(outcome.undo.id)


async def test_addresses_wait_again(desk: Desk) -> None:
    refs = tuple(EpisodeRef(url=f"https://example.org/{name}") for name in "ab")
    wanted = JobRequest(anime_title="S", episodes=refs, paused=True)
    await desk.store.add_job(wanted, series_indexes=frozenset({0, 1}), now=1.0)
    before = await rows(desk, "expansions")
    outcome = await desk.control.act(EVERYTHING, Action.CANCEL)
    assert outcome.undo is not None
    await desk.control.undo(outcome.undo.id)
    assert await rows(desk, "expansions") == before
    assert (await desk.control.job(1)).status is Status.PAUSED


async def test_nothing_cancelled_is_nothing_to_undo(desk: Desk) -> None:
    assert (await desk.control.act(Selection.of(jobs=[7]), Action.CANCEL)).undo is None
    assert (await desk.control.remove(Selection.of(episodes=[7]))).undo is None
    assert (await desk.control.clear([Status.FAILED])).undo is None
    assert (await desk.undo.page(limit=5, cursor=None))["items"] == []
    assert await desk.archive.next_end() is None


async def test_what_was_queued_again_is_left_alone(desk: Desk) -> None:
    """Also when it was cancelled once more: then the later record has it."""
    first, second = await desk.add(2)
    desk.supervisor.set_open(False)
    await desk.control.act_on_episode(first, Action.PAUSE)
    early = (await desk.control.act(EVERYTHING, Action.CANCEL)).undo
    await desk.control.act(EVERYTHING, Action.RETRY)
    late = (await desk.control.act(Selection.of(episodes=[first]), Action.CANCEL)).undo
    assert early is not None
    assert late is not None
    assert (await desk.control.undo(early.id))["episodes"] == 0
    assert [await desk.status(each) for each in (first, second)] == [Status.CANCELLED, Status.QUEUED]
    await desk.control.undo(late.id)
    assert await desk.status(first) is Status.QUEUED


async def test_a_removed_job_comes_back_whole(desk: Desk) -> None:
    """Every row as it was, with its id and its figures; what ran waits with all that it has."""
    ids = await one_of_each(desk)
    refs = tuple(EpisodeRef(url=f"https://example.org/{name}") for name in ("a", "series"))
    other = JobRequest(anime_title="S", episodes=refs, idempotency_key="k", language="German Sub")
    await desk.store.add_job(other, series_indexes=frozenset({1}), now=1.0)
    before = {table: await rows(desk, table) for table in TABLES}
    outcome = await desk.control.remove(EVERYTHING)
    assert outcome.undo is not None
    assert (outcome.undo.action, outcome.undo.jobs, outcome.undo.episodes) == (Undone.REMOVE, 2, 7)
    assert [await rows(desk, table) for table in TABLES] == [[], [], []]
    assert not desk.runner.running
    assert (await desk.control.undo(outcome.undo.id))["episodes"] == 7
    running = before["episodes"][ids[Status.DOWNLOADING] - 1]
    assert running["status"] == "downloading"
    running["status"] = "queued"
    figures = before["jobs"][0]
    figures.update(queued=figures["queued"] + 1, ready=figures["ready"] + 1, downloading=0, status="queued")
    assert {table: await rows(desk, table) for table in TABLES} == before
    assert (await desk.store.add_job(other, now=2.0))[1] is False


async def test_every_column_is_kept(desk: Desk) -> None:
    """Whoever adds a column to one of the tables adds it to what undo keeps of it too."""
    derived = {
        *("queued", "downloading", "paused", "completed", "failed", "cancelled", "ready", "progress_sum"),
        *("pending_expansions", "paused_expansions", "failed_expansions"),
    }
    for table in TABLES:

        async def columns(connection: Any, name: str) -> set[str]:
            found = await connection.execute_fetchall(f"PRAGMA table_info({name})")  # without generated ones
            return {row["name"] for row in found}

        kept = await desk.store.database.write(lambda connection, t=table: columns(connection, f"undo_{t}"))
        stored = await desk.store.database.write(lambda connection, t=table: columns(connection, t))
        assert kept - {"undo_id"} == stored - (derived if table == "jobs" else set()), table


async def test_every_value_is_kept(desk: Desk) -> None:
    """Each column with a value of its own comes back with it."""
    refs = tuple(EpisodeRef(url=f"https://example.org/{name}") for name in ("a", "series"))
    await desk.store.add_job(JobRequest(anime_title="S", episodes=refs), series_indexes=frozenset({1}), now=1.0)
    desk.supervisor.set_open(False)
    fixed = {"id", "job_id", "status", "state"}
    special = {"error_params": "{}", "hold_params": "{}", "hold_reason": "disk_reserve", "progress": 4321, "paused": 1}

    async def fill(connection: Any) -> None:
        for number, table in enumerate(TABLES):
            info = await connection.execute_fetchall(f"PRAGMA table_info({table})")
            kept = await connection.execute_fetchall(f"PRAGMA table_info(undo_{table})")
            names = {row["name"] for row in kept} - fixed
            for place, row in enumerate(info):
                if row["name"] in names:
                    own: Any = 100 * number + place + 20
                    value = special.get(row["name"], f"text {own}" if row["type"] == "TEXT" else own)
                    await connection.execute(f"UPDATE {table} SET {row['name']} = ?", (value,))

    await desk.store.database.write(fill)
    before = {table: await rows(desk, table) for table in TABLES}
    outcome = await desk.control.remove(EVERYTHING)
    assert outcome.undo is not None
    await desk.control.undo(outcome.undo.id)
    assert {table: await rows(desk, table) for table in TABLES} == before


async def test_removed_episodes_come_back_into_their_job(desk: Desk) -> None:
    """The job that went with the last of them too."""
    episodes = await desk.add(2)
    desk.supervisor.set_open(False)
    before = await rows(desk, "episodes")
    first = (await desk.control.remove(Selection.of(episodes=episodes[:1]))).undo
    last = (await desk.control.remove(Selection.of(episodes=episodes[1:]))).undo
    assert first is not None
    assert last is not None
    assert (first.jobs, last.jobs) == (0, 1)
    with pytest.raises(NotFoundError, match="no job 1"):
        await desk.control.undo(first.id)
    await desk.control.undo(last.id)
    await desk.control.undo(first.id)
    assert [row["url"] for row in await rows(desk, "episodes")] == [row["url"] for row in before]
    assert (await desk.control.job(1)).counts[Status.QUEUED] == 2


async def test_cancelled_and_then_removed(desk: Desk) -> None:
    """Both can be undone, the later one first; what was fetched stays as long as one of them can."""
    episodes = await desk.add(2)
    await desk.runner.until_started(2)
    desk.supervisor.set_open(False)
    cancelled = (await desk.control.act(EVERYTHING, Action.CANCEL)).undo
    assert cancelled is not None
    desk.clock.advance(60)
    removed = (await desk.control.remove(EVERYTHING)).undo
    assert removed is not None
    with pytest.raises(NotFoundError, match="no job 1"):
        await desk.control.undo(cancelled.id)
    desk.clock.advance(UNDO_S - 60)
    while (await desk.undo.page(limit=5, cursor=None))["total"] != 1 or await desk.archive.in_state(State.EXPIRED):
        await desk.clock.run(0.05)
    assert not desk.runner.discarded
    await desk.control.undo(removed.id)
    assert [await desk.status(each) for each in episodes] == [Status.CANCELLED] * 2


async def test_clearing_takes_what_has_ended(desk: Desk) -> None:
    (done,) = await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.end(done)
    await desk.until(done, Status.COMPLETED)
    desk.supervisor.set_open(False)
    await desk.add(1, "Waiting")
    outcome = await desk.control.clear([Status.COMPLETED, Status.QUEUED])
    assert outcome.undo is not None
    assert (outcome.changed, outcome.undo.action, outcome.undo.jobs) == (1, Undone.CLEAR, 1)
    await desk.control.undo(outcome.undo.id)
    assert await desk.status(done) is Status.COMPLETED


async def test_a_key_that_was_used_again_stays_with_the_other_job(desk: Desk) -> None:
    desk.supervisor.set_open(False)
    first = await desk.add_job(1, "A", idempotency_key="k")
    undo = (await desk.control.remove(EVERYTHING)).undo
    second = await desk.add_job(1, "B", idempotency_key="k")
    assert undo is not None
    await desk.control.undo(undo.id)
    keys = {row["id"]: row["idempotency_key"] for row in await rows(desk, "jobs")}
    assert keys == {first.id: None, second.id: "k"}


async def test_the_list_is_paged(desk: Desk) -> None:
    episodes = await desk.add(3)
    desk.supervisor.set_open(False)
    for each in episodes:
        await desk.control.act_on_episode(each, Action.CANCEL)
        desk.clock.advance(60)
    page = await desk.undo.page(limit=2, cursor=None)
    assert ([item["id"] for item in page["items"]], page["total"]) == ([3, 2], 3)
    assert page["items"][0] | {"action": "cancel", "episodes": 1, "jobs": 0, "files": False} == page["items"][0]
    page = await desk.undo.page(limit=2, cursor=page["next_cursor"])
    assert ([item["id"] for item in page["items"]], page["next_cursor"]) == ([1], None)


async def test_restored_rows_are_told(desk: Desk) -> None:
    desk.supervisor.set_open(False)
    await desk.add(1)
    undo = (await desk.control.remove(EVERYTHING)).undo
    assert undo is not None
    desk.hub.flush()
    seq = desk.hub.seq
    await desk.control.undo(undo.id)
    desk.hub.flush()
    message = desk.hub.after(seq)
    assert message is not None
    assert json.loads(message)["jobs"]["1"]["status"] == "queued"


# ------------------------------------------------------------------------------------------------------------- expiry


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
    assert (await episode(desk, lost)).bytes_downloaded == 500
    await desk.control.act_on_episode(kept, Action.RETRY)
    await desk.forget()
    assert desk.runner.discarded == [lost]
    figures = [
        (row.progress_percentage, row.bytes_downloaded) for row in [await episode(desk, i) for i in (lost, kept)]
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


async def test_what_cannot_be_deleted_stops_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says so; the record goes all the same."""
    await desk.add(1)
    await desk.runner.until_started(1)
    desk.runner.undeletable = FileFailedError(path="x", reason="busy")
    await desk.control.act(EVERYTHING, Action.CANCEL)
    await desk.forget()
    assert await rows(desk, "undos") == []


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
    outcome = await desk.control.remove(Selection.of(episodes=[first]), folder)
    assert outcome.undo is not None
    assert (outcome.files, (folder / f"{first}.mkv").exists(), (folder / f"{second}.mkv").exists()) == ({}, False, True)
    restored = await desk.control.undo(outcome.undo.id)
    assert (restored["files"], restored["refused"]) == (True, [])
    assert (folder / f"{first}.mkv").read_bytes() == b"%d" % first
    assert not (folder / ".aniworld-dl").exists()
    assert await rows(desk, "undos") == []


async def test_without_files_they_stay(desk: Desk, settings: Settings) -> None:
    (episode_id,) = await finished(desk, settings)
    await desk.control.remove(EVERYTHING)
    assert (settings.download_dir / f"{episode_id}.mkv").exists()
    await desk.forget()
    assert (settings.download_dir / f"{episode_id}.mkv").exists()


async def test_in_the_end_the_trash_is_emptied(desk: Desk, settings: Settings) -> None:
    await finished(desk, settings)
    await desk.control.clear([Status.COMPLETED], settings.download_dir)
    assert (settings.download_dir / ".aniworld-dl").exists()
    await desk.forget()
    assert list(settings.download_dir.iterdir()) == []


async def test_another_file_in_its_place_is_said(desk: Desk, settings: Settings) -> None:
    """The row comes back; the removed file stays in the trash until its time is over."""
    (episode_id,) = await finished(desk, settings)
    undo = (await desk.control.remove(EVERYTHING, settings.download_dir)).undo
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
    outcome = await desk.control.remove(EVERYTHING, settings.download_dir)
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
    undo = (await desk.control.remove(EVERYTHING, settings.download_dir)).undo
    assert undo is not None
    await desk.archive.restore(undo.id, now=desk.clock.time())
    desk.undo.changed()
    while await desk.archive.in_state(State.RESTORING):
        await desk.clock.run(0.05)
    assert (settings.download_dir / f"{episode_id}.mkv").exists()
    assert await desk.status(episode_id) is Status.COMPLETED
    assert await rows(desk, "undos") == []


async def test_an_expiry_that_was_interrupted_is_completed(desk: Desk) -> None:
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    await desk.control.act(EVERYTHING, Action.CANCEL)
    await desk.archive.expire(now=desk.clock.time() + UNDO_S)
    assert not desk.runner.discarded
    await desk.forget()
    assert desk.runner.discarded == [episode_id]
