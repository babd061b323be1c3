"""What an operation costs does not grow with the queue, and a change of everything holds nobody up.

Counted in steps of SQLite's machine, statements and calls, never in seconds.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.model import EVERYTHING, Status
from aniworld_dl.queue import rows
from aniworld_dl.queue.announcer import TOLD_ONE_BY_ONE
from aniworld_dl.queue.keys import FUNCTIONS
from aniworld_dl.queue.queries import MIGRATIONS, SQL
from tests.builders import request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.stream import read

if TYPE_CHECKING:
    from types import FrameType

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode
    from aniworld_dl.queue.sqlite import SqliteStore

Q, P = Status.QUEUED, Status.PAUSED
STEP = 10
"""A tick of the machine's steps."""

QUERIES: dict[str, dict[str, Any]] = {
    "job": {"id": 7},
    "jobs_page": {"statuses": json.dumps(["queued", "failed"]), "q": "", "before": 10**6, "limit": 20},
    "active_jobs": {"limit": 20},
    "waiting_jobs": {"limit": 20},
    "ended_jobs": {"limit": 20},
    "counts": {},
    "episode": {"id": 7},
    "episodes_page": {"job_id": 7, "rank": float("-inf"), "id": 0, "limit": 3},
    "episodes_total": {"job_id": 7},
    "running_episodes": {},
    "next_fairly": {},
    "next_in_order": {},
    "next_hold_end": {"reasons": json.dumps(["retry_backoff"])},
    "pending_expansions": {"job_id": None},
    "start_episodes": {"ids": "[7]", "now": 1.0, "by_user": False},
}


def database(jobs: int) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for function, (arguments, body) in FUNCTIONS.items():
        connection.create_function(function, arguments, body)
    connection.executescript("".join(migration.script for migration in MIGRATIONS))
    columns = "anime_title, title_key, priority, position, created_at"
    titles = [(f"Series {number}", f"series {number}", number, 1.0) for number in range(jobs)]
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO jobs ({columns}) VALUES (?, ?, 0, ?, ?)", titles)
    rows = [
        (job_id, 1 + index, index, 0, f"https://example.org/{index}", *[None] * 7)
        for job_id in range(1, jobs + 1)
        for index in range(4)
    ]
    given = {"rows": json.dumps(rows), "status": "queued", "created_at": 1.0}
    connection.execute(SQL["add_episodes"], given)
    connection.execute("COMMIT")
    return connection


def ticks(connection: sqlite3.Connection, name: str) -> int:
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    connection.set_progress_handler(count, STEP)
    connection.execute(SQL[name], QUERIES[name]).fetchall()
    connection.set_progress_handler(None, 0)
    return counted


def test_a_queue_ten_times_as_long_costs_the_same() -> None:
    small, large = database(60), database(600)
    grown = {name: (ticks(small, name), ticks(large, name)) for name in QUERIES}
    small.close()
    large.close()
    assert {name: cost for name, cost in grown.items() if cost[1] > cost[0] * 1.2 + 2} == {}


def test_many_episodes_of_one_statement_are_counted() -> None:
    connection = database(1)
    place = (1, "https://example.org/", "S", 1, 2, "T", None, None, None)
    rows = [(1, 5 + index, index, *place) for index in range(500)]
    given = {"rows": json.dumps(rows), "status": "paused", "created_at": 2.0}
    connection.execute(SQL["add_episodes"], given)
    assert connection.execute("SELECT queued, paused FROM totals").fetchall() == [(4, 500)]
    connection.close()


async def test_totals_equal_what_they_count(sqlite_store: SqliteStore) -> None:
    """After adding, claiming, moving, and forgetting a job."""
    first, _ = await sqlite_store.add_job(request("a", "b", "c"), now=1.0)
    await sqlite_store.add_job(request("d", "e", paused=True), now=1.0)
    await sqlite_store.claim(now=2.0)
    assert await sqlite_store.counts() == {**dict.fromkeys(Status, 0), Q: 2, Status.DOWNLOADING: 1, P: 2}
    await sqlite_store.move(EVERYTHING, Status.CANCELLED, now=3.0, before=frozenset({Q, P}))
    assert await sqlite_store.counts() == {**dict.fromkeys(Status, 0), Status.CANCELLED: 4, Status.DOWNLOADING: 1}
    await sqlite_store.database.change("remove_jobs", ids=json.dumps([first.id]))
    assert await sqlite_store.counts() == {**dict.fromkeys(Status, 0), Status.CANCELLED: 2}


async def test_many_episodes_of_one_request_keep_their_order_and_places(sqlite_store: SqliteStore) -> None:
    """More than one statement takes."""
    names = [f"e{number}" for number in range(4321)]
    job, _ = await sqlite_store.add_job(request(*names), now=1.0)
    found: list[Episode] = []
    cursor = None
    while not found or cursor:
        page = await sqlite_store.episodes(job.id, limit=1000, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
    assert [each.ref.url for each in found] == [f"https://example.org/{name}.m3u8" for name in names]
    assert [each.position for each in found] == list(range(1, 4322))


async def test_the_event_loop_makes_no_rows_of_a_large_move(sqlite_store: SqliteStore) -> None:
    """They are made in threads, in pieces: the loop goes on in between."""
    await sqlite_store.add_job(request(*(f"e{number}" for number in range(5000))), now=1.0)
    made = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal made
        made += event == "call" and frame.f_code is rows.episode_of.__code__

    sys.setprofile(count)  # of this thread alone, which is the loop's
    try:
        moves = await sqlite_store.move(EVERYTHING, P, now=2.0)
    finally:
        sys.setprofile(None)
    assert len(moves.episodes) == 5000
    assert [each.episode.id for each in moves.episodes] == sorted(each.episode.id for each in moves.episodes)
    assert made == 0


@pytest.mark.parametrize("jobs", [3, 30])
async def test_telling_many_jobs_takes_as_many_queries_as_telling_few(settings: Settings, jobs: int) -> None:
    async with open_desk(settings, slots=0) as desk:
        ids = [(await desk.add_job(1, f"Series {number}")).id for number in range(jobs)]
        statements: list[str] = []
        await desk.store.database._reader.set_trace_callback(statements.append)
        await desk.announcer.tell(ids)
        assert len([statement for statement in statements if "SELECT" in statement]) == 2


async def test_a_change_of_very_many_is_told_by_a_new_snapshot(settings: Settings) -> None:
    """Of its jobs and episodes those are in it that every snapshot has; what came before is not lost."""
    async with open_desk(settings, slots=2) as desk:
        desk.supervisor.set_open(False)
        job = await desk.add_job(TOLD_ONE_BY_ONE + 5)
        reader = desk.hub.subscribe()
        assert (await read(reader))["type"] == "snapshot"
        live = await desk.transitions.claim(fair=True)
        assert live is not None
        await desk.transitions.move(EVERYTHING, P, before=frozenset({Q}))
        first, second = await read(reader), await read(reader)
        assert first["type"] == "patch"
        assert first["episodes"][str(live.episode.id)]["status"] == "downloading"
        assert (second["type"], second["seq"]) == ("snapshot", first["seq"] + 1)
        assert list(second["jobs"]) == [str(job.id)]
        assert list(second["episodes"]) == [str(live.episode.id)]
        assert second["stats"]["queued"] == 0
        await desk.transitions.move(EVERYTHING, Status.CANCELLED, before=frozenset({P, Status.DOWNLOADING}))
        third = await read(reader)
        assert (third["type"], third["jobs"], third["episodes"]) == ("snapshot", {}, {})
        assert third["stats"]["running"] == 0
        removed = await desk.transitions.remove(EVERYTHING, None)
        assert len(removed.episodes) == TOLD_ONE_BY_ONE + 5
        assert (await read(reader))["seq"] == third["seq"] + 1


async def test_jobs_added_one_after_the_other_are_told_in_one_message(settings: Settings) -> None:
    async with open_desk(settings, slots=0) as desk:
        reader = desk.hub.subscribe()
        await read(reader)
        first = await desk.transitions.add_job(request("a"), frozenset())
        second = await desk.transitions.add_job(request("b", title="B"), frozenset())
        await desk.clock.run(0.5)
        told = set((await read(reader))["jobs"])
        assert first.created
        assert told == {str(first.job.id), str(second.job.id)}
