"""One writer: transactions that do not mix, callers that are cancelled, and its death."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError, FolderDeniedError
from aniworld_dl.model import Status
from aniworld_dl.queue.sqlite import SqliteStore
from tests.builders import request

if TYPE_CHECKING:
    from pathlib import Path

    import aiosqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "queue.db"


# ----------------------------------------------------------------------------------------------------- one writer


async def test_a_change_that_fails_leaves_nothing(sqlite_store: SqliteStore) -> None:
    async def broken(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO meta VALUES ('a', '1')")
        raise LookupError("defect")

    with pytest.raises(LookupError):
        await sqlite_store._write(broken)
    assert await sqlite_store.get_meta("a") is None
    await sqlite_store.set_meta("a", 2)
    assert await sqlite_store.get_meta("a") == 2


async def test_a_cancelled_caller_does_not_tear_its_transaction(sqlite_store: SqliteStore) -> None:
    """Cancelled between two statements of a change: the change is completed, and the next one has its own."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO meta VALUES ('a', '1')")
        begun.set()
        await go_on.wait()
        await connection.execute("INSERT INTO meta VALUES ('b', '1')")

    caller = asyncio.create_task(sqlite_store._write(slow))
    await begun.wait()
    other = asyncio.create_task(sqlite_store.set_meta("c", 1))
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await sqlite_store.get_meta("a") is None
    go_on.set()
    await other
    assert [await sqlite_store.get_meta(key) for key in "abc"] == [1, 1, 1]


async def test_a_cancelled_caller_is_not_told_of_the_failure(sqlite_store: SqliteStore) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def broken(_: aiosqlite.Connection) -> None:
        begun.set()
        await go_on.wait()
        raise LookupError("defect")

    caller = asyncio.create_task(sqlite_store._write(broken))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await sqlite_store.set_meta("c", 1)
    assert await sqlite_store.get_meta("c") == 1


async def test_a_change_is_left_out_when_its_caller_is_cancelled_before(sqlite_store: SqliteStore) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: aiosqlite.Connection) -> None:
        begun.set()
        await go_on.wait()

    first = asyncio.create_task(sqlite_store._write(slow))
    await begun.wait()
    second = asyncio.create_task(sqlite_store.set_meta("a", 1))
    await asyncio.sleep(0)
    second.cancel()
    go_on.set()
    await first
    await sqlite_store.set_meta("b", 1)
    assert [await sqlite_store.get_meta(key) for key in "ab"] == [None, 1]


async def test_changes_of_many_tasks_do_not_mix(sqlite_store: SqliteStore) -> None:
    jobs = await asyncio.gather(*(sqlite_store.add_job(request("a", "b"), now=1.0) for _ in range(20)))
    claimed = await asyncio.gather(*(sqlite_store.claim(now=2.0) for _ in range(45)))
    rows = [row for row in claimed if row is not None]
    assert len({row.id for row in rows}) == len(rows) == 40
    assert {row.job_id for row in rows} == {job.id for job, _ in jobs}


async def test_reading_does_not_wait_for_a_change(sqlite_store: SqliteStore) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO meta VALUES ('a', '1')")
        begun.set()
        await go_on.wait()

    writing = asyncio.create_task(sqlite_store._write(slow))
    await begun.wait()
    assert await sqlite_store.get_meta("a") is None
    go_on.set()
    await writing
    assert await sqlite_store.get_meta("a") == 1


async def test_reading_cannot_write(sqlite_store: SqliteStore) -> None:
    with pytest.raises(FolderDeniedError):
        await sqlite_store._read("set_meta", key="a", value="1")


# -------------------------------------------------------------------------------------------------------- its death


async def test_the_death_of_the_writer_is_noticed(sqlite_store: SqliteStore) -> None:
    """Whoever waits is told, whoever asks later too, and reading goes on."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def dying(connection: aiosqlite.Connection) -> None:
        begun.set()
        await go_on.wait()
        await connection.close()

    watch = asyncio.create_task(sqlite_store.failed())
    first = asyncio.create_task(sqlite_store._write(dying))
    await begun.wait()
    second = asyncio.create_task(sqlite_store.claim(now=1.0))
    third = asyncio.create_task(sqlite_store.claim(now=1.0))
    await asyncio.sleep(0)
    third.cancel()
    go_on.set()
    with pytest.raises(ValueError, match=r"no active connection|closed"):
        await first
    with pytest.raises(FileFailedError, match="closed"):
        await second
    with pytest.raises(FileFailedError, match="closed"):
        await sqlite_store.claim(now=1.0)
    assert isinstance(await watch, ValueError)
    assert (await sqlite_store.counts())[Status.QUEUED] == 0


async def test_a_cancelled_writer_is_a_dead_one(sqlite_store: SqliteStore) -> None:
    begun = asyncio.Event()

    async def forever(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO meta VALUES ('a', '1')")
        begun.set()
        await asyncio.Event().wait()

    caller = asyncio.create_task(sqlite_store._write(forever))
    await begun.wait()
    sqlite_store.database._writer._task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert isinstance(await sqlite_store.failed(), asyncio.CancelledError)
    assert await sqlite_store.get_meta("a") is None


async def test_closing_is_no_failure(path: Path) -> None:
    store = await SqliteStore.open(path)
    watch = asyncio.create_task(store.failed())
    ordered = asyncio.create_task(store.set_meta("a", 1))
    await asyncio.sleep(0)
    await store.aclose()
    await store.aclose()
    await ordered
    assert not watch.done()
    watch.cancel()
    with pytest.raises(FileFailedError, match="closed"):
        await store.set_meta("a", 2)
    with pytest.raises(FileFailedError, match="closed"):
        await store.get_meta("a")
    again = await SqliteStore.open(path)
    assert await again.get_meta("a") == 1
    await again.aclose()


async def test_a_temporary_store_leaves_nothing() -> None:
    store = await SqliteStore.open(None)
    folder = store.database.path.parent
    await store.set_meta("a", 1)
    await store.aclose()
    assert not await asyncio.to_thread(folder.exists)
