"""Attempts at episodes: written once, when one ends, and read as an episode's timeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Attempt, Figures, HoldReason, Outcome, Status
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.rows import error_columns, error_of_columns, json_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    import aiosqlite

    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.store import Details

_OUTCOMES: Final = {
    Status.COMPLETED: Outcome.COMPLETED,
    Status.FAILED: Outcome.FAILED,
    Status.PAUSED: Outcome.PAUSED,
    Status.CANCELLED: Outcome.CANCELLED,
    Status.QUEUED: Outcome.REQUEUED,
}
_FIGURES: Final = (
    "provider",
    "host",
    "bytes_by_host",
    "fetched_bytes",
    "wasted_bytes",
    "segments_retried",
    "fetching_s",
)


async def end_attempts(
    connection: aiosqlite.Connection, ids: Iterable[int], after: Status, details: Details, now: float
) -> None:
    """Write down how the attempts of these episodes end, of those that run. The move to `after` must follow."""
    hold, chosen = details.hold, json_list(ids)
    if details.segments is not None:
        await fetch(connection, "keep_segment_map", ids=chosen, tracks=details.segments)
    await fetch(
        connection,
        "end_attempts",
        ids=chosen,
        ended_at=now,
        outcome=Outcome.HELD if hold else _OUTCOMES[after],
        reason=hold.reason if hold else None,
        **_figures_columns(details.figures),
        **error_columns(details.error),
    )


async def interrupt_attempts(connection: aiosqlite.Connection, ids: Iterable[int]) -> None:
    """Write down that the service ended while these episodes ran."""
    await fetch(
        connection,
        "end_attempts",
        ids=json_list(ids),
        ended_at=None,
        outcome=Outcome.INTERRUPTED,
        reason=None,
        **_figures_columns(None),
        **error_columns(None),
    )


def attempt_of(row: Row) -> Attempt:
    """Return the attempt of a row of `attempts`."""
    return Attempt(
        number=row["number"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        outcome=Outcome(row["outcome"]),
        reason=None if row["reason"] is None else HoldReason(row["reason"]),
        error=error_of_columns(row),
        figures=_figures_of(row),
    )


def _figures_of(row: Row) -> Figures | None:
    if row["fetched_bytes"] is None:
        return None
    figures = {name: row[name] for name in _FIGURES}
    return Figures(**{**figures, "bytes_by_host": json.loads(row["bytes_by_host"])})


def _figures_columns(figures: Figures | None) -> dict[str, Any]:
    if figures is None:
        return dict.fromkeys(_FIGURES)
    columns = {name: getattr(figures, name) for name in _FIGURES}
    return {**columns, "bytes_by_host": json.dumps(dict(figures.bytes_by_host))}
