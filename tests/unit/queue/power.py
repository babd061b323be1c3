"""A store whose every statement is a moment at which the power may fail, and a loop that leaves nothing to threads.

Statements run in the loop itself, with a turn of the loop between them. So a test decides when everything has come to
rest, and the same steps always lead to the same end.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from aniworld_dl.queue.database import Database
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aiosqlite


class InlineExecutor(ThreadPoolExecutor):
    """Runs what is handed in at once, in the caller's thread."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **named))
        except Exception as error:  # noqa: BLE001 - it belongs to who awaits the future
            future.set_exception(error)
        return future


async def rest() -> None:
    """Return when nothing can go on by itself: all wait for time, or for the test."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    while True:
        await asyncio.sleep(0)
        if not ready:
            return


class Disk:
    """The files of a database. When armed, it keeps a copy of them as they are at a moment between two steps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy: Path | None = None
        """Where the copy is, once the power has failed."""
        self.possible: list[Any] = []
        """What the copy may hold: the last commit, or the one that was being written."""
        self.committed: Any = None
        """What the test says of the last commit."""
        self.on_commit: Callable[[], Any] = lambda: None
        self._moments: int | None = None
        self._cut = 0.0

    def arm(self, moments: int, cut: float) -> None:
        """Let the power fail after so many moments. A commit that it strikes is cut off at this share of its bytes."""
        if self.copy is None:
            self._moments, self._cut = moments, cut

    def disarm(self) -> None:
        """Let the power not fail after all."""
        self._moments = None

    def moment(self) -> None:
        """Pass a moment."""
        if self._due():
            self.fail()

    def wrote(self, log_bytes_before: int) -> None:
        """Pass the moment in which a commit is written; it is not acknowledged yet."""
        after = self.on_commit()
        if self._due():
            self.fail()
            self.possible.append(after)
            self._tear(log_bytes_before)
        self.committed = after

    def fail(self) -> None:
        """Let the power fail now."""
        self._moments = None
        number = int(self.path.parent.name) + 1
        self.copy = self.path.parent.with_name(str(number)) / self.path.name
        self.copy.parent.mkdir()
        shutil.copy(self.path, self.copy)
        shutil.copy(_log(self.path), _log(self.copy))
        self.possible = [self.committed]

    def log_bytes(self) -> int:
        """Return how long SQLite's log of changes is."""
        return _log(self.path).stat().st_size

    def _due(self) -> bool:
        if self._moments is not None:
            self._moments -= 1
        return self._moments is not None and self._moments < 0

    def _tear(self, before: int) -> None:
        assert self.copy is not None
        if (size := self.log_bytes()) > before:  # else the log began anew, and what is old in it is not what counts
            with _log(self.copy).open("r+b") as log:
                log.truncate(before + round((size - before) * self._cut))


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


class SteppedConnection:
    """What the queue needs of an `aiosqlite.Connection`; each statement that may write is a moment of its disk."""

    def __init__(self, disk: Disk, *pragmas: str, writes: bool) -> None:
        self._disk = disk
        self._writes = writes
        self._connection = sqlite3.connect(disk.path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            self._connection.execute(f"PRAGMA {pragma}")

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    async def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        await asyncio.sleep(0)
        if self._writes:
            self._disk.moment()
        return self._connection.execute(sql, parameters)

    async def execute_fetchall(self, sql: str, parameters: Any = ()) -> list[sqlite3.Row]:
        return (await self.execute(sql, parameters)).fetchall()

    async def executemany(self, sql: str, parameters: Any) -> None:
        for each in parameters:
            await self.execute(sql, each)

    async def commit(self) -> None:
        await asyncio.sleep(0)
        self._disk.moment()
        before = self._disk.log_bytes()
        self._connection.commit()
        self._disk.wrote(before)
        await asyncio.sleep(0)
        self._disk.moment()

    async def rollback(self) -> None:
        self._connection.rollback()

    async def close(self) -> None:
        self._connection.close()


def open_store(disk: Disk) -> SqliteStore:
    """Open a store on a disk that has a database of the present schema. Needs a running loop."""
    writing = SteppedConnection(disk, "journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON", writes=True)
    reading = SteppedConnection(disk, "query_only = ON", writes=False)
    writer = Writer(cast("aiosqlite.Connection", writing), disk.path)
    return SqliteStore(Database(disk.path, writer, cast("aiosqlite.Connection", reading)))
