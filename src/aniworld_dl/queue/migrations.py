"""Brings the schema of a database up to date, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.errors import FileFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import aiosqlite

    from aniworld_dl.queue.queries import Migration


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
