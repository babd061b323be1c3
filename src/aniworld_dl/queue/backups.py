"""Copies of the database as it was before its schema changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import SystemClock
from aniworld_dl.errors import DiskFullError
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.examination import require_whole, version_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER: Final = "backups"
"""Beside the database."""
_KEPT: Final = 5
_UNFINISHED: Final = ".partial"
_SPARE_BYTES: Final = 1024 * 1024

_log = get_logger(__name__)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def timestamp() -> str:
    """Return the time as it stands in names of files: in UTC, sorted like the times."""
    return datetime.fromtimestamp(SystemClock().time(), UTC).strftime("%Y%m%dT%H%M%SZ")


def back_up(path: Path, *, free_bytes: Callable[[Path], int] = _free_bytes) -> Path:
    """Copy a database that may be open, prove the copy whole and return where it is; the newest five are kept.

    Raises:
        DiskFullError: there is not enough space; nothing was written.
        DatabaseDamagedError: the copy, and so the database, is not whole.
        sqlite3.Error, OSError: copying failed; no part of the copy is left.
    """
    folder = path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as source:
        (needed,) = source.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
        if free_bytes(folder) < needed + _SPARE_BYTES:
            raise DiskFullError(path=str(folder))
        name = f"{path.stem}-schema-{version_of(source)}-{timestamp()}{path.suffix}"
        unfinished = folder / (name + _UNFINISHED)
        try:
            copy_whole(source, unfinished)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    unfinished.replace(folder / name)
    _log.info("database_backed_up", path=str(folder / name))
    _prune(path)
    return folder / name


def copy_whole(source: sqlite3.Connection, copy: Path) -> None:
    """Copy a database into one file, which is on the disk and proven whole afterwards.

    Raises:
        DatabaseDamagedError: the copy, and so the database, is not whole.
        sqlite3.Error, OSError: copying failed; what there is of the copy is to be deleted.
    """
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file that needs no other
        require_whole(target, copy)
    with copy.open("rb+") as file:
        os.fsync(file.fileno())


def _prune(path: Path) -> None:
    """Delete all but the newest copies, and what a crash has left unfinished."""
    folder = path.parent / FOLDER
    copies = list(folder.glob(f"{path.stem}-schema-*{path.suffix}"))
    for old in sorted(copies, key=lambda copy: (copy.stat().st_mtime_ns, copy.name))[:-_KEPT]:
        old.unlink()
    for unfinished in folder.glob(f"{path.stem}-schema-*{_UNFINISHED}"):
        unfinished.unlink()
