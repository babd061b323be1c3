"""Runs a program with something on its standard input: no shell, a group of its own, bounded in time and output."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock

MOST_OUTPUT_BYTES: Final = 16 * 1024
"""Of what it prints so much is kept; the rest is read and dropped, so that it never waits for us."""
_OUTPUT: Final = 1
_GRACE_S: Final = 2.0
"""How long it may take to end when asked to, and its output to end when it has."""
_INHERITED: Final = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA"),
)
"""What of the environment a program gets to see: nothing that could be a secret of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run, where, in which environment, for how many seconds at most."""

    command: Sequence[str]
    stdin: bytes
    folder: Path
    environment: Mapping[str, str]
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: None as exit code when it took too long. `output` is what it printed first."""

    exit_code: int | None
    output: str


def plain_environment() -> dict[str, str]:
    """Return the part of our environment that any program may see."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


async def run_program(order: Order, clock: Clock) -> Ended:
    """Run a program to its end. What it has left running in its group is ended then.

    When it takes too long, or whoever waits is cancelled, all of it is ended.

    Raises:
        OSError: it cannot be started.
    """
    watch = _Watch()
    transport, _ = await asyncio.get_running_loop().subprocess_exec(
        lambda: watch,
        *order.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=order.folder,
        env=dict(order.environment),
        **_own_group(),
    )
    try:
        _feed(transport, order.stdin)
        in_time = await wait_for(watch.exited, clock, order.timeout_s)
        if in_time:
            await wait_for(watch.silent, clock, _GRACE_S)  # what it has left running may hold its output open
    finally:
        await _end(transport, watch, clock)
    exit_code = transport.get_returncode() if in_time else None
    return Ended(exit_code=exit_code, output=watch.output.decode("utf-8", "replace"))


class _Watch(asyncio.SubprocessProtocol):
    """Keeps the first of what a program prints and notes when it ends, which is not when its output does."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - there is one output
        self.output += data[: MOST_OUTPUT_BYTES - len(self.output)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - it need not read its input
        if fd == _OUTPUT:
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":  # pragma: no cover - a system without process groups
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    stdin = transport.get_pipe_transport(0)
    assert isinstance(stdin, asyncio.WriteTransport)
    stdin.write(data)
    stdin.close()  # when it has read all of it


async def _end(transport: asyncio.SubprocessTransport, watch: _Watch, clock: Clock) -> None:
    """End it if it still runs: it is asked to, and killed when it does not. What it has left running goes with it."""
    if not watch.exited.is_set():
        _signal(transport, signal.SIGTERM)
        await wait_for(watch.exited, clock, _GRACE_S)
    _signal(transport, getattr(signal, "SIGKILL", signal.SIGTERM))
    await watch.exited.wait()
    transport.close()


def _signal(transport: asyncio.SubprocessTransport, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it is gone; macOS says so by the other
        if sys.platform == "win32":  # pragma: no cover - as above
            transport.kill()
        else:
            os.killpg(transport.get_pid(), number)
