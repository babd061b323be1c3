"""A better file takes the place of one in the library: in one step, so that there is always one, and never two."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aniworld_dl.errors import FileGoneError
from aniworld_dl.media.disk import in_thread, refuse_outside, storage_errors
from aniworld_dl.media.shelf.beside import names_beside
from aniworld_dl.media.shelf.library import NO_HARD_LINKS, move_file, sync_file, sync_folder
from aniworld_dl.media.shelf.modes import NO_MODES, Modes, set_mode
from aniworld_dl.media.shelf.trash import trash_path

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

_SUBTITLES = ".srt"


async def swap_file(part: Path, download_dir: Path, path: PurePosixPath, number: int, modes: Modes = NO_MODES) -> None:
    """Put a finished file in the place of the one at `path`, which goes into the trash of `number`.

    Its subtitles go with it, its metadata stays. Where the file system has no hard links there is no file for the
    moment between two renames.

    Raises:
        FileGoneError: there is no file at `path`; `part` is left as it is.
        StorageError: it cannot be moved; there is the old file or the new one.
    """
    await in_thread(_swap, part, download_dir, path, trash_path(download_dir, number), modes)


def _swap(part: Path, download_dir: Path, path: PurePosixPath, trash: Path, modes: Modes) -> None:
    file, thrown = download_dir / path, trash / path
    with storage_errors(file):
        refuse_outside(file, download_dir)
        if not file.is_file() or file.is_symlink():
            raise FileGoneError(path=str(file))
        sync_file(part)
        set_mode(part, modes.file)
        thrown.parent.mkdir(parents=True, exist_ok=True)
        _keep(file, thrown)
        try:
            part.replace(file)
        except OSError:
            if not os.path.lexists(file):
                thrown.rename(file)
            raise
        for beside in names_beside(file):
            if beside.suffix == _SUBTITLES:
                move_file(beside, thrown.with_name(beside.name))
        sync_folder(thrown.parent)
        sync_folder(file.parent)


def _keep(file: Path, thrown: Path) -> None:
    """Give the file a second name in the trash; where that cannot be, its only one."""
    try:
        os.link(file, thrown)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        file.rename(thrown)
