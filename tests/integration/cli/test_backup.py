"""`aniworld-dl backup` and `restore`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from aniworld_dl.folders import sole_owner
from aniworld_dl.queue.queries import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Command


def _make(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE jobs (id); CREATE TABLE episodes (id); CREATE TABLE meta (id);")
        connection.execute(f"PRAGMA user_version = {MIGRATIONS[-1].version}")


def test_a_copy_while_the_service_runs_and_the_way_back_after_it(command: Command, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.sqlite3"
    _make(data / "queue.sqlite3")
    folder = ("--data-dir", str(data))
    with sole_owner(data):
        ended = command("backup", str(copy), *folder)
        assert (ended.status, ended.output) == (0, f"{copy}\n")
        refused = command("restore", str(copy), *folder)
        assert refused.status == 1
        assert "is in use by another aniworld-dl" in refused.complaints
    ended = command("restore", str(copy), *folder)
    assert ended.status == 0
    (aside,) = data.glob("queue.sqlite3.replaced-*")
    assert ended.output == f"The queue of {copy} is in place.\nThe one before is {aside}.\n"
    ended = command("restore", str(copy), "--data-dir", str(tmp_path / "new"))
    assert ended.output == f"The queue of {copy} is in place.\n"


def test_what_cannot_be_copied(command: Command, tmp_path: Path) -> None:
    ended = command("backup", "--data-dir", str(tmp_path))
    assert ended.status == 1
    assert "there is no queue to copy" in ended.complaints
