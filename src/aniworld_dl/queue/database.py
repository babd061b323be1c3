"""Opens the database file, brings its schema up to date, and turns SQLite's errors into ours."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import aiosqlite

from aniworld_dl.errors import DiskFullError, FileFailedError, FolderDeniedError, RequestInvalidError
from aniworld_dl.queue.queries import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.queue.queries import Migration

_OLDEST_SQLITE: Final = (3, 37)
"""Strict tables; `RETURNING` came with 3.35."""
_BUSY_TIMEOUT_MS: Final = 5000
_DENIED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into an error of ours. The one seam for the database at `path`.

    Raises:
        StorageError: the disk or the database refuses.
        RequestInvalidError: a value cannot be stored (a number above 64 bits, half a character).
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _storage_error(error, path) from error
    except (OverflowError, UnicodeError) as error:
        raise RequestInvalidError(field="value", value="", mend=f"it cannot be stored: {error}") from error


def _storage_error(error: sqlite3.Error, path: Path) -> AniworldDlError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension of the code
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(path=str(path.parent))
    if code in _DENIED:
        return FolderDeniedError(path=str(path.parent), reason=str(error))
    return FileFailedError(path=str(path), reason=str(error))


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
        StorageError: the file cannot be opened, is no database, or was written by a newer version.
    """
    with translated(path):
        connection = await _open(path, "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
        try:
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


async def migrate(connection: aiosqlite.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring the schema up to date, each step in a transaction of its own. `PRAGMA user_version` counts the steps.

    Raises:
        FileFailedError: the database is of a later version than this program knows.
        sqlite3.Error: a step failed; the steps before it are kept, of itself nothing once the connection is closed.
    """
    version = await _version(connection)
    newest = migrations[-1].version
    if version > newest:
        reason = (
            f"a newer aniworld-dl has written it (schema {version}, this one knows {newest}): "
            "update aniworld-dl, or choose another data_dir"
        )
        raise FileFailedError(path=str(path), reason=reason)
    for migration in migrations:
        if migration.version > version:
            await connection.executescript(
                f"BEGIN IMMEDIATE;\n{migration.script}\n;PRAGMA user_version = {migration.version};\nCOMMIT;"
            )


async def _version(connection: aiosqlite.Connection) -> int:
    rows = list(await connection.execute_fetchall("PRAGMA user_version"))
    return int(rows[0][0])
