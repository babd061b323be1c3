"""The database file: one connection that writes, one that reads."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import aiosqlite

from aniworld_dl.errors import (
    DatabaseDamagedError,
    DataFolderError,
    DiskFullError,
    FileFailedError,
    FolderDeniedError,
)
from aniworld_dl.folders import failure_in
from aniworld_dl.logs import get_logger
from aniworld_dl.media import disk
from aniworld_dl.queue.database_errors import translated
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

    from aniworld_dl.queue.queries import Migration, Row
    from aniworld_dl.queue.writer import Change, Result

_OLDEST_SQLITE: Final = (3, 37)
"""Strict tables; `RETURNING` came with 3.35."""
_BUSY_TIMEOUT_MS: Final = 5000
_TRIED: Final = "tried"
_TRIED_BYTES: Final = 256 * 1024
"""Where there is room for the smallest change alone the next one would be refused again."""
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
        self.refused = asyncio.Event()
        """Set when nothing can be written; who has seen a change written again clears it."""
        self.refusal: DataFolderError | None = None
        """Why it was set."""

    @classmethod
    async def open(cls, path: Path, *, kept: bool = True) -> Database:
        """Open the database, creating it and its folder where they are missing; not `kept`, it waits for no disk.

        A damaged one is set aside first, and what can be read of it is put into a new one.

        Raises:
            StorageError: it cannot be opened, or a newer version has written it.
        """
        check_sqlite(sqlite3.sqlite_version_info, path)
        await asyncio.to_thread(_make_folder, path.parent)
        try:
            return await cls._open(path, kept)
        except DatabaseDamagedError as damage:
            with translated(path):
                await disk.in_thread(rescue, path, str(damage.params["reason"]), MIGRATIONS)
            return await cls._open(path, kept)

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
        return await cls._connected(path, kept=True)

    @classmethod
    async def _open(cls, path: Path, kept: bool) -> Database:
        with translated(path):
            await disk.in_thread(complete, path)
            await disk.in_thread(examine, path, MIGRATIONS[-1].version)
        return await cls._connected(path, kept)

    @classmethod
    async def _connected(cls, path: Path, kept: bool) -> Database:
        writer = Writer(await open_writer(path, kept=kept), path)
        try:
            reader = await open_reader(path)
        except BaseException:
            await writer.aclose()
            raise
        return cls(path, writer, reader)

    async def read(self, query: str, **parameters: Any) -> list[Row]:
        """Run the named query, which changes nothing, and return its rows."""
        if self._closing is not None:
            raise FileFailedError(path=str(self.path), reason="the queue is closed")
        with self._watched():
            return await fetch(self._reader, query, **parameters)

    async def change(self, query: str, **parameters: Any) -> list[Row]:
        """Run the named query as a transaction of its own and return its rows."""
        return await self.write(lambda connection: fetch(connection, query, **parameters))

    async def write(self, change: Change[Result]) -> Result:
        """Run `change` as one transaction and return its result; a cancelled caller leaves nothing half done.

        Raises:
            DataFolderError: nothing can be written where the database is.
            DiskFullError: there is no room for it.
        """
        try:
            with self._watched():
                return await self._writer.write(change)
        except DiskFullError:
            self._refuse("no space left")
            raise
        except FolderDeniedError as denied:
            failure = await asyncio.to_thread(failure_in, self.path.parent)
            reason = denied.params["reason"] if failure is None else failure.strerror or str(failure)
            raise self._refuse(str(reason)) from denied

    def _refuse(self, reason: str) -> DataFolderError:
        self.refusal = DataFolderError(path=str(self.path.parent), reason=reason)
        self.refused.set()
        return self.refusal

    async def try_out(self) -> None:
        """Write as much as a large change does and take it back; raises what `write` does."""
        await self.change("set_meta", key=_TRIED, value="x" * _TRIED_BYTES)
        await self.change("forget_meta", key=_TRIED)

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


async def fetch(connection: aiosqlite.Connection, query: str, **parameters: Any) -> list[Row]:
    """Run the named query and return its rows."""
    rows = list(await connection.execute_fetchall(SQL[query], parameters))
    names = rows[0].keys() if rows else ()
    return [dict(zip(names, row, strict=True)) for row in rows]


def check_sqlite(version: tuple[int, ...], path: Path) -> None:
    """Refuse a SQLite that does not know what the queries use.

    Raises:
        FileFailedError: it is too old.
    """
    if version < _OLDEST_SQLITE:
        wanted, present = (".".join(map(str, parts)) for parts in (_OLDEST_SQLITE, version))
        raise FileFailedError(path=str(path), reason=f"SQLite {wanted} is needed, this Python comes with {present}")


async def open_writer(
    path: Path, migrations: Sequence[Migration] = MIGRATIONS, *, kept: bool = True
) -> aiosqlite.Connection:
    """Open the connection that writes, on a database whose schema is then up to date.

    What is committed is on disk (`synchronous = FULL`) if it is `kept`: what was accepted survives a loss of power.

    Raises:
        DatabaseDamagedError: the file is no database, or not whole.
        StorageError: it cannot be opened, or a step of its schema failed.
    """
    with translated(path):
        synchronous = "FULL" if kept else "OFF"
        connection = await _open(path, "journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON")
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
