"""Puts what can be read of a damaged database, row by row, into a whole one of the same schema."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Status
from aniworld_dl.queue.rows import title_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.queue.remains import Remains

_DERIVED: Final = frozenset(
    {"ready", "pending_expansions", "paused_expansions", "failed_expansions", "progress_sum", *Status}
)
"""Columns of `jobs` that triggers count up again while the rows of a job are put in."""
_PARTS_OF_JOBS: Final = frozenset({"episodes", "expansions"})


class Salvage:
    """Copies table by table into a database that has the tables and no rows. `rows` counts by table what was kept."""

    def __init__(self, target: sqlite3.Connection) -> None:
        self.rows: Counter[str] = Counter()
        self.lost_jobs: set[int] = set()
        """Jobs that could not be read although parts of them could: others stand in for them."""
        self._target = target
        self._jobs: set[int] = set()
        self._missing: Counter[int] = Counter()

    def lost_episodes(self) -> int:
        """Return how many episodes are missing of those that the jobs which could be read have counted."""
        return sum(max(missing, 0) for missing in self._missing.values())

    def copy(self, remains: Remains) -> None:
        """Copy what can be read.

        Raises:
            sqlite3.Error: the new database cannot be written.
        """
        for table in self._tables():
            columns = self._columns(table)
            for row in remains.rows(table):
                self._put(table, {name: row[name] for name in row.keys() if name in columns}, row)  # noqa: SIM118 - a row iterates over values
        for job_id in self.lost_jobs:
            self._target.execute(
                "UPDATE jobs SET last_ended_at = (SELECT max(completed_at) FROM episodes WHERE job_id = jobs.id) "
                "WHERE id = ?",
                (job_id,),
            )
        self._use_up_ids(remains.last_ids())

    def _tables(self) -> Sequence[str]:
        query = r"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
        return [name for (name,) in self._target.execute(f"{query} ORDER BY rowid").fetchall()]

    def _columns(self, table: str) -> frozenset[str]:
        """Return the columns that are not made of others."""
        found = self._target.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", (table,))
        return frozenset(name for (name,) in found) - (_DERIVED if table == "jobs" else frozenset())

    def _put(self, table: str, values: Mapping[str, Any], row: sqlite3.Row) -> None:
        if table in _PARTS_OF_JOBS and values["job_id"] not in self._jobs:
            self._put_job_of(values)
        if not self._insert(table, values):
            return
        self.rows[table] += 1
        if table == "jobs":
            self._jobs.add(row["id"])
            self._missing[row["id"]] += sum(row[status] for status in Status)
        elif table == "episodes":
            self._missing[row["job_id"]] -= 1

    def _insert(self, table: str, values: Mapping[str, Any]) -> bool:
        names, places = ", ".join(values), ", ".join("?" * len(values))
        try:
            self._target.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(values.values()))  # noqa: S608 - names of the schema
        except sqlite3.IntegrityError:
            return False  # nobody can have written this: it is damaged
        return True

    def _put_job_of(self, part: Mapping[str, Any]) -> None:
        title = part["series"] or f"? {part['job_id']}"
        values = {
            "id": part["job_id"],
            "anime_title": title,
            "title_key": title_key(str(title)),
            "priority": 0,
            "position": part["job_id"],
            "created_at": part["created_at"],
        }
        if self._insert("jobs", values):
            self._jobs.add(part["job_id"])
            self.lost_jobs.add(part["job_id"])

    def _use_up_ids(self, last_ids: Mapping[str, int]) -> None:
        """Let no id be given again that was given before."""
        for table in self._tables():
            values = {"name": table, "last": last_ids.get(table, 0)}
            done = self._target.execute("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name", values)
            if not done.rowcount and values["last"]:
                self._target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)", values)
