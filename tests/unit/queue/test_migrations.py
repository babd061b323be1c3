"""A database of any earlier version becomes one of this; a later one is refused."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from aniworld_dl.errors import DatabaseDamagedError, DiskFullError, FileFailedError
from aniworld_dl.model import Status
from aniworld_dl.queue.backups import back_up
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


def _tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


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


def test_migrations_are_numbered_in_order() -> None:
    versions = [migration.version for migration in MIGRATIONS]
    assert versions == sorted(set(versions))


async def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"

    def write() -> bytes:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {MIGRATIONS[-1].version + 1}")
        return path.read_bytes()

    before = await asyncio.to_thread(write)
    with pytest.raises(FileFailedError, match="newer aniworld-dl"):
        await SqliteStore.open(path)
    assert await asyncio.to_thread(_version, path) == MIGRATIONS[-1].version + 1
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


async def test_a_step_that_fails_takes_back_those_before(tmp_path: Path) -> None:
    """The database is as it was; the message says where its copy is."""
    path = tmp_path / "queue.db"
    steps = [
        Migration(version=1, script="CREATE TABLE a (n)"),
        Migration(version=2, script="CREATE TABLE b (n)"),
        Migration(version=3, script="CREATE TABLE c (n); INSERT INTO missing VALUES (1)"),
    ]
    with pytest.raises(FileFailedError, match=r"no such table: (main\.)?missing$"):
        await open_writer(path, steps)  # nothing was there: nothing is copied
    assert await asyncio.to_thread(_tables, path) == []
    await (await open_writer(path, steps[:1])).close()
    with pytest.raises(FileFailedError, match="as it was") as raised:
        await open_writer(path, steps)
    assert await asyncio.to_thread(_tables, path) == ["a"]
    assert await asyncio.to_thread(_version, path) == 1
    (copy,) = (tmp_path / "backups").iterdir()
    assert str(copy) in str(raised.value)


# ---------------------------------------------------------------------------------------------------------- backups


async def test_a_copy_is_made_before_a_step(tmp_path: Path) -> None:
    """It is what the older program left, whole, in one file, and can be put back."""
    path = tmp_path / "queue.sqlite3"
    await asyncio.to_thread(_restore, path)
    before = await asyncio.to_thread(_dump, path)
    await (await SqliteStore.open(path)).aclose()
    (copy,) = (tmp_path / "backups").iterdir()
    assert re.fullmatch(r"queue-schema-1-\d{8}T\d{6}Z\.sqlite3", copy.name)
    assert await asyncio.to_thread(_dump, copy) == before
    await asyncio.to_thread(copy.replace, path)
    await (await SqliteStore.open(path)).aclose()
    assert await asyncio.to_thread(_version, path) == MIGRATIONS[-1].version


async def test_no_copy_is_made_without_a_step(tmp_path: Path) -> None:
    for _ in range(2):
        await (await SqliteStore.open(tmp_path / "queue.db")).aclose()
    assert [file.name for file in tmp_path.iterdir()] == ["queue.db"]


def test_the_newest_five_copies_are_kept(tmp_path: Path) -> None:
    """Also when their names are not in the order of their ages; what a crash left unfinished goes."""
    path = tmp_path / "queue.db"
    _restore(path)
    folder = tmp_path / "backups"
    folder.mkdir()
    for age in range(1, 8):
        copy = folder / f"queue-schema-{age}-20260101T000000Z.db"
        copy.touch()
        os.utime(copy, (10_000 - age, 10_000 - age))
    (folder / "queue-schema-9-20260101T000000Z.db.partial").touch()
    (folder / "another.db").touch()
    newest = back_up(path)
    kept = {f"queue-schema-{age}-20260101T000000Z.db" for age in range(1, 5)}
    assert {file.name for file in folder.iterdir()} == kept | {newest.name, "another.db"}


async def test_without_space_for_a_copy_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    await asyncio.to_thread(_restore, path)
    before = await asyncio.to_thread(path.read_bytes)
    with pytest.raises(DiskFullError):
        await asyncio.to_thread(back_up, path, free_bytes=lambda _: len(before))
    assert list((tmp_path / "backups").iterdir()) == []
    assert await asyncio.to_thread(path.read_bytes) == before


async def test_a_copy_that_fails_stops_the_step(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    steps = [Migration(version=number, script=f"CREATE TABLE t{number} (n)") for number in (1, 2)]
    await (await open_writer(path, steps[:1])).close()
    (tmp_path / "backups").touch()
    with pytest.raises(FileFailedError, match="exists"):
        await open_writer(path, steps)
    assert await asyncio.to_thread(_tables, path) == ["t1"]


def test_a_copy_that_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    _restore(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(4096))
    with pytest.raises(DatabaseDamagedError):
        back_up(path)
    assert list((tmp_path / "backups").iterdir()) == []


def test_queries_are_named_once() -> None:
    text = "-- about the file\n\n-- name: one\n-- why\nSELECT 1;\n\n-- name: two\nSELECT 2;"
    assert parse_queries(text) == {"one": "-- why\nSELECT 1;", "two": "SELECT 2;"}
    with pytest.raises(ValueError, match="twice"):
        parse_queries(text + "\n-- name: one\n")
