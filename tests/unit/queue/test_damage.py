"""A damaged database is set aside, people are told, and nothing that goes wrong on the way loses it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DatabaseBusyError, DatabaseDamagedError, DiskFullError, FileFailedError
from aniworld_dl.logs import prepare_logs
from aniworld_dl.model import EVERYTHING, Status
from aniworld_dl.queue.database import open_writer
from aniworld_dl.queue.database_errors import translated
from aniworld_dl.queue.notices import standing_notices
from aniworld_dl.queue.queries import MIGRATIONS
from aniworld_dl.queue.replacement import complete
from aniworld_dl.queue.rescue import META_RESCUE
from aniworld_dl.queue.sqlite import SqliteStore
from tests.unit.queue.damaged import columns, contents, fill, leaf_pages, overwrite, reopened, set_aside

if TYPE_CHECKING:
    from pathlib import Path

    import aiosqlite


@pytest.fixture(autouse=True)
def logs() -> None:
    prepare_logs()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


# ---------------------------------------------------------------------------------------------------- what is told


async def test_the_notice_goes_with_the_file(path: Path) -> None:
    await asyncio.to_thread(path.write_bytes, b"no database" * 500)
    store = await SqliteStore.open(path)
    (notice,) = await standing_notices(store)
    (aside,) = set_aside(path)
    assert (notice["code"], notice["params"]["set_aside"]) == ("database_rescued", str(aside))
    assert str(aside) in notice["text"]
    await asyncio.to_thread(aside.unlink)
    assert await standing_notices(store) == ()
    await store.set_meta(META_RESCUE, None)
    assert await standing_notices(store) == ()
    await store.aclose()


async def test_it_is_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await asyncio.to_thread(path.write_bytes, b"no database" * 500)
    await reopened(path)
    (record,) = [record for record in caplog.records if "database_rescued" in record.getMessage()]
    assert record.levelname == "CRITICAL"
    assert str(set_aside(path)[0]) in record.getMessage()


# ------------------------------------------------------------------------------------------- what is no damage


async def test_a_file_of_no_length_is_a_new_database(path: Path) -> None:
    await asyncio.to_thread(path.touch)
    assert await reopened(path) is None
    assert set_aside(path) == []


async def test_an_empty_file_with_changes_beside_it_is_damaged(path: Path) -> None:
    """SQLite would take it for a new one and delete the changes, which a person may still read."""
    await asyncio.to_thread(path.touch)
    log = path.with_name(path.name + "-wal")
    await asyncio.to_thread(log.write_bytes, b"changes")
    found = await reopened(path)
    assert (found["jobs"], found["reason"]) == (0, "it is empty, but there are changes to it")
    (aside,) = set_aside(path)
    assert await asyncio.to_thread(aside.with_name(aside.name + "-wal").read_bytes) == b"changes"


async def test_a_change_that_was_cut_off_without_a_log_is_taken_back(path: Path, tmp_path: Path) -> None:
    """Before a database keeps its log of changes, SQLite keeps the old pages in a journal: a crash leaves both."""
    await fill(path)
    before = contents(path)
    killed = tmp_path / "killed" / path.name
    killed.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA cache_size = 1", "BEGIN", "DELETE FROM episodes"):
            connection.execute(statement)
        for file in (path, path.with_name(f"{path.name}-journal")):
            shutil.copy(file, killed.parent)
    assert killed.read_bytes() != await asyncio.to_thread(path.read_bytes)  # half of the change is in it
    await reopened(killed)
    assert contents(killed) == before
    assert not set_aside(killed)


async def test_a_newer_database_is_not_touched(path: Path) -> None:
    """Not a byte, and nothing beside it, damaged or not."""

    def write() -> bytes:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE a (n)")
            connection.execute(f"PRAGMA user_version = {MIGRATIONS[-1].version + 1}")
        overwrite(path, 2)
        return path.read_bytes()

    before = await asyncio.to_thread(write)
    with pytest.raises(FileFailedError, match="newer aniworld-dl"):
        await SqliteStore.open(path)
    assert await asyncio.to_thread(path.read_bytes) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_database_that_is_held(path: Path) -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    with pytest.raises(DatabaseBusyError, match="another program holds it"), translated(path):
        raise error


# ------------------------------------------------------------------------------------------------ a rescue that fails


async def test_a_rescue_without_space_leaves_everything(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full while the new database is written: an error, and the damaged one is where it was."""
    await fill(path)
    await asyncio.to_thread(overwrite, path, 2)
    before = await asyncio.to_thread(path.read_bytes)

    class FullDisk(sqlite3.Connection):
        def executescript(self, script: str) -> sqlite3.Cursor:
            cursor = super().executescript(script)
            (pages,) = self.execute("PRAGMA page_count").fetchone()
            self.execute(f"PRAGMA max_page_count = {pages}")
            return cursor

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, **named, factory=FullDisk))
    with pytest.raises(DiskFullError):
        await SqliteStore.open(path)
    monkeypatch.undo()
    assert await asyncio.to_thread(path.read_bytes) == before
    assert set_aside(path) == []
    assert (await reopened(path))["episodes"] > 0
    assert not list(path.parent.glob("*rescu*"))


async def test_a_rescue_that_was_cut_off_is_completed(path: Path, tmp_path: Path) -> None:
    """Between the last two steps the log of the damaged database is gone, and the new one is not in its place."""
    await asyncio.to_thread(path.write_bytes, b"the damaged one")
    other = tmp_path / "other.sqlite3"
    await fill(other, jobs=3)
    await asyncio.to_thread(shutil.move, other, path.with_name(path.name + ".replacing"))
    await asyncio.to_thread(path.with_name(path.name + "-wal").write_bytes, b"its changes")
    assert await reopened(path) is None
    assert len(await asyncio.to_thread(columns, path, "SELECT id FROM jobs")) == 2
    assert set_aside(path) == []
    await asyncio.to_thread(complete, path)  # nothing more to do
    assert len(await asyncio.to_thread(columns, path, "SELECT id FROM jobs")) == 2


async def test_names_of_what_is_set_aside_are_never_taken_twice(path: Path) -> None:
    for content in (b"first" * 300, b"second" * 300, b"third" * 300):
        await asyncio.to_thread(path.write_bytes, content)
        await reopened(path)
    assert {file.read_bytes()[:3] for file in set_aside(path)} == {b"fir", b"sec", b"thi"}


async def test_a_file_system_without_second_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set aside is a copy then."""

    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    await asyncio.to_thread(path.write_bytes, b"no database" * 500)
    await reopened(path)
    assert [file.read_bytes()[:11] for file in set_aside(path)] == [b"no database"]


# --------------------------------------------------------------------------------------------- damage that shows later


async def test_damage_that_shows_while_it_is_open(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It says so, takes no more changes, and the next start rescues."""
    await fill(path)
    store = await SqliteStore.open(path)
    leaves = await asyncio.to_thread(leaf_pages, path, "episodes")
    for page in leaves[1:]:
        await asyncio.to_thread(overwrite, path, page)
    with pytest.raises(DatabaseDamagedError):
        await store.move(EVERYTHING, Status.PAUSED, now=1.0)
    assert isinstance(await store.failed(), DatabaseDamagedError)
    with pytest.raises(FileFailedError, match="closed"):
        await store.set_meta("more", 1)
    with pytest.raises(DatabaseDamagedError):
        await store.episode(500)
    assert len([1 for record in caplog.records if "database_damaged" in record.getMessage()]) == 1
    await store.aclose()
    assert (await reopened(path))["jobs"] == 19


async def test_a_connection_that_is_refused_is_closed(path: Path) -> None:
    await asyncio.to_thread(path.write_bytes, b"no database" * 500)
    with pytest.raises(DatabaseDamagedError):
        await open_writer(path)


async def test_closing_a_writer_that_ends_meanwhile(path: Path) -> None:
    """What waits in its queue is then only the wish to end."""
    store = await SqliteStore.open(path)
    store.database._writer._task.cancel()
    await store.database._writer.aclose()
    await store.aclose()
    with pytest.raises(FileFailedError, match="closed"):
        await store.set_meta("a", 1)


async def test_changes_that_wait_are_refused_when_damage_shows(path: Path) -> None:
    """What has begun is completed, what waits behind it is not begun."""
    store = await SqliteStore.open(path)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: aiosqlite.Connection) -> str:
        begun.set()
        await go_on.wait()
        return "done"

    first = asyncio.create_task(store.database.write(slow))
    await begun.wait()
    second = asyncio.create_task(store.set_meta("a", 1))
    await asyncio.sleep(0)

    async def damaged(_: aiosqlite.Connection) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with pytest.raises(DatabaseDamagedError), store.database._watched():
        await damaged(None)  # type: ignore[arg-type]
    with pytest.raises(FileFailedError, match="closed"):
        await second
    go_on.set()
    assert await first == "done"
    await store.aclose()
