"""Where something goes in an ordered list of rows whose places are fractions, as changes of the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aniworld_dl.model import Spot
from aniworld_dl.queue.database import fetch

if TYPE_CHECKING:
    import aiosqlite

    from aniworld_dl.queue.queries import Row

_WINDOW: Final = 64
"""So many rows are spread anew where two stand too close, four times as many when that does not help."""
_LEAST_STEP: Final = 1e-3


class Place(NamedTuple):
    """A place and who has it, by which rows of the same place are told apart."""

    place: float
    id: int


_BEGIN: Final = Place(-math.inf, 0)
_END: Final = Place(math.inf, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """The row that is moved, and the queries for its list; `within` are further parameters of theirs."""

    id: int
    before: str
    behind: str
    put: str
    within: dict[str, Any]


async def move(
    connection: aiosqlite.Connection, row: MovedRow, spot: Spot, other: Place | None, priority: int | None
) -> frozenset[int]:
    """Put the row at a spot, relative to `other` for before and after, and return the ids of all rows touched.

    Rows behind the spot are spread anew when no number is left between two. Null leaves the priority as it is.
    """
    low, high = await _neighbours(connection, row, spot, other)
    touched: frozenset[int] = frozenset()
    place = _between(low, high)
    if place is None:
        assert low is not None  # there is room before the first
        touched = await _spread(connection, row, low)
        (first,) = await _behind(connection, row, low, 1)
        place = (low.place + first["place"]) / 2
    await fetch(connection, row.put, id=row.id, place=place, priority=priority)
    return touched | {row.id}


async def _neighbours(
    connection: aiosqlite.Connection, row: MovedRow, spot: Spot, other: Place | None
) -> tuple[Place | None, Place | None]:
    high = other if spot is Spot.BEFORE else None
    low = other if spot is Spot.AFTER else None
    if spot in {Spot.BEFORE, Spot.BOTTOM}:
        found = await fetch(connection, row.before, **row.within, moved=row.id, **(high or _END)._asdict())
        low = Place(found[0]["place"], found[0]["id"]) if found else None
    else:
        found = await _behind(connection, row, low or _BEGIN, 1)
        high = Place(found[0]["place"], found[0]["id"]) if found else None
    return low, high


def _between(low: Place | None, high: Place | None) -> float | None:
    """Return a place between two rows, of which either may be missing; None when no number is left there."""
    if low is None or high is None:
        return high.place - 1 if high else low.place + 1 if low else 0.0
    middle = (low.place + high.place) / 2
    return middle if low.place < middle < high.place else None


async def _spread(connection: aiosqlite.Connection, row: MovedRow, low: Place) -> frozenset[int]:
    """Give the rows behind a place new ones at equal distances, as many rows as it takes; return their ids."""
    window, rows, step = _WINDOW, list[int](), 0.0
    while step < _LEAST_STEP:
        found = await _behind(connection, row, low, window + 1)
        rows = [each["id"] for each in found[:window]]
        end = found[window]["place"] if len(found) > window else low.place + len(rows) + 1
        step = (end - low.place) / (len(rows) + 1)
        window *= 4
    for number, row_id in enumerate(rows, start=1):
        await fetch(connection, row.put, id=row_id, place=low.place + number * step, priority=None)
    return frozenset(rows)


async def _behind(connection: aiosqlite.Connection, row: MovedRow, low: Place, limit: int) -> list[Row]:
    return await fetch(connection, row.behind, **row.within, moved=row.id, limit=limit, **low._asdict())
