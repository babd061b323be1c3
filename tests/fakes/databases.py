"""Databases of the queue that are there at once: what the migrations make is made once for all tests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aniworld_dl.queue.database import Database
from aniworld_dl.queue.sqlite import SqliteStore

_empty: list[bytes] = []


async def new_store() -> SqliteStore:
    """Open a store that is not kept, as `SqliteStore.open(None)` does."""
    folder = tempfile.TemporaryDirectory(prefix="aniworld-dl-")
    path = Path(folder.name) / "queue.db"
    if _empty:
        path.write_bytes(_empty[0])
        return SqliteStore(await Database.open(path), folder)
    await (await Database.open(path)).aclose()
    _empty.append(path.read_bytes())
    return SqliteStore(await Database.open(path), folder)
