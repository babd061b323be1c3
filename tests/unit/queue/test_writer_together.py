"""Changes that wait together are committed together, and none of them can tell."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import AniworldDlError, FileFailedError
from tests.builders import request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiosqlite

    from aniworld_dl.queue.sqlite import SqliteStore


class Held:
    """Keeps the writer busy with a change of its own until `go_on`, and notes what it is told to do meanwhile."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.statements: list[str] = []
        self.go_on = asyncio.Event()
        self._begun = asyncio.Event()
        self._task = asyncio.create_task(store._write(self._hold))

    async def _hold(self, connection: aiosqlite.Connection) -> None:
        await connection.set_trace_callback(self.statements.append)
        self._begun.set()
        await self.go_on.wait()

    async def order(self, *changes: Callable[[aiosqlite.Connection], Awaitable[Any]]) -> list[asyncio.Task[Any]]:
        """Order changes that then wait."""
        await self._begun.wait()
        tasks = [asyncio.create_task(self.store._write(change)) for change in changes]
        await asyncio.sleep(0)
        return tasks

    async def release(self) -> None:
        self.go_on.set()
        await self._task

    def count(self, statement: str) -> int:
        return self.statements.count(statement)


def put(key: str) -> Callable[[aiosqlite.Connection], Awaitable[str]]:
    async def change(connection: aiosqlite.Connection) -> str:
        await connection.execute("INSERT INTO meta VALUES (?, '1')", (key,))
        return key

    return change


def put_and_raise(key: str, error: BaseException) -> Callable[[aiosqlite.Connection], Awaitable[str]]:
    async def change(connection: aiosqlite.Connection) -> str:
        await put(key)(connection)
        raise error

    return change


async def kept(store: SqliteStore, keys: str) -> str:
    return "".join([key for key in keys if await store.get_meta(key) is not None])


async def test_what_waits_together_is_one_commit(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(*map(put, "abcdef"))
    await held.release()
    assert await asyncio.gather(*tasks) == list("abcdef")
    assert held.count("COMMIT") == 2
    assert await kept(sqlite_store, "abcdef") == "abcdef"


async def test_a_change_that_fails_does_not_spoil_its_neighbours(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(put("a"), put_and_raise("b", LookupError("defect")), put("c"))
    await held.release()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[0], found[2]] == ["a", "c"]
    assert isinstance(found[1], LookupError)
    assert await kept(sqlite_store, "abc") == "ac"


async def test_a_statement_that_fails_does_not_spoil_its_neighbours(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(put("a"), put("a"), put("c"))
    await held.release()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[0], found[2]] == ["a", "c"]
    assert isinstance(found[1], FileFailedError)


async def test_nobody_is_answered_before_the_commit(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    seen: list[bool] = []

    async def look(_: aiosqlite.Connection) -> None:
        await asyncio.sleep(0)
        seen.extend(task.done() for task in tasks[:2])

    tasks = await held.order(put("a"), put_and_raise("b", LookupError("defect")), look)
    await held.release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert seen == [False, False]


async def test_a_caller_that_is_cancelled_while_it_waits_is_left_out(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(put("a"), put("b"), put("c"))
    tasks[1].cancel()
    await asyncio.sleep(0)
    await held.release()
    await asyncio.gather(tasks[0], tasks[2])
    assert await kept(sqlite_store, "abc") == "ac"


async def test_a_caller_that_is_cancelled_after_it_began_tears_nothing(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)

    async def leave(connection: aiosqlite.Connection) -> None:
        await put("b")(connection)
        tasks[1].cancel()
        await asyncio.sleep(0)

    tasks = await held.order(put("a"), leave, put("c"))
    await held.release()
    await asyncio.gather(tasks[0], tasks[2])
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    assert await kept(sqlite_store, "abc") == "abc"


async def test_when_a_change_takes_the_transaction_with_it_nobody_is_told_that_it_worked(
    sqlite_store: SqliteStore,
) -> None:
    """A full disk makes SQLite roll everything back; those that come later are not touched."""
    held = Held(sqlite_store)

    async def roll_back(connection: aiosqlite.Connection) -> None:
        await connection.rollback()
        raise sqlite3.OperationalError("database or disk is full")

    tasks = await held.order(put("a"), put_and_raise("b", LookupError("its own")), roll_back, put("d"))
    await held.release()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found[:2]] == [FileFailedError, LookupError]
    assert all(isinstance(each, AniworldDlError) for each in found[2:])
    assert await kept(sqlite_store, "abd") == ""
    await sqlite_store.set_meta("e", 1)
    assert await kept(sqlite_store, "e") == "e"


async def test_more_than_can_be_committed_together_waits_for_the_next_time(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(*(put(f"key-{number}") for number in range(100)))
    await held.release()
    await asyncio.gather(*tasks)
    assert held.count("COMMIT") == 3


async def test_closing_completes_what_waits_together(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    tasks = await held.order(put("a"), put("b"))
    closing = asyncio.create_task(sqlite_store.database._writer.aclose())
    await asyncio.sleep(0)
    await held.release()
    await closing
    assert await asyncio.gather(*tasks) == ["a", "b"]


async def test_jobs_asked_for_at_once_are_stored_whole(sqlite_store: SqliteStore) -> None:
    held = Held(sqlite_store)
    await held.order()
    adding = [asyncio.create_task(sqlite_store.add_job(request("a", "b"), now=1.0)) for _ in range(10)]
    await asyncio.sleep(0)
    await held.release()
    jobs = [job for job, _ in await asyncio.gather(*adding)]
    assert held.count("COMMIT") == 2
    assert [job.total_episodes for job in jobs] == [2] * 10
    assert [job.position for job in jobs] == sorted({job.position for job in jobs})
