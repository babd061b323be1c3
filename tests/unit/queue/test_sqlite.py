"""What only the real store does: crashes, errors, plans."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import DiskFullError, FileFailedError, FolderDeniedError, RequestInvalidError, StorageError
from aniworld_dl.model import Status
from aniworld_dl.queue import database
from aniworld_dl.queue.database import check_sqlite
from aniworld_dl.queue.database_errors import translated
from aniworld_dl.queue.keys import FUNCTIONS
from aniworld_dl.queue.queries import MIGRATIONS, SQL
from aniworld_dl.queue.sqlite import SqliteStore
from tests.builders import refs, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import aiosqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "queue.db"


def _crashed_copy(path: Path, to: Path) -> Path:
    """What a loss of power leaves: the files as they are now, of a store that was never closed."""
    to.mkdir()
    for name in ("queue.db", "queue.db-wal"):
        if (path.parent / name).exists():
            (to / name).write_bytes((path.parent / name).read_bytes())
    return to / "queue.db"


# ------------------------------------------------------------------------------------------------------ durability


async def test_what_was_acknowledged_survives_a_crash(path: Path, tmp_path: Path) -> None:
    store = await SqliteStore.open(path)
    job, _ = await store.add_job(request("a", "b", idempotency_key="k"), now=1.0)
    claimed = await store.claim(now=2.0)
    copy = await asyncio.to_thread(_crashed_copy, path, tmp_path / "copy")
    await store.aclose()
    again = await SqliteStore.open(copy)
    assert claimed is not None
    assert [row.id for row in await again.requeue_interrupted(now=3.0)] == [claimed.id]
    known, created = await again.add_job(request(idempotency_key="k"), now=4.0)
    assert (known.id, created, known.counts) == (job.id, False, {Status.QUEUED: 2})
    await again.aclose()


async def test_a_crash_within_a_transaction_leaves_nothing_of_it(path: Path, tmp_path: Path) -> None:
    """The copy is taken between two statements of one change."""
    store = await SqliteStore.open(path)
    await store.add_job(request("a"), now=1.0)

    async def half(connection: aiosqlite.Connection) -> Path:
        await connection.execute("UPDATE episodes SET status = 'downloading'")
        copy = await asyncio.to_thread(_crashed_copy, path, tmp_path / "copy")
        await connection.execute("DELETE FROM jobs")
        return copy

    copy = await store._write(half)
    assert (await store.counts())[Status.QUEUED] == 0
    await store.aclose()
    again = await SqliteStore.open(copy)
    assert (await again.counts())[Status.QUEUED] == 1
    await again.aclose()


async def _pragma(store: SqliteStore, name: str) -> Any:
    (row,) = await store.database._writer._connection.execute_fetchall(f"PRAGMA {name}")
    return row[0]


async def test_the_writer_waits_for_the_disk(tmp_path: Path) -> None:
    """`synchronous = FULL` (2) and write-ahead logging: what is committed survives a loss of power."""
    store = await SqliteStore.open(tmp_path / "queue.db")
    assert (await _pragma(store, "synchronous"), await _pragma(store, "journal_mode")) == (2, "wal")
    assert (await _pragma(store, "foreign_keys"), await _pragma(store, "busy_timeout")) == (1, 5000)
    await store.aclose()


async def test_a_queue_that_is_not_kept_waits_for_no_disk() -> None:
    store = await SqliteStore.open(None)
    assert await _pragma(store, "synchronous") == 0
    await store.aclose()


# ----------------------------------------------------------------------------------------------------------- errors


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderDeniedError):
        await SqliteStore.open(tmp_path / "file" / "queue.db")


async def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "queue.db").mkdir()
    with pytest.raises(StorageError):
        await SqliteStore.open(tmp_path / "queue.db")


async def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    """The queue begins anew; the file is there under another name."""
    content = b"not a database, but long enough to be looked at" * 50
    (tmp_path / "queue.db").write_bytes(content)
    store = await SqliteStore.open(tmp_path / "queue.db")
    assert (await store.jobs()).total == 0
    await store.aclose()
    (aside,) = tmp_path.glob("queue.db.damaged-*")
    assert aside.read_bytes() == content


async def test_the_writer_ends_when_the_reader_cannot_be_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(path: Path) -> aiosqlite.Connection:
        raise FileFailedError(path=str(path), reason="refused")

    monkeypatch.setattr(database, "open_reader", refuse)
    with pytest.raises(FileFailedError, match="refused"):
        await SqliteStore.open(path)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "store-writer"]


async def test_a_full_disk_is_named_and_changes_nothing(sqlite_store: SqliteStore) -> None:
    """The database may not grow by a page: SQLite reports a full disk."""
    (pages,) = list(await sqlite_store.database._writer._connection.execute_fetchall("PRAGMA page_count"))
    await sqlite_store.database._writer._connection.execute(f"PRAGMA max_page_count = {pages[0]}")
    with pytest.raises(DiskFullError):
        await sqlite_store.add_job(request(*(f"{n}" * 50 for n in range(500))), now=1.0)
    assert (await sqlite_store.jobs()).total == 0
    await sqlite_store.database._writer._connection.execute("PRAGMA max_page_count = 100000")
    await sqlite_store.add_job(request(), now=1.0)


@pytest.mark.parametrize("title", ["half \ud800 a character", "x"])
async def test_what_cannot_be_stored_is_refused(sqlite_store: SqliteStore, title: str) -> None:
    with pytest.raises(RequestInvalidError, match="cannot be stored"):
        await sqlite_store.add_job(request(title=title, priority=2**70), now=1.0)
    assert (await sqlite_store.jobs()).total == 0


def test_errors_without_a_code_are_translated(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError, match="odd"), translated(tmp_path):
        raise sqlite3.ProgrammingError("odd")


def test_an_old_sqlite_is_refused(tmp_path: Path) -> None:
    check_sqlite((3, 37, 0), tmp_path)
    with pytest.raises(FileFailedError, match=r"SQLite 3\.37 is needed, this Python comes with 3\.34\.1"):
        check_sqlite((3, 34, 1), tmp_path)


# ------------------------------------------------------------------------------------------------------------ plans


WHOLE = {
    "all_jobs",
    "audit_total",
    "conditions",
    "drop_foreign_deliveries",
    "forget_conditions",
    "handled_episodes",
    "new_files_of_job",
    "subscription_episodes_page",
}
"""What reads a small table as a whole, or a larger one once at the start or when a subscription has found something
new, or sorts the rows of one job or subscription."""
SMALL = "api_keys|sessions|users|source_health|subscriptions|s"
"""Tables of a thousand rows at most, which are read as they are."""


@pytest.fixture(scope="module")
def newest() -> Iterator[sqlite3.Connection]:
    """An empty database of the newest version, made once: a plan changes nothing in it."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for function, (arguments, body) in FUNCTIONS.items():
            connection.create_function(function, arguments, body)
        connection.executescript("".join(migration.script for migration in MIGRATIONS))
        yield connection


@pytest.mark.parametrize("name", sorted(set(SQL) - WHOLE))
def test_no_query_reads_a_whole_table(newest: sqlite3.Connection, name: str) -> None:
    """Each finds its rows by an index; what it scans is an index that is sorted as wanted, or a given JSON array."""
    parameters = dict.fromkeys(re.findall(r":(\w+)", SQL[name]), 1)
    plan = [row[3] for row in newest.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", parameters)]
    scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    jobs = "jobs_(to_claim_fairly|to_claim_in_order|active|ended|in_order)"
    orders = f"{jobs}|episodes_(running|standing)|expansions_pending"
    sorted_ones = rf"SCAN \w+ USING INDEX ({orders}|notices_without_words)|SCAN CONSTANT ROW"
    small_ones = rf"SCAN ({SMALL})( USING (COVERING )?INDEX \w+)?|SCAN \(subquery-1\)"
    assert all(re.fullmatch(rf"{sorted_ones}|{small_ones}", step) for step in scans), plan
    is_small = any(re.fullmatch(small_ones, step) for step in scans)
    assert is_small or not any("TEMP B-TREE" in step for step in plan), plan


async def test_counters_equal_what_they_count(sqlite_store: SqliteStore) -> None:
    """Also after a row is deleted by hand."""
    job, _ = await sqlite_store.add_job(request("a", "b", "s"), series_indexes=frozenset({2}), now=1.0)
    rows = (await sqlite_store.episodes(job.id)).items

    async def delete(connection: aiosqlite.Connection) -> None:
        await connection.execute("DELETE FROM episodes WHERE id = ?", (rows[0].id,))

    await sqlite_store._write(delete)
    left = await sqlite_store.job(job.id)
    assert left is not None
    assert (left.counts, left.pending_expansions) == ({Status.QUEUED: 1}, 1)
    (expansion,) = await sqlite_store.pending_expansions()
    assert [row.position for row in await sqlite_store.expand(expansion.id, refs("s1"), now=2.0)] == [3]
