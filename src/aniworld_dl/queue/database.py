"""The database file: one connection that writes, one that reads, and SQLite's errors turned into ours."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import aiosqlite

from aniworld_dl.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DiskFullError,
    FileFailedError,
    FolderDeniedError,
    RequestInvalidError,
)
from aniworld_dl.logs import get_logger
from aniworld_dl.media import disk
from aniworld_dl.queue.examination import connect_to_read, examine, version_of
from aniworld_dl.queue.keys import FUNCTIONS
from aniworld_dl.queue.migrations import migrate
from aniworld_dl.queue.queries import MIGRATIONS, SQL
from aniworld_dl.queue.replacement import complete
from aniworld_dl.queue.rescue import rescue
from aniworld_dl.queue.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.queue.queries import Migration
    from aniworld_dl.queue.writer import Change, Result

_OLDEST_SQLITE: Final = (3, 37)
"""Strict tables; `RETURNING` came with 3.35."""
_BUSY_TIMEOUT_MS: Final = 5000
_DENIED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_IN_USE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_log = get_logger(__name__)


class Database:
    """An open database. Each part of the queue has its own queries and changes; all of them go through here.

    Reads have a connection of their own and never wait for a change. Every method raises `StorageError` when the disk
    or the database refuses.
    """

    def __init__(self, path: Path, writer: Writer, reader: aiosqlite.Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open the database, creating it and its folder where they are missing.

        A damaged one is set aside first, and what can be read of it is put into a new one.

        Raises:
            StorageError: it cannot be opened, or a newer version has written it.
        """
        check_sqlite(sqlite3.sqlite_version_info, path)
        await asyncio.to_thread(_make_folder, path.parent)
        try:
            return await cls._open(path)
        except DatabaseDamagedError as damage:
            with translated(path):
                await disk.in_thread(rescue, path, str(damage.params["reason"]), MIGRATIONS)
            return await cls._open(path)

    @classmethod
    async def join(cls, path: Path) -> Database:
        """Open a database beside the process that owns it, which looks after its schema and whether it is whole.

        Raises:
            StorageError: it cannot be opened, or is of another version than this program.
        """
        with translated(path):
            version = await disk.in_thread(_version, path)
        if version != MIGRATIONS[-1].version:
            reason = f"another version of aniworld-dl is running (schema {version}): use the same one"
            raise FileFailedError(path=str(path), reason=reason)
        return await cls._connected(path)

    @classmethod
    async def _open(cls, path: Path) -> Database:
        with translated(path):
            await disk.in_thread(complete, path)
            await disk.in_thread(examine, path, MIGRATIONS[-1].version)
        return await cls._connected(path)

    @classmethod
    async def _connected(cls, path: Path) -> Database:
        writer = Writer(await open_writer(path), path)
        try:
            reader = await open_reader(path)
        except BaseException:
            await writer.aclose()
            raise
        return cls(path, writer, reader)

    async def read(self, query: str, **parameters: Any) -> list[sqlite3.Row]:
        """Run the named query, which changes nothing, and return its rows."""
        if self._closing is not None:
            raise FileFailedError(path=str(self.path), reason="the queue is closed")
        with self._watched():
            return await fetch(self._reader, query, **parameters)

    async def change(self, query: str, **parameters: Any) -> list[sqlite3.Row]:
        """Run the named query as a transaction of its own and return its rows."""
        return await self.write(lambda connection: fetch(connection, query, **parameters))

    async def write(self, change: Change[Result]) -> Result:
        """Run `change` as one transaction and return its result; a cancelled caller leaves nothing half done."""
        with self._watched():
            return await self._writer.write(change)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Write no more once it is known that the database is damaged: that would make it worse."""
        try:
            with translated(self.path):
                yield
        except DatabaseDamagedError as damage:
            if self._writer.fail(damage):
                _log.critical("database_damaged", path=str(self.path), reason=damage.params["reason"])
            raise

    async def failed(self) -> BaseException:
        """Wait until the database has failed by itself and return why."""
        return await self._writer.failed()

    async def aclose(self) -> None:
        """Complete what was asked for and close, even if the caller is cancelled meanwhile."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="store-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._reader.close()
        finally:
            await self._writer.aclose()


async def fetch(connection: aiosqlite.Connection, query: str, **parameters: Any) -> list[sqlite3.Row]:
    """Run the named query and return its rows."""
    return list(await connection.execute_fetchall(SQL[query], parameters))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into an error of ours. The one seam for the database at `path`.

    Raises:
        StorageError: the disk or the database refuses.
        DatabaseDamagedError: the database is not whole, or none.
        RequestInvalidError: a value cannot be stored (a number above 64 bits, half a character).
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _storage_error(error, path) from error
    except OSError as error:
        raise disk.translated(error, path.parent) from error
    except (OverflowError, UnicodeError) as error:
        raise RequestInvalidError(field="value", value="", mend=f"it cannot be stored: {error}") from error


def _storage_error(error: sqlite3.Error, path: Path) -> AniworldDlError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension of the code
    reason = "; ".join([str(error), *getattr(error, "__notes__", [])])
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(path=str(path.parent))
    if code in _DENIED:
        return FolderDeniedError(path=str(path.parent), reason=reason)
    if code in _DAMAGED:
        return DatabaseDamagedError(path=str(path), reason=reason)
    if code in _IN_USE:
        return DatabaseBusyError(path=str(path), reason=reason)
    return FileFailedError(path=str(path), reason=reason)


def check_sqlite(version: tuple[int, ...], path: Path) -> None:
    """Refuse a SQLite that does not know what the queries use.

    Raises:
        FileFailedError: it is too old.
    """
    if version < _OLDEST_SQLITE:
        wanted, present = (".".join(map(str, parts)) for parts in (_OLDEST_SQLITE, version))
        raise FileFailedError(path=str(path), reason=f"SQLite {wanted} is needed, this Python comes with {present}")


async def open_writer(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> aiosqlite.Connection:
    """Open the connection that writes, on a database whose schema is then up to date.

    What is committed is on disk (`synchronous = FULL`): an acknowledged request survives a loss of power.

    Raises:
        DatabaseDamagedError: the file is no database, or not whole.
        StorageError: it cannot be opened, or a step of its schema failed.
    """
    with translated(path):
        connection = await _open(path, "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
        try:
            for name, (arguments, function) in FUNCTIONS.items():
                await connection.create_function(name, arguments, function, deterministic=True)
            await migrate(connection, path, migrations)
        except BaseException:
            await connection.close()
            raise
    return connection


async def open_reader(path: Path) -> aiosqlite.Connection:
    """Open a connection that reads, beside the one that writes.

    Raises:
        StorageError: the file cannot be opened.
    """
    with translated(path):
        return await _open(path, "query_only = ON")


async def _open(path: Path, *pragmas: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        for pragma in (f"busy_timeout = {_BUSY_TIMEOUT_MS}", *pragmas):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:
        await connection.close()
        raise
    return connection


def _version(path: Path) -> int:
    with closing(connect_to_read(path)) as connection:
        return version_of(connection)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderDeniedError(path=str(folder), reason=str(error)) from error
