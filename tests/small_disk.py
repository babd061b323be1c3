"""A file system of 64 MB of its own, and what fills it."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHOUT_MOUNTS: Final = "TESTS_WITHOUT_MOUNTS"
"""An environment variable: set, tests that need a mount are left out."""
_PIECE: Final = bytes(1 << 20)


@contextmanager
def small_disk(folder: Path, size_mb: int = 64) -> Iterator[Path]:
    """Mount a tmpfs for the length of the block. The test fails where that is not allowed."""
    if os.environ.get(WITHOUT_MOUNTS):
        pytest.skip(f"{WITHOUT_MOUNTS} is set")
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"a tmpfs cannot be mounted here ({done.stderr.strip()}): run the tests as root in a container that may "
            f"mount, or set {WITHOUT_MOUNTS}=1 to leave out what needs it"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let everybody who opens something below a folder find it read-only, for the length of the block."""
    for options in (["--bind"], ["-o", "remount,ro,bind"]):
        subprocess.run(["mount", *options, str(folder), str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path, *, leave_bytes: int = 0) -> None:
    """Write a file that takes what is free on its file system but so many bytes."""
    usage = os.statvfs(path.parent)
    left = usage.f_bavail * usage.f_frsize - leave_bytes
    with suppress(OSError), path.open("wb", buffering=0) as file:  # that is what it is for
        while left > 0:
            left -= file.write(_PIECE[:left])
