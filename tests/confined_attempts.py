"""What a program tries that the file it reads has taken over; run as a child, it prints what came of each attempt."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTACH = 16
_IO_URING_SETUP = 425
_NO_NEW_PRIVILEGES = 39
_BOUNDS = ("CORE", "DATA", "FSIZE", "NOFILE")


def outcome(attempt: Callable[[], Any]) -> str:
    """Return the name of the error that an attempt ends with, or `done`."""
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def call(name: str, *arguments: int | None) -> None:
    """Call a function of the C library."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def attempts(mine: Path, foreign: Path, port: int) -> dict[str, Callable[[], Any]]:
    """Return the attempts. `mine` is its folder, `foreign` another one of the same user, with the file `secret`."""
    parent = os.getppid()
    address = ("127.0.0.1", port)
    return {
        "write in its folder": lambda: (mine / "x").write_text("x"),
        "make a folder there": (mine / "folder").mkdir,
        "rename there": lambda: (mine / "x").rename(mine / "folder" / "x"),
        "remove there": (mine / "folder" / "x").unlink,
        "write elsewhere": lambda: (foreign / "x").write_text("x"),
        "make a link": lambda: (mine / "link").symlink_to(foreign),
        "write by a link": lambda: (mine / "link" / "x").write_text("x"),
        "read elsewhere": (foreign / "secret").read_text,
        "list elsewhere": lambda: list(foreign.iterdir()),
        "cut off elsewhere": lambda: os.truncate(foreign / "secret", 0),
        "remove elsewhere": (foreign / "secret").unlink,
        "take from elsewhere": lambda: (foreign / "secret").rename(mine / "secret"),
        "link to elsewhere": lambda: (mine / "secret").hardlink_to(foreign / "secret"),
        "read the environment of the service": Path(f"/proc/{parent}/environ").read_bytes,
        "read its memory": lambda: call("ptrace", _ATTACH, parent, None, None),
        "ask for its memory": lambda: call("process_vm_readv", parent, None, 0, None, 0, 0),
        "signal it": lambda: os.kill(parent, 0),
        "connect": lambda: socket.create_connection(address, timeout=5),
        "send a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", address),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "ask a daemon": lambda: socket.socket(socket.AF_UNIX).connect(str(foreign / "daemon")),
        "go round by io_uring": lambda: call("syscall", _IO_URING_SETUP, 1, None),
    }


def facts() -> dict[str, Any]:
    """Return what it is and has; bounds are set just after it has started."""
    while resource.getrlimit(resource.RLIMIT_CORE)[0] or resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256:
        time.sleep(0.001)
    return {
        "environment": sorted(os.environ),
        "leads its session": os.getsid(0) == os.getpid(),
        "no new privileges": ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 0, 0, 0, 0),
        "bounds": {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in _BOUNDS},
    }


def main() -> None:
    """Try everything."""
    mine, foreign, port = Path(sys.argv[-3]), Path(sys.argv[-2]), int(sys.argv[-1])
    found = {name: outcome(attempt) for name, attempt in attempts(mine, foreign, port).items()}
    with suppress(BrokenPipeError):
        print(json.dumps({"outcomes": found, "facts": facts()}))  # noqa: T201 - whoever has started it reads it


if __name__ == "__main__":
    main()
