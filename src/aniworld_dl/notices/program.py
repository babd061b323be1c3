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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock

MOST_OUTPUT_BYTES: Final = 16 * 1024
"""Of what it prints so much is kept; the rest is read and dropped, so that it never waits for us."""
_PIECE_BYTES: Final = 64 * 1024
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
    process = await asyncio.create_subprocess_exec(
        *order.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=order.folder,
        env=dict(order.environment),
        **_own_group(),
    )
    output = bytearray()
    async with asyncio.TaskGroup() as group:
        feeding = group.create_task(_feed(process, order.stdin), name=f"program-{process.pid}-input")
        reading = group.create_task(_read(process, output), name=f"program-{process.pid}-output")
        try:
            in_time = await _ends_within(process, clock, order.timeout_s)
            if in_time:
                await _within(asyncio.shield(reading), clock, _GRACE_S)  # what it left running may hold it open
        finally:
            await _end(process, clock)
            feeding.cancel()
            reading.cancel()
    return Ended(exit_code=process.returncode if in_time else None, output=output.decode("utf-8", "replace"))


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read all of it
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _read(process: asyncio.subprocess.Process, output: bytearray) -> None:
    assert process.stdout is not None
    while piece := await process.stdout.read(_PIECE_BYTES):
        output += piece[: MOST_OUTPUT_BYTES - len(output)]


async def _ends_within(process: asyncio.subprocess.Process, clock: Clock, seconds: float) -> bool:
    return await _within(asyncio.ensure_future(process.wait()), clock, seconds)


async def _within(work: asyncio.Future[Any], clock: Clock, seconds: float) -> bool:
    """Wait for something, but not longer than so many seconds; tell whether it is done."""
    limit = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((work, limit), return_when=asyncio.FIRST_COMPLETED)
        return work.done()
    finally:
        for each in (work, limit):
            each.cancel()
        await asyncio.wait((work, limit))


async def _end(process: asyncio.subprocess.Process, clock: Clock) -> None:
    """End it if it still runs: it is asked to, and killed when it does not. What it has left running goes with it."""
    if process.returncode is None:
        _signal(process, signal.SIGTERM)
        await _ends_within(process, clock, _GRACE_S)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it is gone; macOS says so by the other
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, number)
