"""Calls of the system that Python has no names for."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Any, Final

_SET_NO_NEW_PRIVILEGES: Final = 38
"""PR_SET_NO_NEW_PRIVS of prctl(2)."""


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call by its number, and return what it does.

    Raises:
        OSError: it fails.
    """
    return _checked(_libc().syscall, number, *arguments)


def process_control(option: int, *arguments: int | bytes | None) -> int:
    """Call prctl(2) and return what it does.

    Raises:
        OSError: it fails.
    """
    return _checked(_libc().prctl, option, *arguments)


def no_new_privileges() -> None:
    """Keep the calling thread, and what it starts, from ever getting more rights: by setuid, setgid or capabilities.

    Raises:
        OSError: the system cannot.
    """
    process_control(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _checked(function: Any, *arguments: int | bytes | None) -> int:
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = function(*words)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
