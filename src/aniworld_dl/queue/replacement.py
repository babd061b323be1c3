"""Puts another database in the place of one that nobody has open; the old one is set aside, never deleted."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TypeVar

from aniworld_dl.queue.backups import timestamp
from aniworld_dl.queue.examination import beside, replacement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")


def replace_database(path: Path, why: str, write: Callable[[Path, Path], T]) -> T:
    """Set the database at `path` aside as `<name>.<why>-<time>`, put a new one in its place, return what `write` did.

    `write` gets where to make the new one and where the old one is. A crash at any moment leaves either the old one
    where it was, or a new one for `complete`.

    Raises:
        sqlite3.Error, OSError: the new database cannot be written. The old one is where it was.
    """
    aside = _unused_name(path, why)
    try:
        for old, new in zip(_files(path), _files(aside), strict=True):
            _keep(old, new)
        unfinished = path.with_name(path.name + ".unfinished")
        for file in (unfinished, unfinished.with_name(unfinished.name + "-journal")):
            file.unlink(missing_ok=True)
        result = write(unfinished, aside)
    except BaseException:
        for file in _files(aside):
            file.unlink(missing_ok=True)
        raise
    unfinished.replace(replacement_of(path))
    complete(path)
    return result


def complete(path: Path) -> None:
    """Put a new database in its place, if there is one: the last step of a replacement, or of one that was cut off."""
    finished = replacement_of(path)
    if finished.exists():
        for file in beside(path):
            file.unlink(missing_ok=True)  # these belong to the database that is set aside
        finished.replace(path)


def _files(path: Path) -> Sequence[Path]:
    return (path, *beside(path))


def _unused_name(path: Path, why: str) -> Path:
    name = f"{path.name}.{why}-{timestamp()}"
    number, candidate = 1, path.with_name(name)
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{name}.{number}")
    return candidate


def _keep(file: Path, name: Path) -> None:
    """Give a file a second name; a copy where the file system knows no second names."""
    if not file.exists():
        return
    try:
        os.link(file, name)
    except OSError:
        shutil.copy2(file, name)
