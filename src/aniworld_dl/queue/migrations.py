"""Brings the schema of a database up to date, after a copy of it is made."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from aniworld_dl.queue.backups import back_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import aiosqlite

    from aniworld_dl.queue.queries import Migration


async def migrate(
    connection: aiosqlite.Connection,
    path: Path,
    migrations: Sequence[Migration],
    make_backup: Callable[[Path], Path] = back_up,
) -> None:
    """Bring the schema up to date: all of the missing steps, or none. `PRAGMA user_version` counts the steps.

    Before that a database that holds anything is copied.

    Raises:
        DiskFullError: there is not enough space for the copy; nothing was touched.
        DatabaseDamagedError: the database is not whole.
        sqlite3.Error: a step failed, and a note says where the copy is. The database is as it was once the connection
            is closed.
    """
    version = await _number(connection, "PRAGMA user_version")
    steps = [migration for migration in migrations if migration.version > version]
    if not steps:
        return
    backup: Path | None = None
    if await _number(connection, "SELECT count(*) FROM sqlite_master"):
        backup = await asyncio.to_thread(make_backup, path)
    scripts = [f"{step.script}\n;PRAGMA user_version = {step.version};\n" for step in steps]
    try:
        await connection.executescript(f"BEGIN IMMEDIATE;\n{''.join(scripts)}COMMIT;")
    except sqlite3.Error as error:
        if backup is not None:
            error.add_note(f"the database is as it was (schema {version}), and there is a copy: {backup}")
        raise


async def _number(connection: aiosqlite.Connection, query: str) -> int:
    rows = list(await connection.execute_fetchall(query))
    return int(rows[0][0])
