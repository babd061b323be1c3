"""What a thread gives up before it starts a program, and what came of it on this system."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.confine import landlock, seccomp
from aniworld_dl.confine.libc import no_new_privileges

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

EVERYTHING: Final = (Path("/"),)
PROGRAMS: Final = tuple(
    map(
        Path,
        (
            *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"),
            *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/openssl.cnf"),
            *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system"),
        ),
    )
)
"""Where a system keeps programs, what they are made of, and what they ask of the machine; nothing of its users."""
DEVICES: Final = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What this system can do to a child process."""

    landlock_version: int
    """0: it cannot be kept to its files."""
    network: bool
    """Whether the network can be taken from it."""


def confinement() -> Confinement:
    """Return what this system can do."""
    return Confinement(landlock_version=landlock.version(), network=seccomp.is_offered())


def put_up(reach: landlock.Reach) -> None:
    """Leave `reach` to the calling thread and to all that it starts, for good, as far as the system can."""
    if sys.platform != "linux":
        return
    with suppress(OSError):  # without it the others are refused too
        no_new_privileges()
    landlock.restrict(reach)
    if not reach.network:
        seccomp.refuse_network()


def behind(reach: landlock.Reach, function: Callable[[], T], name: str) -> Future[T]:
    """Call a function in a thread of its own that has put walls up; what it starts has them too."""
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            put_up(reach)
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            outcome.set_exception(error)

    threading.Thread(target=work, name=name, daemon=True).start()
    return outcome
