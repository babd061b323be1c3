"""A database is read while the program still starts, and again only if something has changed it since."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DatabaseDamagedError
from aniworld_dl.queue import examination
from aniworld_dl.queue.examination import begin_to_examine, examine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST = 99


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A database with a log of changes, as a crash leaves it."""
    path = tmp_path / "queue.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE numbers (number INTEGER)")
    connection.execute("INSERT INTO numbers VALUES (1)")
    yield path
    connection.close()
    assert not examination._readings


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each reading of all of a database found."""
    found: list[str] = []
    read = examination._complaint

    def counted(connection: sqlite3.Connection) -> str:
        found.append(read(connection))
        return found[-1]

    monkeypatch.setattr(examination, "_complaint", counted)
    return found


def test_what_was_read_ahead_is_not_read_again(path: Path, readings: list[str]) -> None:
    begin_to_examine(path)
    examine(path, NEWEST)
    assert readings == ["ok"]
    examine(path, NEWEST)
    assert readings == ["ok", "ok"]


def test_what_has_changed_since_is_read_again(path: Path, readings: list[str]) -> None:
    begin_to_examine(path)
    examination._readings[path].thread.join()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO numbers VALUES (2)")
    connection.close()
    examine(path, NEWEST)
    assert readings == ["ok", "ok"]


def test_damage_is_told_as_ever(path: Path, readings: list[str]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[100:120] = b"\xff" * 20
    path.write_bytes(content)
    begin_to_examine(path)
    with pytest.raises((DatabaseDamagedError, sqlite3.DatabaseError)):
        examine(path, NEWEST)


def test_where_there_is_none_nothing_is_read(tmp_path: Path) -> None:
    begin_to_examine(tmp_path / "queue.sqlite3")
    assert not examination._readings


def test_without_a_log_of_changes_too(tmp_path: Path, readings: list[str]) -> None:
    path = tmp_path / "queue.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER)")
    connection.close()
    begin_to_examine(path)
    examine(path, NEWEST)
    assert readings == ["ok"]
