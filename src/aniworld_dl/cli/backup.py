"""`aniworld-dl backup` and `restore`: the queue's database as a file, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from aniworld_dl.folders import prepare_folder, sole_owner
from aniworld_dl.queue.copies import restore, save_copy
from aniworld_dl.queue.examination import DATABASE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings


def run_backup(settings: Settings, target: Path | None) -> int:
    """Copy the queue, print where the copy is and return 0."""
    copy = save_copy(settings.data_dir / DATABASE_FILE, target)
    _print(f"{copy}")
    return 0


def run_restore(settings: Settings, copy: Path) -> int:
    """Go back to a copy, print where the present queue is now and return 0.

    Raises:
        FolderInUseError: the service runs.
    """
    prepare_folder(settings.data_dir)
    with sole_owner(settings.data_dir):
        aside = restore(settings.data_dir / DATABASE_FILE, copy)
    _print(f"The queue of {copy} is in place.")
    if aside is not None:
        _print(f"The one before is {aside}.")
    return 0


def _print(text: str) -> None:
    Console().print(text, markup=False, highlight=False, soft_wrap=True)
