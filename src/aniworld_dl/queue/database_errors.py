"""SQLite's errors turned into ours."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DiskFullError,
    FileFailedError,
    FolderDeniedError,
    RequestInvalidError,
)
from aniworld_dl.media import disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aniworld_dl.errors import AniworldDlError

_DENIED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_UNWRITTEN: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
"""What a write by a file that is open already meets on a file system that is read-only now, full by quota or gone."""
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_IN_USE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into an error of ours. The one seam for the database at `path`.

    Raises:
        StorageError: the disk or the database refuses.
        DatabaseDamagedError: the database is not whole, or none.
        RequestInvalidError: a value cannot be stored (a number above 64 bits, half a character).
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _storage_error(error, path) from error
    except OSError as error:
        raise disk.translated(error, path.parent) from error
    except (OverflowError, UnicodeError) as error:
        raise RequestInvalidError(field="value", value="", mend=f"it cannot be stored: {error}") from error


def _storage_error(error: sqlite3.Error, path: Path) -> AniworldDlError:
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    reason = "; ".join([str(error), *getattr(error, "__notes__", [])])
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(path=str(path.parent))
    if code in _DENIED or extended in _UNWRITTEN:
        return FolderDeniedError(path=str(path.parent), reason=reason)
    if code in _DAMAGED:
        return DatabaseDamagedError(path=str(path), reason=reason)
    if code in _IN_USE:
        return DatabaseBusyError(path=str(path), reason=reason)
    return FileFailedError(path=str(path), reason=reason)
