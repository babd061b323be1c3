"""Takes possession of the folders: they exist, can be written, and belong to one process at a time."""

from __future__ import annotations

import errno
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from aniworld_dl.errors import FolderDeniedError, FolderInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_PROBE: Final = b"aniworld-dl" * 4096
"""More than what fits beside the name of a file, or into what is left of its last block."""


def prepare_folder(path: Path) -> None:
    """Create a folder and prove by a file that it can be written.

    Raises:
        FolderDeniedError: it cannot be created or written, with the system's words.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderDeniedError(path=str(path), reason=error.strerror or str(error)) from error
    if (reason := refusal_of(path)) is not None:
        raise FolderDeniedError(path=str(path), reason=reason)


def refusal_of(path: Path) -> str | None:
    """Return the system's words why no file can be written in a folder, None when one can. Blocks: for threads.

    That there is no room is no refusal.
    """
    error = failure_in(path)
    return None if error is None or is_full(error) else error.strerror or str(error)


def failure_in(path: Path) -> OSError | None:
    """Return what becomes of writing a file in a folder, None when that goes well. Blocks: for threads."""
    try:
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(_PROBE)
    except OSError as error:
        return error
    return None


def is_full(error: OSError) -> bool:
    """Tell whether an error says that there is no room."""
    return error.errno in _FULL


@contextmanager
def sole_owner(folder: Path) -> Iterator[None]:
    """Own a folder for the length of the block; the system frees it when the process dies, however it dies.

    Raises:
        FolderInUseError: another process owns it.
    """
    lock = FileLock(folder / ".lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FolderInUseError(path=str(folder)) from error
    try:
        yield
    finally:
        lock.release()
