"""What a person or a program sees while `get` runs: bars, plain lines, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from aniworld_dl.model import Status

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.console import Console
    from rich.progress import TaskID


class Bars:
    """One bar for each running episode, and a line for each that has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: dict[int, TaskID] = {}
        self._told: set[tuple[int, int, str]] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %"),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, episode: dict[str, Any]) -> None:
        """Move, add or remove the episode's bar."""
        if episode["status"] == Status.DOWNLOADING:
            if episode["id"] not in self._bars:
                self._bars[episode["id"]] = self._progress.add_task(escape(label(episode)), total=100, note="")
            self._progress.update(
                self._bars[episode["id"]], completed=episode["progress_percentage"], note=_note(episode)
            )
            return
        if (bar := self._bars.pop(episode["id"], None)) is not None:
            self._progress.remove_task(bar)
        told = (episode["id"], episode["attempt"], episode["status"])
        if Status(episode["status"]).ended and told not in self._told:
            self._told.add(told)
            self._console.print(outcome(episode), markup=False, highlight=False, soft_wrap=True)


class JsonLines:
    """Every change of an episode as one JSON object a line."""

    def show(self, episode: dict[str, Any]) -> None:
        """Print the episode."""
        print_json({"type": "episode", **episode})


def print_json(value: dict[str, Any]) -> None:
    """Print one object on one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201 - this is the output


def label(episode: dict[str, Any]) -> str:
    """Return a short name such as `S01E04` for an episode."""
    if episode["season"] is not None and episode["number"] is not None:
        return f"S{episode['season']:02}E{episode['number']:02}"
    return f"#{episode['position']}"


def outcome(episode: dict[str, Any]) -> str:
    """Return the sentence that says how an episode has ended."""
    if episode["status"] == Status.COMPLETED:
        return f"{'exists already' if episode['existing'] else 'completed'}: {episode['path']}"
    return f"{episode['status']}: {label(episode)} {episode['url']}: {episode['error_message'] or ''}".rstrip(": ")


def size(number: float) -> str:
    """Return bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:  # noqa: PLR2004 - the step of the units
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.2f} GiB"


def _note(episode: dict[str, Any]) -> str:
    if episode["phase"] != "downloading":
        return str(episode["phase"] or "")
    eta = episode["eta_seconds"]
    return f"{size(episode['speed_bytes_per_s'] or 0)}/s" + (f", {eta:.0f} s" if eta is not None else "")
