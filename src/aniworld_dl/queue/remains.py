"""What can be read of a damaged database: rows by their keys, with steps over what cannot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from aniworld_dl.queue.examination import connect_to_read, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_MOST_STEPS: Final = 1_000_000
"""So many ids of a table are tried at most behind something that cannot be read: some ten seconds."""


class Remains:
    """A damaged database, opened to be read. Nothing here raises because of the damage."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_to_read(path)
        self._connection.text_factory = lambda raw: raw.decode(errors="replace")

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def version(self) -> int:
        """Return the version of the schema, 0 when nothing at all can be read."""
        try:
            self._connection.execute("PRAGMA writable_schema = ON")  # reads on where the file ends too early
            return version_of(self._connection)
        except sqlite3.DatabaseError:
            return 0

    def rows(self, table: str) -> Iterator[sqlite3.Row]:
        """Yield each row of a table that can be read, once."""
        keys = self._keys(table)
        if keys == ["id"]:
            yield from self._rows_by_id(table)
        elif keys:
            yield from self._rows_from_both_ends(table, keys)

    def last_ids(self) -> Mapping[str, int]:
        """Return by table the highest id that was ever given, where that is known."""
        found = self._read("SELECT name, seq FROM sqlite_sequence")
        return {row["name"]: row["seq"] for row in found if isinstance(row["seq"], int)}

    def _keys(self, table: str) -> Sequence[str]:
        columns = self._read("SELECT name, pk FROM pragma_table_info(?) WHERE pk ORDER BY pk", table)
        return [column["name"] for column in columns]

    def _rows_by_id(self, table: str) -> Iterator[sqlite3.Row]:
        """Read in the order of ids. Behind what cannot be read, the next id that can be is looked for."""
        last, steps = 0, 0
        highest = max([self.last_ids().get(table, 0), *self._highest(table)])
        query = f"SELECT * FROM {table} NOT INDEXED WHERE id > ? ORDER BY id"  # noqa: S608 - a name of the schema
        while True:
            for row in self._read(query, last):
                if row["id"] > last:  # a damaged page may lead back
                    last = row["id"]
                    yield row
            if not self._broken or last >= highest or steps >= _MOST_STEPS:
                return
            last, steps = last + 1, steps + 1

    def _highest(self, table: str) -> Sequence[int]:
        found = self._read(f"SELECT max(id) AS id FROM {table} NOT INDEXED")  # noqa: S608 - a name of the schema
        return [row["id"] for row in found if row["id"] is not None]

    def _rows_from_both_ends(self, table: str, keys: Sequence[str]) -> Iterator[sqlite3.Row]:
        seen = set()
        for direction in ("ASC", "DESC"):
            order = ", ".join(f"{key} {direction}" for key in keys)
            for row in self._read(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - names of the schema
                if (place := tuple(row[key] for key in keys)) not in seen:
                    seen.add(place)
                    yield row

    def _read(self, query: str, *parameters: str | int) -> Iterator[sqlite3.Row]:
        """Yield rows until there are no more, or one cannot be read, which is noted."""
        self._broken = False
        try:
            with closing(self._connection.execute(query, parameters)) as cursor:
                yield from cursor
        except sqlite3.DatabaseError:
            self._broken = True
