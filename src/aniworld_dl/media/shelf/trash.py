"""Finished files that were removed, until nobody can want them back: by renames, so that nothing is copied."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FileExistsAlreadyError
from aniworld_dl.media.disk import held_folder, in_thread, refuse_outside, storage_errors
from aniworld_dl.media.shelf.beside import lonely_series_nfo, names_beside
from aniworld_dl.media.shelf.library import move_file, sync_folder
from aniworld_dl.media.shelf.nfo import SERIES_NFO
from aniworld_dl.media.store.work import WORK_PARENT

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

_TRASH: Final = "trash"


def trash_path(download_dir: Path, number: int) -> Path:
    """Return where the files of one removal lie, each under the path that it had in the download folder."""
    return download_dir / WORK_PARENT / _TRASH / str(number)


async def throw_away(download_dir: Path, number: int, path: PurePosixPath) -> bool:
    """Move a file out of the download folder into the trash; tell whether it was there.

    Called again after a crash it completes what it had begun. What lies beside the file goes with it, and folders that
    become empty go too.

    Raises:
        StorageError: it cannot be moved; it is where it was.
    """
    return await in_thread(_throw_away, download_dir, trash_path(download_dir, number) / path, download_dir / path)


async def put_back(download_dir: Path, number: int, path: PurePosixPath) -> bool:
    """Move a file out of the trash to where it was; tell whether it is there now.

    Raises:
        FileExistsAlreadyError: there is another file by now; what was removed stays in the trash.
        StorageError: it cannot be moved; it is in the trash.
    """
    return await in_thread(_put_back, download_dir, trash_path(download_dir, number) / path, download_dir / path)


async def empty_trash(download_dir: Path, number: int) -> None:
    """Delete the files of one removal, and the folder of the trash when it is the last. None is fine too.

    Raises:
        StorageError: one of them cannot be deleted.
    """
    await in_thread(_empty, download_dir, trash_path(download_dir, number))


def _throw_away(download_dir: Path, thrown: Path, file: Path) -> bool:
    with storage_errors(file):
        refuse_outside(file, download_dir)
        refuse_outside(thrown, download_dir)
        if os.path.lexists(thrown):
            _drop_second_name(thrown, file)
            return True
        if not file.is_file():
            return False
        thrown.parent.mkdir(parents=True, exist_ok=True)
        with held_folder(thrown.parent, download_dir) as held:
            move_file(file, thrown, held)
        _move_beside(file, thrown)
        sync_folder(thrown.parent)
        sync_folder(file.parent)
        _remove_empty(file.parent, download_dir, thrown)
        return True


def _put_back(download_dir: Path, thrown: Path, file: Path) -> bool:
    with storage_errors(file):
        refuse_outside(file, download_dir)
        refuse_outside(thrown, download_dir)
        if not os.path.lexists(thrown):
            return os.path.lexists(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with held_folder(file.parent, download_dir) as held:
                move_file(thrown, file, held)
        except FileExistsError as error:
            if _drop_second_name(file, thrown):
                return True
            raise FileExistsAlreadyError(path=str(file), kept=str(thrown)) from error
        _move_beside(thrown, file)
        for folder, other in zip(thrown.parents, file.parents, strict=False):
            if (folder / SERIES_NFO).is_file():
                _move_unless_there(folder / SERIES_NFO, other / SERIES_NFO)
        sync_folder(file.parent)
        return True


def _move_beside(file: Path, moved: Path) -> None:
    """Move what lies beside a file after it."""
    for path in names_beside(file):
        _move_unless_there(path, moved.with_name(path.name))


def _move_unless_there(path: Path, to: Path) -> None:
    with contextlib.suppress(FileExistsError):
        move_file(path, to)


def _drop_second_name(kept: Path, second: Path) -> bool:
    """Take the second of two names from a file; tell whether it had both. A crash in mid-move leaves two."""
    if not second.exists() or not second.samefile(kept):
        return False
    second.unlink()
    return True


def _empty(download_dir: Path, trash: Path) -> None:
    with storage_errors(trash):
        refuse_outside(trash, download_dir)
        if trash.is_dir():
            shutil.rmtree(trash)
        for folder in (trash.parent, trash.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()  # refuses while something else lies there


def _remove_empty(folder: Path, download_dir: Path, thrown: Path) -> None:
    while folder != download_dir:
        thrown = thrown.parent
        if nfo := lonely_series_nfo(folder):
            _move_unless_there(nfo, thrown / SERIES_NFO)
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EBUSY}:
                raise
            return
        folder = folder.parent
