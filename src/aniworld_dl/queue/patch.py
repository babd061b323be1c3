"""What is to be sent next: changes by id, merged until they are sent."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS_PER_MESSAGE: Final = 500
"""A change of thousands of rows goes out in pieces that a slow line can swallow."""


class Patch:
    """Changed fields of rows of each kind, None for those that are removed, and changed figures and settings."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], dict[str, Any] | None] = {}
        self.stats: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self.urgent = False

    def __bool__(self) -> bool:
        return bool(self.rows or self.stats or self.settings)

    def would_hide(self, kind: str, row_id: int, changed: dict[str, Any] | None) -> bool:
        """Tell whether adding this would overwrite a change of status that nobody has been told of yet."""
        if (kind, row_id) not in self.rows:
            return False
        waiting = self.rows[kind, row_id]
        return waiting is None or ("status" in waiting and (changed is None or "status" in changed))

    def add(self, kind: str, row_id: int, changed: dict[str, Any] | None) -> None:
        """Merge changed fields into what waits for this row."""
        if changed is None:
            self.rows[kind, row_id] = None
        else:
            self.rows[kind, row_id] = {**(self.rows.get((kind, row_id)) or {}), **changed}
        self.urgent = self.urgent or changed is None or "status" in changed

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the contents of the messages, none when nothing has changed."""
        if not self:
            return
        rows = iter(self.rows.items())
        more: dict[str, Any] = {"stats": self.stats}
        if self.settings:
            more["settings"] = self.settings
        part = list(islice(rows, _ROWS_PER_MESSAGE))
        while part or more:
            if subscriptions := _of("subscriptions", part):
                more["subscriptions"] = subscriptions
            yield {"jobs": _of("jobs", part), "episodes": _of("episodes", part), "stats": {}, **more}
            more = {}
            part = list(islice(rows, _ROWS_PER_MESSAGE))


def _of(kind: str, rows: list[tuple[tuple[str, int], dict[str, Any] | None]]) -> dict[int, dict[str, Any] | None]:
    return {row_id: changed for (each, row_id), changed in rows if each == kind}
