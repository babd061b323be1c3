"""Sets a damaged database aside and puts a new one in its place, with what can be read of the old one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.logs import get_logger
from aniworld_dl.queue.keys import FUNCTIONS
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.remains import Remains
from aniworld_dl.queue.replacement import replace_database
from aniworld_dl.queue.salvage import Salvage

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
    found = replace_database(path, "damaged", lambda new, old: _fill(new, old, reason, migrations))
    _log.critical("database_rescued", path=str(path), **asdict(found))
    return found


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
