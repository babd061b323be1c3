"""The real program where the system gives it too little, or finds what a newer version has left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.acceptance.service import run_command
from tests.media_samples import TS, Samples, streamhash

if TYPE_CHECKING:
    from aniworld_dl.demo.origin import Origin

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

EPISODES: Final = 4
_LAUNCHER: Final = str(Path(__file__).with_name("limited.py"))


def finished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.mkv") if ".aniworld-dl" not in path.parts]


@pytest.mark.parametrize("limit", [("RLIMIT_NOFILE", "44"), ("RLIMIT_DATA", "110000000")])
async def test_too_few_open_files_or_too_little_memory(
    limit: tuple[str, str], origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """However far it comes, what it calls finished is; without the limit the same command completes the rest."""
    urls = [f"{origin.url(TS)}?{number}" for number in range(EPISODES)]
    command = ("get", *urls, "-j", str(EPISODES), "--title", "Nordlicht", "-o", str(tmp_path / "out"))
    short = await run_command(*command, cwd=tmp_path, program=(_LAUNCHER, *limit))
    before = finished(tmp_path / "out")
    assert (short.status == 0) == (len(before) == EPISODES)
    assert all(streamhash(path) == samples.own_streams(TS) for path in before)
    whole = await run_command(*command, cwd=tmp_path)
    assert whole.status == 0, whole.complaints
    after = finished(tmp_path / "out")
    assert len(after) == EPISODES
    assert all(streamhash(path) == samples.own_streams(TS) for path in after if path not in before)
    assert not (tmp_path / "out" / ".aniworld-dl").exists()


async def test_a_queue_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "data" / "queue.sqlite3"
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("CREATE TABLE future (value); PRAGMA user_version = 999")
    before = database.read_bytes()
    folders = ("--data-dir", str(database.parent), "--download-dir", str(tmp_path / "downloads"))
    ended = await run_command("serve", "--port", "0", *folders, cwd=tmp_path)
    assert ended.status == 1
    assert "a newer aniworld-dl has written it (schema 999" in ended.complaints
    assert "Traceback" not in ended.complaints
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.glob("queue*")] == [database.name]
