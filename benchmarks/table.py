"""Figures as people read them, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, its first column to the left and the others to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    print()
    print(_line(head, widths))
    print("|" + "|".join(f"-{'-' * width}{':' if column else '-'}" for column, width in enumerate(widths)) + "|")
    for row in rows:
        print(_line(row, widths))
    print(flush=True)


def megabytes(size: float) -> str:
    """Return bytes in megabytes of 10^6, as network rates are given."""
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.2f} MB"


def ratio(ours: float, theirs: float) -> str:
    """Return how much of theirs ours is."""
    return f"{ours / theirs:.2f}" if theirs else "-"


def verdict(*, met: bool) -> str:
    """Say whether a target was met."""
    return "met" if met else "MISSED"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(padded)} |"
