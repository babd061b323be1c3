"""Sets a damaged database aside and puts a new one in its place, with what can be read of the old one."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from aniworld_dl.logs import get_logger
from aniworld_dl.queue.backups import timestamp
from aniworld_dl.queue.examination import beside
from aniworld_dl.queue.keys import FUNCTIONS
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.remains import Remains
from aniworld_dl.queue.salvage import Salvage
from aniworld_dl.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.queue.queries import Migration

META_RESCUE: Final = "rescue"
"""Under this key the new database says what became of the old one."""


_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """What became of a damaged database. `set_aside` is where it is now."""

    reason: str
    set_aside: str
    jobs: int
    episodes: int
    lost_episodes: int
    """Episodes that their jobs had counted and that could not be read."""
    lost_jobs: int
    """Jobs that could not be read, but some of their episodes could: they have a job without language and provider."""


def rescue(path: Path, reason: str, migrations: Sequence[Migration]) -> Rescue:
    """Replace a damaged database that nobody has open, and tell what could be kept.

    A crash at any moment leaves either the damaged database where it was, or a new one for `complete`.

    Raises:
        sqlite3.Error, OSError: the new database cannot be written. The old one is where it was.
    """
    aside = _unused_name(path)
    try:
        for old, new in zip(_files(path), _files(aside), strict=True):
            _keep(old, new)
        unfinished = path.with_name(path.name + ".rescuing")
        for file in (unfinished, unfinished.with_name(unfinished.name + "-journal")):
            file.unlink(missing_ok=True)
        found = _fill(unfinished, aside, reason, migrations)
    except BaseException:
        for file in _files(aside):
            file.unlink(missing_ok=True)
        raise
    unfinished.replace(_finished(path))
    complete(path)
    _log.critical("database_rescued", path=str(path), **asdict(found))
    return found


def complete(path: Path) -> None:
    """Put a rescued database in its place, if there is one: the last step of a rescue, or of one that was cut off."""
    finished = _finished(path)
    if finished.exists():
        for file in beside(path):
            file.unlink(missing_ok=True)  # these belong to the database that is set aside
        finished.replace(path)


def _finished(path: Path) -> Path:
    return path.with_name(path.name + ".rescued")


def _files(path: Path) -> Sequence[Path]:
    return (path, *beside(path))


def _unused_name(path: Path) -> Path:
    name = f"{path.name}.damaged-{timestamp()}"
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


def _fill(new: Path, old: Path, reason: str, migrations: Sequence[Migration]) -> Rescue:
    """Make a database of the schema that the old one has, with what can be read of it."""
    with closing(sqlite3.connect(new, isolation_level=None)) as target:
        salvage = Salvage(target)
        if old.stat().st_size:
            with Remains(old) as remains:
                version = remains.version()
                _migrate(target, [step for step in migrations if not version or step.version <= version])
                target.execute("BEGIN")
                salvage.copy(remains)
        else:  # SQLite would delete the changes beside it
            _migrate(target, migrations)
            target.execute("BEGIN")
        found = Rescue(
            reason=reason,
            set_aside=str(old),
            jobs=salvage.rows["jobs"],
            episodes=salvage.rows["episodes"],
            lost_episodes=salvage.lost_episodes(),
            lost_jobs=len(salvage.lost_jobs),
        )
        target.execute(SQL["set_meta"], {"key": META_RESCUE, "value": json.dumps(asdict(found))})
        target.execute("COMMIT")
    return found


def _migrate(target: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    for name, (arguments, function) in FUNCTIONS.items():
        target.create_function(name, arguments, function, deterministic=True)
    scripts = [f"{step.script}\n;PRAGMA user_version = {step.version};\n" for step in steps]
    target.executescript(f"BEGIN;\n{''.join(scripts)}COMMIT;")
