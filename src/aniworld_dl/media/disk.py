"""Files from asyncio: work goes to threads and is waited for, and the system's errors become ours here alone."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.errors import DiskFullError, FileFailedError, FolderDeniedError, ResourcesShortError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aniworld_dl.errors import StorageError

T = TypeVar("T")

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CAN_HOLD: Final = {os.open, os.link, os.rename} <= os.supports_dir_fd
"""Windows cannot; making links there takes rights that few have."""
_FOLDER: Final = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", os.O_RDONLY)
SHORT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
"""Errors of a system that has no more open files or memory to give."""
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Run a short blocking function in a thread and return what it returns.

    A caller that is cancelled still waits for the end of the function, so that nothing writes behind its back when
    it goes on to close or remove what the function works on. Functions handed in here take pieces, not whole files.
    """
    future = asyncio.get_running_loop().run_in_executor(None, function, *args)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await _ended(future)
        raise


async def _ended(future: asyncio.Future[T]) -> None:
    again: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError as error:
            again = error
    if not future.cancelled():
        future.exception()  # seen: the cancellation is what the caller reports
    if again is not None:
        raise again


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into ours, with the path that people know.

    Raises:
        DiskFullError: there is no space, or the quota is used up.
        FolderDeniedError: there is no right to write.
        ResourcesShortError: the program may have no more open files, or memory.
        FileFailedError: anything else.
    """
    try:
        yield
    except OSError as error:
        raise translated(error, path) from error


def translated(error: OSError, path: Path) -> StorageError:
    """Return the error of ours that an error of the system stands for."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return DiskFullError(path=str(path))
    if error.errno in _DENIED:
        return FolderDeniedError(path=str(path), reason=reason)
    if error.errno in SHORT:
        return ResourcesShortError(reason=reason)
    return FileFailedError(path=str(path), reason=reason)


def refuse_outside(final: Path, download_dir: Path) -> None:
    """Follow links and refuse what does not lie in the download folder then. It blocks.

    Raises:
        FolderDeniedError: it leads elsewhere.
    """
    root = download_dir.resolve()
    if not final.parent.resolve().is_relative_to(root) or final == download_dir:
        raise _outside(final.parent)


@contextmanager
def held_folder(folder: Path, download_dir: Path) -> Iterator[int | None]:
    """Hold on to a folder in the download folder, whatever is put in its place meanwhile; None where no system can.

    Links are followed to see where it is, and none on the way there: one that has been put in since is refused.

    Raises:
        FolderDeniedError: it is not in the download folder.
        OSError: it cannot be opened.
    """
    if not _CAN_HOLD:
        yield None
        return
    root, real = download_dir.resolve(), folder.resolve()
    if not real.is_relative_to(root):
        raise _outside(folder)
    held = os.open(root, _FOLDER)
    try:
        for name in real.relative_to(root).parts:
            inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=held)
            os.close(held)
            held = inner
        yield held
    finally:
        os.close(held)


def _outside(folder: Path) -> FolderDeniedError:
    return FolderDeniedError(path=str(folder), reason="it leads out of the download folder")
