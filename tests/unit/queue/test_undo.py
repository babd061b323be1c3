"""What was cancelled, removed or cleared comes back as it was, for ten minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import ConnectError, NotFoundError
from aniworld_dl.model import EVERYTHING, Action, EpisodeRef, Hold, HoldReason, JobRequest, Selection, Status
from aniworld_dl.queue.archive import UNDO_S
from aniworld_dl.queue.results import Undone
from aniworld_dl.queue.store import Details
from tests.unit.queue.desk import Desk, open_desk
from tests.unit.queue.lookups import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode

TABLES = ("jobs", "episodes", "expansions")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


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
    before = await rows(desk.store, "expansions")
    outcome = await desk.control.act(EVERYTHING, Action.CANCEL)
    assert outcome.undo is not None
    await desk.control.undo(outcome.undo.id)
    assert await rows(desk.store, "expansions") == before
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
    before = {table: await rows(desk.store, table) for table in TABLES}
    outcome = await desk.control.remove(EVERYTHING)
    assert outcome.undo is not None
    assert (outcome.undo.action, outcome.undo.jobs, outcome.undo.episodes) == (Undone.REMOVE, 2, 7)
    assert [await rows(desk.store, table) for table in TABLES] == [[], [], []]
    assert not desk.runner.running
    assert (await desk.control.undo(outcome.undo.id))["episodes"] == 7
    running = before["episodes"][ids[Status.DOWNLOADING] - 1]
    assert running["status"] == "downloading"
    running["status"] = "queued"
    figures = before["jobs"][0]
    figures.update(queued=figures["queued"] + 1, ready=figures["ready"] + 1, downloading=0, status="queued")
    assert {table: await rows(desk.store, table) for table in TABLES} == before
    assert (await desk.store.add_job(other, now=2.0))[1] is False


async def test_every_column_is_kept(desk: Desk) -> None:
    """Whoever adds a column to one of the tables adds it to what undo keeps of it too."""
    derived = {
        *("queued", "downloading", "paused", "completed", "failed", "cancelled", "ready", "progress_sum"),
        *("pending_expansions", "paused_expansions", "failed_expansions"),
    }

    async def columns(name: str) -> set[str]:
        async def read(connection: Any) -> set[str]:
            found = await connection.execute_fetchall(f"PRAGMA table_info({name})")  # without generated ones
            return {row["name"] for row in found}

        return await desk.store.database.write(read)

    for table in TABLES:
        kept, stored = await columns(f"undo_{table}"), await columns(table)
        assert kept - {"undo_id"} == stored - (derived if table == "jobs" else set()), table


async def test_every_value_is_kept(desk: Desk) -> None:
    """Each column with a value of its own comes back with it."""
    refs = tuple(EpisodeRef(url=f"https://example.org/{name}") for name in ("a", "series"))
    await desk.store.add_job(JobRequest(anime_title="S", episodes=refs), series_indexes=frozenset({1}), now=1.0)
    desk.supervisor.set_open(False)
    fixed = {"id", "job_id", "status", "state"}
    special = {"error_params": "{}", "hold_params": "{}", "progress": 4321, "paused": 1}
    standing = {"wanted": "x", "since": 1.0, "until": 4e9, "next_at": 4e9, "error": None}
    special |= {"taken": '{"language": "x"}', "episodes.standing": json.dumps(standing)}
    special |= {"hold_reason": "host_cooldown", "hold_until": desk.clock.time() + 3600}  # which nobody ends meanwhile

    async def fill(connection: Any) -> None:
        for number, table in enumerate(TABLES):
            info = await connection.execute_fetchall(f"PRAGMA table_info({table})")
            kept = await connection.execute_fetchall(f"PRAGMA table_info(undo_{table})")
            names = {row["name"] for row in kept} - fixed
            for place, row in enumerate(info):
                if row["name"] in names:
                    own: Any = 100 * number + place + 20
                    known = special.get(f"{table}.{row['name']}", special.get(row["name"]))
                    value = known or (f"text {own}" if row["type"] == "TEXT" else own)
                    await connection.execute(f"UPDATE {table} SET {row['name']} = ?", (value,))

    await desk.store.database.write(fill)
    before = {table: await rows(desk.store, table) for table in TABLES}
    outcome = await desk.control.remove(EVERYTHING)
    assert outcome.undo is not None
    await desk.control.undo(outcome.undo.id)
    assert {table: await rows(desk.store, table) for table in TABLES} == before


async def test_removed_episodes_come_back_into_their_job(desk: Desk) -> None:
    """The job that went with the last of them too."""
    episodes = await desk.add(2)
    desk.supervisor.set_open(False)
    before = await rows(desk.store, "episodes")
    first = (await desk.control.remove(Selection.of(episodes=episodes[:1]))).undo
    last = (await desk.control.remove(Selection.of(episodes=episodes[1:]))).undo
    assert first is not None
    assert last is not None
    assert (first.jobs, last.jobs) == (0, 1)
    with pytest.raises(NotFoundError, match="no job 1"):
        await desk.control.undo(first.id)
    await desk.control.undo(last.id)
    await desk.control.undo(first.id)
    assert [row["url"] for row in await rows(desk.store, "episodes")] == [row["url"] for row in before]
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
    while len(await rows(desk.store, "undos")) != 1:
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
    keys = {row["id"]: row["idempotency_key"] for row in await rows(desk.store, "jobs")}
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
