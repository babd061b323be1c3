"""Checks of folders, space, the file system's clock and the database. All of them block: for threads."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aniworld_dl.doctor.finding import fail, ok, warn
from aniworld_dl.media.store.work import WORK_PARENT
from aniworld_dl.queue.examination import connect_to_read, size_of, version_of
from aniworld_dl.queue.queries import MIGRATIONS, SQL

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.doctor.finding import Finding

LOW_SPACE_BYTES: Final = 5 << 30
_RESERVE_BYTES: Final = 1 << 30
_LARGEST_DIFFERENCE_S: Final = 60.0
_OLDEST_YEAR: Final = 2025


def check_folder(check: str, path: Path) -> Finding:
    """See whether a folder can be written; nothing is created but a file that is gone at once."""
    nearest = nearest_folder(path)
    try:
        with tempfile.TemporaryFile(dir=nearest) as probe:
            probe.write(b"aniworld-dl")
    except OSError as error:
        return fail(check, "folder_denied", path=str(path), reason=error.strerror or str(error), setting=check)
    return ok(check, "folder_ok" if nearest == path else "folder_missing", path=str(path))


def check_work(download_dir: Path) -> Finding:
    """See whether what is finished can be renamed into the library."""
    library, work = nearest_folder(download_dir), nearest_folder(download_dir / WORK_PARENT)
    try:
        same = library.stat().st_dev == work.stat().st_dev
    except OSError as error:
        return fail(
            "work", "folder_denied", path=str(work), reason=error.strerror or str(error), setting="download_dir"
        )
    if same:
        return ok("work", "work_beside")
    return fail("work", "work_elsewhere", path=str(work), library=str(library))


def check_space(download_dir: Path, reserve_bytes: int | None) -> Finding:
    """See whether there is room for a few episodes beside what is to stay free."""
    reserve = _RESERVE_BYTES if reserve_bytes is None else reserve_bytes
    try:
        free = shutil.disk_usage(nearest_folder(download_dir)).free
    except OSError:
        return warn("space", "space_unknown", path=str(download_dir))
    if free < reserve + LOW_SPACE_BYTES:
        return warn("space", "space_low", path=str(download_dir), free_bytes=free, reserve_bytes=reserve)
    return ok("space", "space_ok", path=str(download_dir), free_bytes=free)


def check_clock(now: float, folder: Path) -> Finding:
    """Compare the clock with the time that the file system gives a new file, which may be another machine's."""
    year = datetime.fromtimestamp(now, UTC).year
    if year < _OLDEST_YEAR:
        return fail("clock", "clock_past", year=year)
    nearest = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=nearest) as probe:
            probe.write(b"aniworld-dl")
            probe.flush()
            difference = round(os.fstat(probe.fileno()).st_mtime - now)
    except OSError:  # that it cannot be written is told by its own check
        difference = 0
    if abs(difference) > _LARGEST_DIFFERENCE_S:
        return warn("clock", "clock_off", path=str(nearest), difference_s=difference)
    return ok("clock", "clock_ok")


def check_database(path: Path) -> Finding:
    """Read through the database as it is; a running service is not held up by that."""
    if not path.is_file() or not path.stat().st_size:
        return ok("database", "database_missing", path=str(path))
    try:
        with closing(connect_to_read(path)) as connection:
            version, newest = version_of(connection), MIGRATIONS[-1].version
            if version > newest:
                reason = f"a newer aniworld-dl has written it (schema {version}, this one knows {newest})"
                return fail("database", "database_unusable", path=str(path), reason=reason)
            (complaint,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:  # it cannot be opened, which says nothing about what is in it
        return fail("database", "database_unusable", path=str(path), reason=str(error))
    except sqlite3.DatabaseError as error:
        return fail("database", "database_damaged", path=str(path), reason=str(error))
    if complaint != "ok":
        return fail("database", "database_damaged", path=str(path), reason=" ".join(complaint.split()))
    return ok("database", "database_ok", path=str(path), size_bytes=size_of(path))


def has_access(path: Path) -> bool:
    """Tell whether the database keeps a key or a password."""
    try:
        with closing(connect_to_read(path)) as connection:
            return bool(connection.execute(SQL["has_access"]).fetchone()[0])
    except sqlite3.DatabaseError:  # there is none yet, it is of an earlier version, or its own check tells what it is
        return False


def nearest_folder(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next((folder for folder in (path, *path.parents) if folder.exists()), path)
