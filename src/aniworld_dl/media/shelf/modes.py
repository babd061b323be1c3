"""Permissions of what is put into the library. Whom it belongs to is never changed: it is whoever runs the program."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_NO_PERMISSIONS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """Permissions as the bits of `chmod`; None leaves them to the umask."""

    file: int | None = None
    folder: int | None = None


NO_MODES: Final = Modes()


def modes_of(file: str | None, folder: str | None) -> Modes:
    """Return the modes that two settings, in octal digits, stand for."""
    return Modes(file=None if file is None else int(file, 8), folder=None if folder is None else int(folder, 8))


def set_mode(path: Path, mode: int | None) -> None:
    """Set the permissions of a file or folder, where its file system has any. It blocks.

    Raises:
        OSError: the system refuses for another reason.
    """
    if mode is None:
        return
    try:
        path.chmod(mode)
    except OSError as error:
        if error.errno not in _NO_PERMISSIONS:  # exFAT and some shares have none
            raise
