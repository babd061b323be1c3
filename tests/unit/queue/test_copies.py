"""The queue as a file, taken while it is in use, and the way back."""

from __future__ import annotations

import asyncio
import errno
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import AniworldDlError, DatabaseDamagedError, DiskFullError, FileFailedError, FolderDeniedError
from aniworld_dl.queue import copies
from aniworld_dl.queue.copies import restore, save_copy
from aniworld_dl.queue.queries import MIGRATIONS
from aniworld_dl.queue.sqlite import SqliteStore
from tests.builders import request
from tests.unit.queue.damaged import contents, fill

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST: Final = Path(__file__).parent / "data" / "version_1.sql"


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "queue.sqlite3"
    path.parent.mkdir()
    await fill(path, jobs=8, episodes=3)
    return path


async def test_a_copy_is_taken_while_the_queue_is_in_use(database: Path, tmp_path: Path) -> None:
    """Also what stands in the log of changes alone is in it."""
    store = await SqliteStore.open(database)
    await store.add_job(request("late", title="Late"), now=999.0)
    copy = await asyncio.to_thread(save_copy, database, tmp_path)
    kept = await asyncio.to_thread(contents, copy)
    assert "Late" in str(kept["jobs"])
    assert kept == await asyncio.to_thread(contents, database)
    await store.aclose()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", copy.name]  # one file, nothing beside it


async def test_without_a_place_it_goes_into_the_data_folder(database: Path) -> None:
    copy = await asyncio.to_thread(save_copy, database)
    assert copy.parent == database.parent / "backups"
    with pytest.raises(FileFailedError, match="there is something already"):
        await asyncio.to_thread(save_copy, database, copy)


async def test_there_and_back(database: Path, tmp_path: Path) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path / "copy.sqlite3")
    before = await asyncio.to_thread(contents, copy)
    store = await SqliteStore.open(database)
    await store.add_job(request("wrong", title="Wrong"), now=999.0)
    await store.aclose()
    aside = await asyncio.to_thread(restore, database, copy)
    assert aside is not None
    assert "Wrong" in str((await asyncio.to_thread(contents, aside))["jobs"])
    assert await asyncio.to_thread(contents, database) == before
    assert await asyncio.to_thread(contents, copy) == before
    assert aside.name.startswith("queue.sqlite3.replaced-")


async def test_a_new_machine_has_nothing_to_set_aside(database: Path, tmp_path: Path) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path)
    new = tmp_path / "queue.sqlite3"
    assert await asyncio.to_thread(restore, new, copy) is None
    assert await asyncio.to_thread(contents, new) == await asyncio.to_thread(contents, database)


async def test_a_copy_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    copy, database = tmp_path / "old.sqlite3", tmp_path / "queue.sqlite3"

    def make() -> None:
        with closing(sqlite3.connect(copy)) as connection:
            connection.executescript(OLDEST.read_text(encoding="utf-8"))

    await asyncio.to_thread(make)
    await asyncio.to_thread(restore, database, copy)
    store = await SqliteStore.open(database)
    assert [job.anime_title for job in (await store.jobs()).items] == ["Leuchtturm", "Nordlicht"]
    await store.aclose()


def _cut(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 6000] = b"\xaa" * 6000
    path.write_bytes(data)


def _from_later(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {MIGRATIONS[-1].version + 1}")


def _of_others(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_cut, "this copy is damaged .*: take another one"),
        (_from_later, "newer aniworld-dl .* restore an older copy"),
        (_of_others, "not a queue of aniworld-dl"),
        (lambda path: path.write_text("once upon a time " * 300), r"damaged \(file is not a database\)"),
        (Path.unlink, "no such file"),
    ],
)
async def test_what_is_no_copy_changes_nothing(
    database: Path, tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path)
    before = await asyncio.to_thread(database.read_bytes)
    await asyncio.to_thread(spoil, copy)
    with pytest.raises(FileFailedError, match=words) as refused:
        await asyncio.to_thread(restore, database, copy)
    assert refused.value.params["path"] == str(copy)
    assert await asyncio.to_thread(database.read_bytes) == before
    assert [file.name for file in database.parent.iterdir()] == ["queue.sqlite3"]


@pytest.mark.parametrize(
    ("target", "words"), [("nowhere/copy.sqlite3", "its folder does not exist"), ("data/queue.sqlite3", "already")]
)
async def test_a_place_where_no_copy_can_be(database: Path, tmp_path: Path, target: str, words: str) -> None:
    with pytest.raises(FileFailedError, match=words):
        await asyncio.to_thread(save_copy, database, tmp_path / target)


async def test_no_queue_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError, match="no queue"):
        await asyncio.to_thread(save_copy, tmp_path / "queue.sqlite3", tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_damaged_queue_gives_no_copy(database: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(_cut, database)
    with pytest.raises(DatabaseDamagedError) as damaged:
        await asyncio.to_thread(save_copy, database, tmp_path)
    assert damaged.value.params["path"] == str(database)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


async def test_space_is_asked_for_first(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(DiskFullError):
        await asyncio.to_thread(save_copy, database, tmp_path / "second.sqlite3")
    with pytest.raises(DiskFullError):
        await asyncio.to_thread(restore, database, copy)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", copy.name]


@pytest.mark.parametrize(
    ("code", "kind"),
    [(sqlite3.SQLITE_FULL, DiskFullError), (sqlite3.SQLITE_BUSY, FileFailedError)],
)
async def test_what_sqlite_says_while_copying(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[AniworldDlError]
) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path)

    def fail(*_: object) -> None:
        error = sqlite3.OperationalError("it says so")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(copies, "copy_whole", fail)
    with pytest.raises(kind):
        await asyncio.to_thread(save_copy, database, tmp_path / "second.sqlite3")
    with pytest.raises(kind):
        await asyncio.to_thread(restore, database, copy)


async def test_a_disk_that_takes_nothing(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = await asyncio.to_thread(save_copy, database, tmp_path)

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(copies, "copy_whole", fail)
    with pytest.raises(FileFailedError, match="Permission denied"):
        await asyncio.to_thread(save_copy, database, tmp_path / "second.sqlite3")
    with pytest.raises(FileFailedError, match="Permission denied"):
        await asyncio.to_thread(restore, database, copy)
    assert len(list(database.parent.iterdir())) == 1


@pytest.mark.parametrize("place", ["", "copy.sqlite3", None])
async def test_a_folder_that_cannot_be_written_is_named(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    folder = database.parent if place is None else tmp_path
    if place is None:
        monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(FolderDeniedError, match="Read-only") as denied:
        await asyncio.to_thread(save_copy, database, None if place is None else tmp_path / place)
    assert str(denied.value.params["path"]).startswith(str(folder))


async def test_what_is_left_of_a_copy_hides_no_error(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(copies, "copy_whole", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(FileFailedError, match="Read-only"):
        await asyncio.to_thread(save_copy, database, tmp_path)
