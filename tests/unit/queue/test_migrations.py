"""A database of any earlier version becomes one of this; a later one is refused."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.model import Status
from aniworld_dl.queue.database import open_writer
from aniworld_dl.queue.queries import MIGRATIONS, Migration, parse_queries
from aniworld_dl.queue.sqlite import SqliteStore

OLDEST: Final = Path(__file__).parent / "data" / "version_1.sql"
"""A database as version 1 wrote it, dumped. It stays as it is."""


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _restore(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLDEST.read_text(encoding="utf-8"))


async def test_the_oldest_database_is_read(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    await asyncio.to_thread(_restore, path)
    store = await SqliteStore.open(path)
    jobs = (await store.jobs()).items
    assert [(job.anime_title, job.status, job.progress_sum) for job in jobs] == [
        ("Leuchtturm", Status.FAILED, 0.0),
        ("Nordlicht", Status.DOWNLOADING, 142.5),
    ]
    assert [row.status for row in (await store.episodes(jobs[1].id)).items] == [
        Status.COMPLETED,
        Status.DOWNLOADING,
        Status.QUEUED,
    ]
    assert await store.get_meta("queue_paused") is True
    assert len(await store.requeue_interrupted(now=9.0)) == 1
    await store.aclose()
    assert await asyncio.to_thread(_version, path) == MIGRATIONS[-1].version


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


async def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"

    def write() -> bytes:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        return path.read_bytes()

    before = await asyncio.to_thread(write)
    with pytest.raises(FileFailedError, match="newer aniworld-dl"):
        await SqliteStore.open(path)
    assert await asyncio.to_thread(_version, path) == len(MIGRATIONS) + 1
    assert before


async def test_steps_are_taken_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    steps = [
        Migration(version=1, script="CREATE TABLE a (n); INSERT INTO a VALUES (1)"),
        Migration(version=2, script="UPDATE a SET n = n * 10"),
        Migration(version=3, script="UPDATE a SET n = n + 1"),
    ]
    for upto in (1, 3, 3):
        connection = await open_writer(path, steps[:upto])
        rows = list(await connection.execute_fetchall("SELECT n FROM a"))
        await connection.close()
    assert rows[0]["n"] == 11
    assert await asyncio.to_thread(_version, path) == 3


async def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    steps = [
        Migration(version=1, script="CREATE TABLE a (n)"),
        Migration(version=2, script="CREATE TABLE b (n); INSERT INTO missing VALUES (1)"),
    ]
    with pytest.raises(FileFailedError, match="missing"):
        await open_writer(path, steps)

    def tables() -> list[str]:
        with closing(sqlite3.connect(path)) as connection:
            return [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]

    assert await asyncio.to_thread(tables) == ["a"]
    assert await asyncio.to_thread(_version, path) == 1


def test_queries_are_named_once() -> None:
    text = "-- about the file\n\n-- name: one\n-- why\nSELECT 1;\n\n-- name: two\nSELECT 2;"
    assert parse_queries(text) == {"one": "-- why\nSELECT 1;", "two": "SELECT 2;"}
    with pytest.raises(ValueError, match="twice"):
        parse_queries(text + "\n-- name: one\n")
