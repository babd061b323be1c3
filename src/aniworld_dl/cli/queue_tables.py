"""The queue as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aniworld_dl.cli.displays import label, noted, size
from aniworld_dl.model import HoldReason

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]


def jobs_table(jobs: Iterable[Row]) -> Table:
    """Return jobs with how far they are and why they wait."""
    table = Table("job", "title", "status", "episodes", "progress", "speed", "ETA", "", box=None, pad_edge=False)
    for job in jobs:
        table.add_row(
            str(job["id"]),
            escape(job["anime_title"]),
            job["status"],
            f"{job['completed_episodes']}/{job['total_episodes']}",
            f"{job['progress_percentage']:.1f} %",
            speed(job),
            eta(job),
            escape(why(job)),
        )
    return table


def episodes_table(episodes: Iterable[Row]) -> Table:
    """Return episodes with how far they are and why they wait or failed."""
    table = Table("id", "episode", "status", "progress", "speed", "ETA", "", box=None, pad_edge=False)
    for episode in episodes:
        table.add_row(
            f"e{episode['id']}",
            label(episode),
            episode["phase"] or episode["status"],
            f"{episode['progress_percentage']:.1f} %",
            speed(episode),
            eta(episode),
            escape(why(episode) or f"{episode['path'] or episode['url']}{noted(episode)}"),
        )
    return table


def history_table(episodes: Iterable[Row]) -> Table:
    """Return ended episodes."""
    table = Table("id", "ended", "episode", "status", "", box=None, pad_edge=False)
    for episode in episodes:
        table.add_row(
            f"e{episode['id']}",
            episode["completed_at"] or "",
            label(episode),
            episode["status"],
            escape(why(episode) or f"{episode['path'] or episode['url']}{noted(episode)}"),
        )
    return table


def show(table: Table) -> None:
    """Print a table; without a terminal, lines are not cut to its width."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=1000)
    console.print(table if table.rows else "nothing", highlight=False)


def speed(row: Row) -> str:
    """Return the rate of something that runs."""
    return f"{size(row['speed_bytes_per_s'])}/s" if row["speed_bytes_per_s"] else ""


def eta(row: Row) -> str:
    """Return how long something will take, as hours, minutes and seconds."""
    if row["eta_seconds"] is None:
        return ""
    minutes, seconds = divmod(round(row["eta_seconds"]), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def why(row: Row) -> str:
    """Return why something waits, with the error that made it wait, or why it failed."""
    error = str(row.get("error_message") or "")
    if row["reason"] is None:
        return error
    until = f" until {row['reason_until']}" if row.get("reason_until") else ""
    cause = f" ({error})" if error and row["reason"] == HoldReason.RETRY_BACKOFF else ""
    return f"{row['reason_text']}{until}{cause}"
