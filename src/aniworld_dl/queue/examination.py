"""Looks at a database before it is used: whether this program knows it, and whether it is whole."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import DatabaseDamagedError, FileFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DATABASE_FILE: Final = "queue.sqlite3"
"""In the data folder."""
BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps beside a database: the changes that are not in the file yet, and an index of them."""
_SOUND: Final = "ok"


def beside(path: Path) -> Sequence[Path]:
    """Return the files that belong to a database."""
    return tuple(path.with_name(path.name + ending) for ending in BESIDE)


def size_of(path: Path) -> int:
    """Return the bytes of a database, those of the changes that are not in the file yet among them."""
    return sum(file.stat().st_size for file in (path, *beside(path)) if file.is_file())


def replacement_of(path: Path) -> Path:
    """Return where a new database lies that is whole and still to be put in the place of the one at `path`."""
    return path.with_name(path.name + ".replacing")


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A reading of a whole database that has begun: how the files were then, and what it found."""

    files: Sequence[tuple[int, int, int] | None]
    thread: threading.Thread
    complaint: str | None = field(default=None)


_readings: Final[dict[Path, _Reading]] = {}


def begin_to_examine(path: Path) -> None:
    """Begin to read all of a database in a thread, while the program still imports what it is made of.

    `examine` takes what comes of it if nothing has changed the files meanwhile. Where another database is about to
    take its place nothing is read: where the system replaces no file that somebody has open, it could not.
    """

    def read() -> None:
        with suppress(sqlite3.Error), closing(connect_to_read(path)) as connection:
            reading.complaint = _complaint(connection)

    if path.is_file() and not replacement_of(path).exists():
        thread = threading.Thread(target=read, name="examine-database", daemon=True)
        _readings[path] = reading = _Reading(files=_states(path), thread=thread)
        thread.start()


def _states(path: Path) -> Sequence[tuple[int, int, int] | None]:
    """Return what changes when something is written, for each file in which the data are."""
    states: list[tuple[int, int, int] | None] = []
    for file in (path, beside(path)[0]):
        try:
            found = file.stat()
        except OSError:
            states.append(None)
        else:
            states.append((found.st_ino, found.st_size, found.st_mtime_ns))
    return states


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a database so that nothing is written into it, not even what stands in its log of changes."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def examine(path: Path, newest: int) -> None:
    """Look at a database and leave it as it is; none, or one of no length, is a new one.

    Only a change that was cut off in the middle is taken back first: that of the kind of log, the first of all.

    All of it is read, 0.7 s for a hundred thousand episodes, unless `begin_to_examine` has done so: nothing but a
    whole reading makes sure of it. However this ends, nobody reads the file any more.

    Raises:
        DatabaseDamagedError: it is not whole, or no database.
        FileFailedError: it is of a later version than `newest`.
        sqlite3.Error: it cannot be read, or is found damaged in the very attempt.
    """
    reading = _readings.pop(path, None)
    if reading is not None:
        reading.thread.join()
    size = path.stat().st_size if path.is_file() else None
    if not size:
        if size == 0 and any(file.is_file() and file.stat().st_size for file in beside(path)):
            # SQLite would take it for a new one, and delete the changes
            raise DatabaseDamagedError(path=str(path), reason="it is empty, but there are changes to it")
        return
    _roll_back(path)
    with closing(connect_to_read(path)) as connection:
        version = version_of(connection)
        if version > newest:
            reason = (
                f"a newer aniworld-dl has written it (schema {version}, this one knows {newest}): "
                "update aniworld-dl, or restore an older copy"
            )
            raise FileFailedError(path=str(path), reason=reason)
        if reading is None or reading.complaint != _SOUND or reading.files != _states(path):
            require_whole(connection, path)


def _roll_back(path: Path) -> None:
    """Let SQLite take back what a crash has left half done, which it cannot where nothing may be written."""
    journal = path.with_name(f"{path.name}-journal")
    if journal.is_file() and journal.stat().st_size:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            version_of(connection)


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps the schema of a database has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def require_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Read all of a database.

    Raises:
        DatabaseDamagedError: it is not whole; with SQLite's first complaint.
    """
    if (complaint := _complaint(connection)) != _SOUND:
        raise DatabaseDamagedError(path=str(path), reason=" ".join(complaint.split()))


def _complaint(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
