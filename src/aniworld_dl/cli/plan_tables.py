"""What would be queued, as a table and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from aniworld_dl.cli.displays import label, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]


def plan_table(episodes: Iterable[Row]) -> Table:
    """Return the episodes of a plan with what would become of them."""
    table = Table("episode", "title", "what", "language", "picture", "source", "size", "", box=None, pad_edge=False)
    for episode in episodes:
        taken = episode.get("taken") or {}  # an older service does not know it
        table.add_row(
            label(episode),
            escape(" ".join(filter(None, (episode["series"], episode["title"])))),
            episode["verdict"],
            escape(taken.get("language") or ", ".join(episode["audio_languages"])),
            f"{episode['height']}p" if episode["height"] else "",
            escape(taken.get("provider") or episode["provider"] or ""),
            size(episode["estimated_bytes"]) if episode["estimated_bytes"] else "",
            escape(_why(episode)),
        )
    return table


def plan_words(plan: Row) -> Iterator[str]:
    """Yield what there is to say of a plan as a whole: bad addresses, numbers, space."""
    for address in plan["addresses"]:
        if address["error_message"]:
            yield f"{address['url']}: {address['error_message']}"
    totals = plan["totals"]
    numbers = {"new": totals["new"], "existing": totals["existing"], "queued already": totals["duplicates"]}
    if totals.get("clashes"):
        numbers["of a name that another one has"] = totals["clashes"]
    yield f"{plan['anime_title']}: " + ", ".join(f"{count} {name}" for name, count in numbers.items())
    if totals["estimated_bytes"] is not None:
        fits = {True: "it fits", False: "it does not fit", None: "nobody knows whether it fits"}[totals["fits"]]
        free = "" if totals["free_bytes"] is None else f" of {size(totals['free_bytes'])} free"
        yield f"about {size(totals['estimated_bytes'])}{free}: {fits}"


def _why(episode: Row) -> str:
    """Return which episode stands for it, where its file is, or why it could not be looked at."""
    if episode["duplicate"]:
        return f"e{episode['duplicate']['episode_id']} of job {episode['duplicate']['job_id']}"
    if episode["error_message"]:
        return str(episode["error_message"])
    return str(episode["path"]) if episode["verdict"] in {"existing", "clash"} else ""
