"""The queue as JSON text, read from one state of the database in pieces of bounded size."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from aniworld_dl.queue.database_errors import translated
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

FORMAT: Final = "aniworld-dl-queue"
VERSION: Final = 1
_PIECE_CHARACTERS: Final = 1 << 16


def export_pieces(path: Path, *, ended: bool, now: float) -> Generator[bytes]:
    """Yield the whole text; each step blocks. The generator may be used from several threads, one at a time.

    All is read from the state that the database at `path` has at the first step, whatever is written meanwhile.

    Raises:
        StorageError: the database cannot be read.
    """
    with translated(path), closing(_connect(path)) as connection:
        connection.execute("BEGIN")
        held: list[str] = []
        size = 0
        for text in _texts(connection, ended=ended, now=now):
            held.append(text)
            size += len(text)
            if size >= _PIECE_CHARACTERS:
                yield "".join(held).encode()
                held, size = [], 0
        yield "".join(held).encode()


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _texts(connection: sqlite3.Connection, *, ended: bool, now: float) -> Iterator[str]:
    head = {"format": FORMAT, "version": VERSION, "exported_at": time_view(now)}
    yield f'{json.dumps(head, separators=(",", ":"))[:-1]},"jobs":['
    for number, (job_id, text) in enumerate(connection.execute(SQL["export_jobs"], {"ended": ended})):
        yield f"{',' if number else ''}\n{text}"
        yield ',"addresses":['
        yield from _separated(connection.execute(SQL["export_addresses"], {"job_id": job_id}))
        yield '],"episodes":['
        yield from _separated(connection.execute(SQL["export_episodes"], {"job_id": job_id}))
        yield "]}"
    yield "\n]}\n"


def _separated(rows: Iterable[tuple[str]]) -> Iterator[str]:
    for number, (text,) in enumerate(rows):
        yield f"{',' if number else ''}\n{text}"
