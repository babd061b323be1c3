"""Reads the named queries and the migrations that lie beside this module as `.sql` files."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]
"""What a query finds: values by the names of their columns, found much faster so than in a row of SQLite's own."""
_MARK: Final = "-- name: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A step from schema `version - 1` to `version`."""

    version: int
    script: str


def parse_queries(text: str) -> Mapping[str, str]:
    """Split a file at its `-- name: ...` lines. What stands above the first one is a comment on the file.

    Raises:
        ValueError: a name occurs twice.
    """
    queries: dict[str, str] = {}
    for part in f"\n{text}".split(f"\n{_MARK}")[1:]:
        name, _, query = part.partition("\n")
        if name.strip() in queries:
            raise ValueError(f"query {name.strip()} is there twice")
        queries[name.strip()] = query.strip()
    return queries


def _texts(folder: str) -> Iterator[tuple[str, str]]:
    found = [item for item in files(__package__).joinpath(folder).iterdir() if item.name.endswith(".sql")]
    for item in sorted(found, key=lambda item: item.name):
        yield item.name, item.read_text(encoding="utf-8")


def _all_queries() -> Mapping[str, str]:
    return MappingProxyType(dict(parse_queries("\n".join(text for _, text in _texts("sql")))))


def _all_migrations() -> tuple[Migration, ...]:
    return tuple(Migration(version=int(name.partition("_")[0]), script=text) for name, text in _texts("schema"))


SQL: Final = _all_queries()
"""Every query by its name."""
MIGRATIONS: Final = _all_migrations()
"""Every step from an empty database to the present schema, in order."""
