"""`aniworld-dl queue watch`: the live messages as a table, as lines, or as they are."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from aniworld_dl.cli.displays import label, print_json, size
from aniworld_dl.cli.queue_tables import episodes_table, jobs_table, why
from aniworld_dl.model import ENDED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

Json = dict[str, Any]

_ROWS_SHOWN: Final = 20


class Picture:
    """What the messages add up to. `changed` holds the rows whose status the last message changed."""

    def __init__(self) -> None:
        self.jobs: dict[str, Json] = {}
        self.episodes: dict[str, Json] = {}
        self.stats: Json = {}
        self.changed: list[tuple[str, Json]] = []

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits for its turn."""
        return not self.stats.get("running") and not self.stats.get("queued")

    def take(self, message: Json) -> None:
        """Add a message."""
        if message["type"] == "snapshot":
            self.jobs, self.episodes, self.stats = {}, {}, {}
        self.changed = []
        for kind, rows in (("job", self.jobs), ("episode", self.episodes)):
            for row_id, fields in message.get(f"{kind}s", {}).items():
                self._change(kind, rows, row_id, fields)
        self.stats.update(message.get("stats", {}))

    def _change(self, kind: str, rows: dict[str, Json], row_id: str, fields: Json | None) -> None:
        if fields is None:
            rows.pop(row_id, None)
            return
        row = rows.get(row_id, {})
        row = {**row, **fields}
        if "status" in fields and "id" in row:
            self.changed.append((kind, row))
        rows[row_id] = row
        if row.get("status") in ENDED:
            del rows[row_id]

    def table(self) -> RenderableType:
        """Return it as it is now: what runs, then the jobs."""
        speed = size(self.stats.get("speed_bytes_per_s") or 0)
        running, slots, queued = (self.stats.get(name, 0) for name in ("running", "slots", "queued"))
        head = f"{speed}/s   {running} of {slots} run, {queued} wait"
        if self.stats.get("queue_paused"):
            head += "   the queue is paused"
        if tuning := self.stats.get("tuning"):
            head += f"   auto: {tuning['reason_text']}"
        jobs = [job for job in self.jobs.values() if "id" in job]
        episodes = [episode for episode in self.episodes.values() if episode.get("status") == "downloading"]
        parts: list[RenderableType] = [Text(head, style="bold")]
        if episodes:
            parts += [Text(), episodes_table(episodes[:_ROWS_SHOWN])]
        if jobs:
            parts += [Text(), jobs_table(jobs[:_ROWS_SHOWN])]
        return Group(*parts)


def watch_queue(messages: Iterable[Json], *, as_json: bool, until_idle: bool) -> None:
    """Show the messages until they end, the user interrupts, or nothing is left to do."""
    picture, console = Picture(), Console()
    with ExitStack() as stack:
        live = None
        if console.is_terminal and not as_json:
            live = stack.enter_context(Live(console=console, auto_refresh=False))
        for message in messages:
            picture.take(message)
            if live is not None:
                live.update(picture.table(), refresh=True)
            elif as_json:
                print_json(message)
            else:
                for kind, row in picture.changed:
                    print(line(kind, row), flush=True)  # noqa: T201 - this is the output
            if until_idle and picture.idle:
                return


def line(kind: str, row: Json) -> str:
    """Return a change of status as a line."""
    name = row["anime_title"] if kind == "job" else f"{label(row)} of job {row['job_id']}"
    reason = why(row)
    return f"{kind} {row['id']} {name}: {row['status']}{f' ({reason})' if reason else ''}"
