"""The last step: a proven file gets its name in the library, at once or not at all, and never over another file."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import held_folder, in_thread, refuse_outside, storage_errors, translated
from aniworld_dl.media.shelf.modes import NO_MODES, Modes, set_mode
from aniworld_dl.media.shelf.portable import name_key

if TYPE_CHECKING:
    from pathlib import Path, PurePath

NO_HARD_LINKS: Final = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL}
)

_ONE_AT_A_TIME: Final = threading.Lock()
"""Two that make the same folder in different spellings would make two."""


async def place(part: Path, download_dir: Path, target: PurePath, modes: Modes = NO_MODES) -> Path:
    """Move a finished file to `target` below `download_dir`, make it last a power cut, and return its path.

    Folders that are there already under another spelling of their names are used as they are.

    Raises:
        FileExistsError: there is something at `target` already; `part` is left as it is.
        FolderDeniedError: `target` is not below `download_dir`, or a folder cannot be written.
        StorageError: the disk is full or refuses otherwise.
    """
    return await in_thread(_place, part, download_dir, target, modes)


def ready_path(download_dir: Path, target: PurePath, modes: Modes) -> Path:
    """Return where a file goes, in the spelling that is there already, with all its folders made. It blocks.

    Raises:
        FolderDeniedError: `target` is not below `download_dir`, or a folder cannot be written.
        StorageError: the disk is full or refuses otherwise.
    """
    with _ONE_AT_A_TIME, storage_errors((download_dir / target).parent):
        refuse_outside(download_dir / target, download_dir)
        final = download_dir / known_path(download_dir, target)
        refuse_outside(final, download_dir)  # a known spelling can be that of a link
        missing = [folder for folder in reversed(final.parents) if folder != download_dir and not folder.exists()]
        final.parent.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            set_mode(folder, modes.folder)
    return final


def _place(part: Path, download_dir: Path, target: PurePath, modes: Modes) -> Path:
    final = ready_path(download_dir, target, modes)
    try:
        with storage_errors(final.parent):
            sync_file(part)
            set_mode(part, modes.file)
        with held_folder(final.parent, download_dir) as folder:
            move_file(part, final, folder)
    except FileExistsError:
        raise
    except OSError as error:
        raise translated(error, final) from error
    sync_folder(final.parent)
    return final


Spellings = dict["Path", dict[str, str]]
"""What folders hold: by what names have in common, the first of them. Valid as long as nobody writes there."""


def known_path(download_dir: Path, target: PurePath, spellings: Spellings | None = None) -> PurePath:
    """Return a path in the spelling in which its folders, and the file itself, are there already. It blocks.

    Case, width and the way accents are written make no difference: on half of all file systems there could not be both.
    What is listed is kept in `spellings`, for who asks for many paths.
    """
    listed = {} if spellings is None else spellings
    known = download_dir
    for part in target.parts:
        known /= part if os.path.lexists(known / part) else _spelling(known, part, listed)
    return known.relative_to(download_dir)


def _spelling(folder: Path, name: str, listed: Spellings) -> str:
    if folder not in listed:
        listed[folder] = {}
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
            for other in sorted((each.name for each in found), reverse=True):
                listed[folder][name_key(other)] = other
    return listed[folder].get(name_key(name), name)


def move_file(part: Path, final: Path, folder: int | None = None) -> None:
    """Give a file another name on the same file system, never over another file. It blocks.

    With a `folder` that is held, it goes there whatever its path leads to by now.

    Raises:
        OSError: the system refuses; `FileExistsError` when there is something at `final`.
    """
    try:
        # the one call that never replaces a file, on every system
        os.link(part, final if folder is None else final.name, dst_dir_fd=folder)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        _rename(part, final, folder)
    else:
        part.unlink()


def _rename(part: Path, final: Path, folder: int | None) -> None:
    # exFAT and some network shares have no hard links; this process is the only one that writes this name
    if os.path.lexists(final):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final))
    os.rename(part, final if folder is None else final.name, dst_dir_fd=folder)


def sync_file(part: Path) -> None:
    """Make what was written into a file last a power cut. It blocks."""
    with part.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder last a power cut, where the system can. It blocks."""
    # Windows opens no folders, some file systems do not sync them; the file itself is on disk
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
