"""Takes possession of the folders: they exist, can be written, and belong to one process at a time."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from aniworld_dl.errors import FolderDeniedError, FolderInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def prepare_folder(path: Path) -> None:
    """Create a folder and prove by a file that it can be written.

    Raises:
        FolderDeniedError: it cannot be created or written, with the system's words.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"aniworld-dl")
    except OSError as error:
        raise FolderDeniedError(path=str(path), reason=error.strerror or str(error)) from error


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
