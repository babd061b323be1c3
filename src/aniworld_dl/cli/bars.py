"""What a person at a terminal sees while `get` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from aniworld_dl.cli.displays import Endings, label, size
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.console import Console
    from rich.progress import TaskID


class Bars:
    """One bar for each running episode, and a line for each that has ended."""

    def __init__(self, console: Console) -> None:
        self._bars: dict[int, TaskID] = {}
        self._endings = Endings(lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True))
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
        self._endings.show(episode)


def _note(episode: dict[str, Any]) -> str:
    if episode["phase"] != "downloading":
        return str(episode["phase"] or "")
    eta = episode["eta_seconds"]
    return f"{size(episode['speed_bytes_per_s'] or 0)}/s" + (f", {eta:.0f} s" if eta is not None else "")
