"""Subscriptions as tables, and plans of theirs in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape
from rich.table import Table

from aniworld_dl.cli.displays import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]

_WORDS: Final = {
    "take": "would be queued",
    "taken": "queued by the subscription",
    "queued": "in the queue, or was",
    "exists": "in the library",
    "before": "listed before it began",
    "waiting": "not in the wished language yet",
    "filtered": "not wanted",
    "repeated": "the same as another one",
}


def subscriptions_table(subscriptions: Iterable[Row]) -> Table:
    """Return what is followed, with how it is and when it is checked next."""
    table = Table("id", "title", "status", "queued", "waiting", "next check", "", box=None, pad_edge=False)
    for each in subscriptions:
        table.add_row(
            str(each["id"]),
            escape(each["anime_title"]),
            each["status"],
            str(each["counts"]["taken"]),
            str(each["counts"]["waiting"]),
            each["next_check_at"] or "",
            escape(each["error_message"] or each["url"]),
        )
    return table


def episodes_table(episodes: Iterable[Row]) -> Table:
    """Return listed episodes with what becomes of them."""
    table = Table("episode", "title", "what", "languages", "job", box=None, pad_edge=False)
    for each in episodes:
        table.add_row(
            label({"position": "", **each}),
            escape(each["title"] or ""),
            _WORDS[each["verdict"]],
            escape(", ".join(each["languages"])),
            str(each["job_id"] or ""),
        )
    return table


def plan_words(plan: Row) -> Iterator[str]:
    """Yield what there is to say of a plan as a whole."""
    if plan["error_message"]:
        yield f"{plan['url']}: {plan['error_message']}"
    counts = [f"{plan['totals'][verdict]} {words}" for verdict, words in _WORDS.items() if plan["totals"][verdict]]
    yield f"{plan['anime_title']}: {', '.join(counts) or 'nothing is listed'}"
