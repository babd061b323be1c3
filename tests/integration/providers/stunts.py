"""What a messy library might do; called in a child process."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from aniworld_dl.errors import NoEpisodesError
from tests.confined_attempts import outcome


def echo(**arguments: Any) -> dict[str, Any]:
    return arguments


def facts() -> dict[str, Any]:
    return {"pid": os.getpid(), "environment": dict(os.environ), "cwd": str(Path.cwd()), "home": str(Path.home())}


def escape(home: str, outside: str) -> dict[str, Any]:
    """Try to reach what is not at home."""
    parent = os.getppid()
    attempts = {
        "write at home": lambda: Path(home, "x").write_text("x"),
        "write outside": lambda: Path(outside, "x").write_text("x"),
        "read outside": lambda: Path(outside, "queue.sqlite3").read_text(),
        "list outside": lambda: os.listdir(outside),  # noqa: PTH208 - as libraries do
        "read the service": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "end the service": lambda: os.kill(parent, 0),
        "resolve a name": lambda: socket.getaddrinfo("localhost", 80),
    }
    found: dict[str, Any] = {name: outcome(attempt) for name, attempt in attempts.items()}
    found["no new privileges"] = ctypes.CDLL(None).prctl(39, 0, 0, 0, 0)
    found["open files"] = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return found


def die(code: int) -> None:
    os._exit(code)


def die_once(mark: str) -> str:
    """End the process the first time, answer the second."""
    path = Path(mark)
    if not path.exists():
        path.touch()
        os._exit(9)
    return "again"


def hang() -> None:
    threading.Event().wait()


def wait_for(path: str) -> str:
    Path(f"{path}.began").touch()
    while not Path(path).exists():
        time.sleep(0.005)
    return path


def spin() -> None:
    while True:
        pass


def grow() -> int:
    return len(bytearray(1 << 33))


def babble() -> str:
    print("this is no answer")  # noqa: T201 - libraries do
    os.system("echo neither is this")
    return "said"


def flood() -> str:
    return "x" * (20 * 1024 * 1024)


def nonsense() -> object:
    return object()


def refuse() -> None:
    raise NoEpisodesError(url="https://a.example/")


def leave() -> None:
    sys.exit("enough")


def connect(host: str, port: int) -> str:
    with socket.create_connection((host, port), timeout=5):
        return "connected"


def run_program() -> int:
    return subprocess.run(["true"], check=False).returncode
