"""A queue with a bit of everything, ways to damage its file, and what can be asked of what came of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Hold, HoldReason, Selection, Status
from aniworld_dl.queue.rescue import META_RESCUE
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, refs, request

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = 4096


async def fill(path: Path, *, jobs: int = 20, episodes: int = 30) -> None:
    """Make a queue with a bit of everything."""
    store = await SqliteStore.open(path)
    for number in range(jobs):
        await store.add_job(
            request(*(f"{number}/{n}" for n in range(episodes)), "series", title=f"Series {number}"),
            series_indexes=frozenset({episodes}),
            now=float(number),
        )
    for number in range(6):
        claimed = await store.claim(now=100.0 + number)
        assert claimed is not None
        after = [Status.COMPLETED, Status.FAILED, Status.PAUSED, Status.CANCELLED, Status.QUEUED][number % 5]
        hold = Hold(reason=HoldReason.RETRY_BACKOFF, until=900.0) if after is Status.QUEUED else None
        if number < 5:
            error = BROKEN if after is Status.FAILED else None
            details = Details(percentage=12.5, error=error, hold=hold)
            await store.move(Selection.of(episodes=[claimed.id]), after, now=200.0, live={claimed.id: details})
    (first, second, third, *_) = await store.pending_expansions()
    await store.expand(first.id, refs("x", "y"), now=300.0)
    await store.fail_expansion(second.id, BROKEN, now=301.0)
    await store.move(Selection.of(jobs=[third.job_id]), Status.PAUSED, now=302.0)
    (last,) = (await store.jobs(limit=1)).items
    await store.remove(Selection.of(jobs=[last.id]))
    await store.set_meta("settings", {"max_concurrent_downloads": 7})
    await store.aclose()


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, generated columns too."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def columns(path: Path, query: str) -> list[Any]:
    """Return the first column of what a query finds."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(query)]


def leaf_pages(path: Path, table: str) -> list[int]:
    """Return the pages that hold a table's rows, by the bytes of the file; the first page is 1."""
    data = path.read_bytes()
    (root,) = columns(path, f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")
    waiting, leaves = [root], []
    while waiting:
        number = waiting.pop(0)
        page = data[(number - 1) * PAGE : number * PAGE]
        if page[0] == 0x0D:
            leaves.append(number)
            continue
        assert page[0] == 0x05
        cells = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n]) for n in range(int.from_bytes(page[3:5]))]
        waiting += [int.from_bytes(page[cell : cell + 4]) for cell in cells] + [int.from_bytes(page[8:12])]
    return leaves


def overwrite(path: Path, page: int, content: bytes = b"\xa5" * PAGE) -> None:
    """Damage a page."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(content)


def set_aside(path: Path) -> list[Path]:
    """Return the databases that were set aside."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(file for file in found if not file.name.endswith(("-wal", "-shm")))


async def reopened(path: Path) -> dict[str, Any]:
    """Open and close a database; return what its rescue says of itself."""
    store = await SqliteStore.open(path)
    found: dict[str, Any] = await store.get_meta(META_RESCUE)
    await store.aclose()
    assert columns(path, "PRAGMA integrity_check") == ["ok"]
    with closing(sqlite3.connect(path)) as connection:
        assert counted_up(connection)
    return found


def counted_up(connection: sqlite3.Connection) -> bool:
    """Tell whether what is derived of the jobs is what their episodes say."""
    names = [status.value for status in Status]
    sums = ", ".join(f"(SELECT count(*) FROM episodes WHERE job_id = j.id AND status = '{name}')" for name in names)
    ready = "(SELECT count(*) FROM episodes WHERE job_id = j.id AND status = 'queued' AND hold_reason IS NULL)"
    progress = "(SELECT coalesce(sum(progress), 0) FROM episodes WHERE job_id = j.id)"
    query = f"SELECT {', '.join(names)}, ready, progress_sum, {sums}, {ready}, {progress} FROM jobs AS j"
    rows = connection.execute(query).fetchall()
    half = len(names) + 2
    return all(row[:half] == row[half:] for row in rows)
