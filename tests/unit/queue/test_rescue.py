"""What can be read of a damaged database goes on, with every row that is not damaged itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.logs import prepare_logs
from aniworld_dl.queue.queries import MIGRATIONS
from aniworld_dl.queue.rescue import META_RESCUE, rescue
from aniworld_dl.queue.sqlite import SqliteStore
from tests.builders import request
from tests.unit.queue.damaged import PAGE, columns, contents, fill, leaf_pages, overwrite, reopened, set_aside
from tests.unit.queue.test_migrations import OLDEST

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.timeout(90)  # every test waits for the disk many times


@pytest.fixture(autouse=True)
def logs() -> None:
    prepare_logs()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


async def test_a_whole_database_is_rescued_whole(path: Path) -> None:
    """Every row of every table, what is derived too, and no id is given twice."""
    await fill(path)
    before = await asyncio.to_thread(contents, path)
    found = await asyncio.to_thread(rescue, path, "a test", MIGRATIONS)
    after = await asyncio.to_thread(contents, path)
    after["meta"] = [row for row in after["meta"] if row[0] != META_RESCUE]
    assert after == before
    assert (found.jobs, found.episodes, found.lost_episodes, found.lost_jobs) == (19, 572, 0, 0)


async def test_rows_around_a_bad_page_are_rescued(path: Path) -> None:
    """One page of episodes cannot be read: the others are there with their ids, and the loss is counted."""
    await fill(path)
    every = await asyncio.to_thread(columns, path, "SELECT id FROM episodes")
    leaves = await asyncio.to_thread(leaf_pages, path, "episodes")
    await asyncio.to_thread(overwrite, path, leaves[len(leaves) // 2])
    before = await asyncio.to_thread(path.read_bytes)
    found = await reopened(path)
    kept = await asyncio.to_thread(columns, path, "SELECT id FROM episodes")
    assert 0 < len(every) - len(kept) < 80
    assert set(kept) < set(every)
    assert {every[0], every[-1]} < set(kept)
    assert (found["episodes"], found["lost_episodes"]) == (len(kept), len(every) - len(kept))
    (aside,) = set_aside(path)
    assert await asyncio.to_thread(aside.read_bytes) == before
    assert found["set_aside"] == str(aside)


async def test_what_was_downloading_is_queued_at_the_start(path: Path) -> None:
    await fill(path)
    running = await asyncio.to_thread(columns, path, "SELECT id FROM episodes WHERE status = 'downloading'")
    leaves = await asyncio.to_thread(leaf_pages, path, "episodes")
    await asyncio.to_thread(overwrite, path, leaves[-1])
    store = await SqliteStore.open(path)
    assert [row.id for row in await store.requeue_interrupted(now=1.0)] == running != []
    await store.aclose()


async def test_episodes_of_a_lost_job_get_another(path: Path) -> None:
    """The page of the jobs is gone: each job is made anew from its episodes, and ends when they do."""
    await fill(path, jobs=3)
    (root,) = await asyncio.to_thread(leaf_pages, path, "jobs")
    every = await asyncio.to_thread(columns, path, "SELECT id FROM episodes")
    await asyncio.to_thread(overwrite, path, root)
    found = await reopened(path)
    assert (found["jobs"], found["lost_jobs"], found["episodes"]) == (0, 2, len(every))
    store = await SqliteStore.open(path)
    jobs = (await store.jobs()).items
    assert [(job.id, job.anime_title) for job in jobs] == [(2, "? 2"), (1, "? 1")]
    added, _ = await store.add_job(request("new"), now=1.0)
    assert added.id == 4, "the id of a job that was deleted is given again"
    await store.aclose()


async def test_a_file_that_ends_too_early(path: Path) -> None:
    """As a copy leaves it that was cut off: what is in the part that is left is read."""
    await fill(path)
    size = (await asyncio.to_thread(path.stat)).st_size
    await asyncio.to_thread(os.truncate, path, size // PAGE * 4 // 5 * PAGE)
    found = await reopened(path)
    assert found["jobs"] > 0
    assert found["episodes"] > 0
    assert found["lost_episodes"] > 0


async def test_changes_that_are_not_in_the_file_yet_are_rescued(path: Path, tmp_path: Path) -> None:
    """What stands in the log of changes alone is read too, and the log is set aside with the file."""
    await fill(path)
    store = await SqliteStore.open(path)
    await store.set_meta("late", 1)
    crashed = tmp_path / "crashed" / path.name
    crashed.parent.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", f"{crashed}{ending}")
    await store.aclose()
    leaves = await asyncio.to_thread(leaf_pages, path, "episodes")
    await asyncio.to_thread(overwrite, crashed, leaves[0])
    log = await asyncio.to_thread((crashed.parent / f"{path.name}-wal").read_bytes)
    found = await reopened(crashed)
    assert found["jobs"] == 19, "changes to the old database are taken for changes to the new one"
    assert await asyncio.to_thread(columns, crashed, "SELECT value FROM meta WHERE key = 'late'") == ["1"]
    (aside,) = set_aside(crashed)
    assert await asyncio.to_thread((aside.parent / f"{aside.name}-wal").read_bytes) == log


async def test_an_older_database_is_rescued_and_brought_up_to_date(path: Path) -> None:
    """The rows go into the schema they have; the steps to the present one follow."""

    def restore() -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(OLDEST.read_text(encoding="utf-8"))
        (root,) = columns(path, "SELECT rootpage FROM sqlite_master WHERE name = 'expansions_by_job'")
        overwrite(path, root)

    await asyncio.to_thread(restore)
    found = await reopened(path)
    assert (found["jobs"], found["episodes"], found["lost_episodes"]) == (2, 3, 0)
    assert await asyncio.to_thread(columns, path, "PRAGMA user_version") == [MIGRATIONS[-1].version]
    assert await asyncio.to_thread(columns, path, "SELECT max(rank) FROM episodes") != [0]


async def test_a_row_that_nobody_wrote_is_left_out(path: Path) -> None:
    """Bits that flipped inside a row: a status that does not exist, bytes that are no text."""
    await fill(path, jobs=3)
    urls = await asyncio.to_thread(columns, path, "SELECT url FROM episodes ORDER BY id")
    data = await asyncio.to_thread(path.read_bytes)
    data = data.replace(b"https://example.org/0/7.m3u8queued", b"https://example.org/0/7.m3u8queueX")
    data = data.replace(b"https://example.org/0/8.m3u8queued", b"https://example.org/0/\xff.m3u8queued")
    await asyncio.to_thread(path.write_bytes, data)
    found = await reopened(path)
    assert found["lost_episodes"] == 1
    kept = await asyncio.to_thread(columns, path, "SELECT url FROM episodes ORDER BY id")
    assert set(urls) - set(kept) == {"https://example.org/0/7.m3u8", "https://example.org/0/8.m3u8"}
    assert "https://example.org/0/\ufffd.m3u8" in kept


async def test_an_index_that_does_not_fit_its_table(path: Path) -> None:
    """Only a whole reading finds it; no row is lost."""
    await fill(path)

    def damage() -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            sql = "CREATE INDEX episodes_running ON episodes (started_at, id) WHERE status = 'queued'"
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'episodes_running'", (sql,))
            connection.commit()

    await asyncio.to_thread(damage)
    found = await reopened(path)
    assert found["lost_episodes"] == 0
    assert found["jobs"] == 19


async def test_every_damaged_page_leaves_a_queue(path: Path, tmp_path: Path) -> None:
    """Whichever page is overwritten, with noise or zeros: the queue opens, is whole, and says what it lost."""
    await fill(path, jobs=4)
    pages = (await asyncio.to_thread(path.stat)).st_size // PAGE
    every = len(await asyncio.to_thread(columns, path, "SELECT id FROM episodes"))
    assert pages > 15
    for page in range(1, pages + 1):
        copy = tmp_path / str(page) / path.name
        copy.parent.mkdir()
        await asyncio.to_thread(shutil.copy, path, copy)
        await asyncio.to_thread(overwrite, copy, page, bytes(PAGE) if page % 2 else b"\xa5" * PAGE)
        found = await reopened(copy)
        if page == 1:
            assert found["episodes"] == 0
        elif found is not None:
            assert found["episodes"] + found["lost_episodes"] <= every
