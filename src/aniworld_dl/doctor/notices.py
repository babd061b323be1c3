"""Checks of who is told when a job has ended. They block, and send nothing: what failed before is in the database."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aniworld_dl.doctor.finding import fail, ok
from aniworld_dl.notice_settings import AppriseTarget, HookTarget
from aniworld_dl.queue.examination import connect_to_read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.doctor.finding import Finding
    from aniworld_dl.notice_settings import Target


def check_notices(targets: Mapping[str, Target] | None, database: Path) -> Finding:
    """See whether each target can be used, and whether it took its last message."""
    if not targets:
        return ok("notices", "notices_none")
    for name, target in targets.items():
        if isinstance(target, HookTarget) and shutil.which(target.command[0]) is None:
            return fail("notices", "notices_no_program", name=name, program=target.command[0])
        if isinstance(target, AppriseTarget) and find_spec("apprise") is None:
            return fail("notices", "notices_no_library", name=name)
    failures = [(name, reason) for name, reason in _failures(database) if name in targets]
    if failures:
        reason = "; ".join(reason for _, reason in failures)
        return fail("notices", "notices_failing", names=", ".join(name for name, _ in failures), reason=reason)
    return ok("notices", "notices_ok", names=", ".join(targets))


def _failures(database: Path) -> list[tuple[str, str]]:
    """Return the targets whose last message failed, each with the reason; none where the database cannot be read."""
    if not database.is_file():
        return []
    try:
        with closing(connect_to_read(database)) as connection:
            query = "SELECT name, error_text FROM notice_targets WHERE error_code IS NOT NULL ORDER BY name"
            return [(row[0], row[1]) for row in connection.execute(query)]
    except sqlite3.DatabaseError:  # it is told by its own check
        return []
