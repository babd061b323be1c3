"""A database is read while the program still starts, and again only if something has changed it since."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import DatabaseDamagedError, FileFailedError
from aniworld_dl.queue import examination
from aniworld_dl.queue.examination import begin_to_examine, examine, replacement_of

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


def test_nothing_is_read_where_another_database_is_about_to_take_its_place(path: Path) -> None:
    """A start completes a replacement that was cut off before anything of it is open."""
    replacement_of(path).write_bytes(path.read_bytes())
    begin_to_examine(path)
    assert not examination._readings


class Readings(dict[Any, Any]):
    """Readings of which none ends before somebody asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.wanted = threading.Event(), threading.Event()

    def pop(self, *args: Any) -> Any:
        self.wanted.set()
        return super().pop(*args)


@pytest.mark.parametrize(("content", "newest"), [(None, NEWEST), (None, -1), (b"", NEWEST), (b"none" * 999, NEWEST)])
def test_whatever_is_found_nobody_reads_any_more(
    path: Path, content: bytes | None, newest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is damaged is set aside next, and Windows replaces no file that somebody has open."""
    read, waiting = examination._complaint, Readings()

    def slowly(connection: sqlite3.Connection) -> str:
        waiting.begun.set()
        waiting.wanted.wait(20)
        return read(connection)

    monkeypatch.setattr(examination, "_readings", waiting)
    monkeypatch.setattr(examination, "_complaint", slowly)
    begin_to_examine(path)
    waiting.begun.wait(20)
    thread = waiting[path].thread
    if content is not None:
        path.write_bytes(content)
    with suppress(DatabaseDamagedError, FileFailedError, sqlite3.Error):
        examine(path, newest)
    ended = not thread.is_alive()
    waiting.wanted.set()
    thread.join()
    assert ended
