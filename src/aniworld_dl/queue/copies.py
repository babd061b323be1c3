"""Copies of the queue that a user asks for, and the way back from one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import DatabaseDamagedError, DiskFullError, FileFailedError, FolderDeniedError
from aniworld_dl.folders import refusal_of
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.backups import FOLDER, copy_whole, timestamp
from aniworld_dl.queue.examination import connect_to_read, examine
from aniworld_dl.queue.queries import MIGRATIONS
from aniworld_dl.queue.replacement import replace_database

if TYPE_CHECKING:
    from pathlib import Path

_SPARE_BYTES: Final = 1024 * 1024
_TABLES: Final = frozenset({"jobs", "episodes", "meta"})

_log = get_logger(__name__)


def save_copy(database: Path, target: Path | None = None) -> Path:
    """Copy the queue's database, also while the service uses it, and return where the copy is, proven whole.

    `target` is a file that does not exist yet or a folder; without it the copy goes into `backups` beside the database.

    Raises:
        FileFailedError: there is no database, or something is at the target already, or it cannot be copied.
        FolderDeniedError: the folder cannot be written.
        DiskFullError: there is not enough space.
        DatabaseDamagedError: the database is not whole.
    """
    if not database.is_file():
        raise FileFailedError(path=str(database), reason="there is no queue to copy")
    copy = _place(database, target)
    if (reason := refusal_of(copy.parent)) is not None:
        raise FolderDeniedError(path=str(copy.parent), reason=reason)
    unfinished = copy.with_name(copy.name + ".partial")
    try:
        with closing(sqlite3.connect(database)) as source:
            _require_space(source, copy.parent)
            copy_whole(source, unfinished)
        unfinished.rename(copy)
    except OSError as error:
        raise FileFailedError(path=str(copy), reason=error.strerror or str(error)) from error
    except sqlite3.DatabaseError as error:
        raise _translated(error, database) from error
    except DatabaseDamagedError as error:
        raise DatabaseDamagedError(path=str(database), reason=error.params["reason"]) from error
    finally:
        with suppress(OSError):  # what went wrong is told already
            unfinished.unlink(missing_ok=True)
    return copy


def restore(database: Path, copy: Path) -> Path | None:
    """Put a copy in the place of the queue's database, which nobody may have open; return where the present one is now.

    None: there was none. The copy is left as it is; one of an earlier schema is brought up to date by the next start.

    Raises:
        FileFailedError: the copy cannot be read, is not whole, of a later version, or no queue of this program.
        DiskFullError: there is not enough space.
    """
    if not copy.is_file():
        raise FileFailedError(path=str(copy), reason="there is no such file")
    try:
        examine(copy, MIGRATIONS[-1].version)
        with closing(connect_to_read(copy)) as source:
            _require_ours(source, copy)
            _require_space(source, database.parent)
            aside = replace_database(database, "replaced", lambda new, old: _fill(source, new, old))
    except OSError as error:
        raise FileFailedError(path=str(database), reason=error.strerror or str(error)) from error
    except (sqlite3.DatabaseError, DatabaseDamagedError) as error:
        raise _of_copy(error, copy) from error
    _log.info("database_restored", copy=str(copy), aside=None if aside is None else str(aside))
    return aside


def _place(database: Path, target: Path | None) -> Path:
    name = f"{database.stem}-{timestamp()}{database.suffix}"
    if target is None:
        target = database.parent / FOLDER
        try:
            target.mkdir(exist_ok=True)
        except OSError as error:
            raise FolderDeniedError(path=str(target), reason=error.strerror or str(error)) from error
    copy = target / name if target.is_dir() else target
    if copy.exists():
        raise FileFailedError(path=str(copy), reason="there is something already: choose another name, or a folder")
    if not copy.parent.is_dir():
        raise FileFailedError(path=str(copy), reason="its folder does not exist")
    return copy


def _fill(source: sqlite3.Connection, new: Path, old: Path) -> Path | None:
    copy_whole(source, new)
    return old if old.exists() else None


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _TABLES:
        raise FileFailedError(path=str(path), reason="it is a database, but not a queue of aniworld-dl")


def _require_space(source: sqlite3.Connection, folder: Path) -> None:
    (needed,) = source.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    if shutil.disk_usage(folder).free < needed + _SPARE_BYTES:
        raise DiskFullError(path=str(folder))


def _of_copy(error: sqlite3.DatabaseError | DatabaseDamagedError, copy: Path) -> DiskFullError | FileFailedError:
    """Return what is wrong with a copy: no start rescues it, and nothing has been changed."""
    found = error if isinstance(error, DatabaseDamagedError) else _translated(error, copy)
    if not isinstance(found, DatabaseDamagedError):
        return found
    reason = f"this copy is damaged ({found.params['reason']}): take another one; the queue is as it was"
    return FileFailedError(path=str(copy), reason=reason)


def _translated(error: sqlite3.DatabaseError, path: Path) -> DatabaseDamagedError | DiskFullError | FileFailedError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(path=str(path.parent))
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return DatabaseDamagedError(path=str(path), reason=str(error))
    return FileFailedError(path=str(path), reason=str(error))
