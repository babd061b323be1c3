"""Landlock (Linux 5.13 and newer): a thread gives up files, TCP and signals to others, for itself and what it starts.

https://docs.kernel.org/userspace-api/landlock.html. What a kernel does not know yet is left out.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from aniworld_dl.confine.libc import system_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_BENEATH_A_PATH: Final = 1

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_IOCTL_DEV: Final = 1 << 15
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
"""What may be allowed of something that is no folder."""
_SINCE: Final = ((1, (1 << 13) - 1), (2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV))
"""The version from which on each kind of access to files can be given up."""
_TCP_SINCE: Final = 4
_BIND_OR_CONNECT: Final = 0b11
_SCOPES_SINCE: Final = 6
_SIGNALS_AND_ABSTRACT_SOCKETS: Final = 0b11


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is left to whom it is applied. Folders are meant with all that is in them; what is not there is left out."""

    reads: tuple[Path, ...]
    writes: tuple[Path, ...]
    """What may be read, changed, made and removed."""
    network: bool


@cache
def version() -> int:
    """Return the version of Landlock that the kernel offers, 0 for none."""
    if sys.platform == "linux":
        with suppress(OSError):
            return system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    return 0


def restrict(reach: Reach, known: int | None = None) -> bool:
    """Leave the calling thread `reach`, for good; return whether the kernel does so. It needs `no_new_privileges`.

    No more is asked for than the version `known` of Landlock has, the kernel's own without it.
    """
    known = version() if known is None else known
    if not known:
        return False
    with suppress(OSError):
        attributes = _attributes(known, reach)
        rules = system_call(_CREATE_RULESET, attributes, len(attributes), 0)
        try:
            handled = _handled(known)
            for path, access in _granted(reach):
                _allow(rules, path, access & handled)
            system_call(_RESTRICT_SELF, rules, 0)
        finally:
            os.close(rules)
        return True
    return False


def _handled(known: int) -> int:
    return sum(access for since, access in _SINCE if known >= since)


def _attributes(known: int, reach: Reach) -> bytes:
    """Return `struct landlock_ruleset_attr`, as long as this version knows it."""
    fields = [_handled(known)]
    if known >= _TCP_SINCE:
        fields.append(0 if reach.network else _BIND_OR_CONNECT)
    if known >= _SCOPES_SINCE:
        fields.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    return struct.pack(f"={len(fields)}Q", *fields)


def _granted(reach: Reach) -> Iterator[tuple[Path, int]]:
    for path in reach.reads:
        yield path, _READ
    for path in reach.writes:
        yield path, (1 << 64) - 1


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it is not there, or not for us
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _OF_FILES
        beneath = struct.pack("=Qi", access, place)  # struct landlock_path_beneath_attr is packed
        system_call(_ADD_RULE, rules, _BENEATH_A_PATH, beneath, 0)
    finally:
        os.close(place)
