"""Runs `aniworld-dl` and kills it at its N-th change of what is on disk: `python dying.py N FOLDER WORDS serve ...`.

What counts as a change, below the folder: a file that is made, written, synced, cut, renamed, linked or removed, a
folder that is made or removed, and a commit of SQLite. The change itself does not happen any more; of what was to be
written half is written first, and a commit is cut off by the system in the middle of the database's log. With N = 0 it
runs to its end. At which it died, or how many there were, is written into the file WORDS.
"""

from __future__ import annotations

import builtins
import io
import itertools
import os
import resource
import runpy
import signal
import sqlite3
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_DIES_AT: Final = int(sys.argv[1])
_FOLDER: Final = os.path.realpath(sys.argv[2])
_WORDS: Final = sys.argv[3]
_CHANGES: Final = itertools.count(1)
_MAKES: Final = os.O_CREAT | os.O_TRUNC
_WITH_A_PATH: Final = frozenset(
    {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink", "os.chmod"}
)
_COMMITS: Final = ("COMMIT", "PRAGMA JOURNAL_MODE", "VACUUM")
_INTO_THE_LOG_BYTES: Final = 2000
"""Half a page: the checksum of the frame does not fit then."""


def _is_inside(path: object) -> bool:
    if isinstance(path, int):
        return False
    text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
    return os.path.realpath(text).startswith(_FOLDER) or os.sep not in text  # relative to a folder that is held


def _name(path: Any) -> str:
    return Path(os.fsdecode(path)).name


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and _is_inside(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return False


def _is_the_last() -> bool:
    return next(_CHANGES) == _DIES_AT


def _die(what: str) -> NoReturn:
    last_words = os.open(_WORDS, os.O_WRONLY | os.O_CREAT)
    _write(last_words, what.encode())
    os.kill(os.getpid(), signal.SIGKILL)
    while True:
        signal.pause()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _MAKES and not isinstance(path, int) and _is_inside(path):
            _happens(f"open {_name(path)}")
    elif event in _WITH_A_PATH and _is_inside(arguments[0]):
        _happens(f"{event} {_name(arguments[0])}")


def _happens(what: str) -> None:
    if _is_the_last():
        _die(what)


_write, _fsync, _ftruncate, _open, _connect = os.write, os.fsync, os.ftruncate, io.open, sqlite3.connect


def _mortal_write(descriptor: int, data: bytes) -> int:
    if _is_file(descriptor) and _is_the_last():
        _write(descriptor, data[: len(data) // 2])
        _die("os.write")
    return _write(descriptor, data)


def _mortal(function: Callable[..., None], name: str) -> Callable[..., None]:
    def call(descriptor: Any, *arguments: Any) -> None:
        if isinstance(descriptor, int) and _is_file(descriptor):
            _happens(name)
        function(descriptor, *arguments)

    return call


class _MortalFile(io.FileIO):
    """A file of which at the end only half of a piece is written."""

    def write(self, data: Any) -> int:
        if _is_inside(self.name) and _is_the_last():
            super().write(memoryview(data)[: len(data) // 2])
            _die(f"write {_name(self.name)}")
        return super().write(data)


def _mortal_open(file: Any, mode: str = "r", buffering: int = -1, *arguments: Any, **options: Any) -> Any:
    if not set(mode) & set("wax+") or isinstance(file, int):
        return _open(file, mode, buffering, *arguments, **options)
    raw = _MortalFile(file, mode.replace("b", "").replace("t", ""), opener=options.pop("opener", None))
    if not buffering:
        return raw
    buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    if "b" in mode:
        return buffered
    options.pop("closefd", None)
    return io.TextIOWrapper(buffered, *arguments, **options)


def _connect_mortally(*arguments: Any, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = _connect(*arguments, **options)

    def begins(statement: str) -> None:
        if statement.upper().startswith(_COMMITS):
            _commits(str(arguments[0]), statement)

    connection.set_trace_callback(begins)
    return connection


def _commits(database: str, statement: str) -> None:
    _happens(f"before {statement}")
    if _is_the_last():
        log = Path(f"{database}-wal")
        size = log.stat().st_size if log.exists() else 0
        limit = size + _INTO_THE_LOG_BYTES
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))  # the system kills whoever goes on


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.write = _mortal_write  # type: ignore[assignment]
    os.fsync, os.ftruncate = _mortal(_fsync, "fsync"), _mortal(_ftruncate, "ftruncate")
    io.open = builtins.open = _mortal_open
    sqlite3.connect = _connect_mortally  # type: ignore[assignment]
    sys.addaudithook(_hear)
    del sys.path[0], sys.argv[1:4]
    try:
        runpy.run_module("aniworld_dl", run_name="__main__", alter_sys=True)
    finally:
        Path(_WORDS).write_text(f"lived: {next(_CHANGES) - 1}")


if __name__ == "__main__":
    main()
