"""Starts a program behind walls: in a session of its own, with bounds, and on a leash, so that it ends when we do.

The walls are put up by the thread that starts the program, which inherits them. Nothing of ours runs between fork and
exec, and no other program has to be there or to be started for it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from aniworld_dl.confine.walls import put_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.confine.landlock import Reach

_MEMORY_BYTES: Final = 4 * 1024**3
_FILE_BYTES: Final = 1024**4
_OPEN_FILES: Final = 256
_SET_SIGNAL: Final = 10
"""F_SETSIG of fcntl(2): which signal comes in place of SIGIO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is to be started, where, in which environment, and what is left to it."""

    command: Sequence[str]
    reach: Reach
    environment: Mapping[str, str]
    folder: Path | None = None
    output: bool = False
    """Whether its standard output is wanted; its standard error always is."""
    descriptors: Sequence[int] = ()
    """File descriptors that it inherits, under the same numbers."""
    niceness: int = 0


class Child(Protocol):
    """A program that runs. `returncode` is None until `wait` has seen its end."""

    @property
    def returncode(self) -> int | None:
        """Its status, or the negative number of the signal that ended it."""
        ...

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """What it prints, where that is wanted."""
        ...

    @property
    def stderr(self) -> asyncio.StreamReader | None:
        """What it complains about."""
        ...

    async def wait(self) -> int:
        """Wait for its end, and return its status."""
        ...

    def kill(self) -> None:
        """End it, and what it has started in its session."""
        ...


async def start(program: Program) -> Child:
    """Start a program. Whoever is cancelled meanwhile leaves none behind.

    Raises:
        OSError: it cannot be started.
    """
    if sys.platform == "linux":
        return await _Confined.start(program)
    return await asyncio.create_subprocess_exec(  # type: ignore[unreachable] # pragma: no cover - no walls there
        *program.command, **_options(program), stdin=subprocess.DEVNULL
    )


class _Confined:
    """A program on Linux: started by a thread that is confined as it should be, and waits for its end."""

    def __init__(self, program: Program) -> None:
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._program = program
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[subprocess.Popen[bytes]] = self._loop.create_future()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._leash = Leash()
        # uvloop closes the descriptor of a pipe twice, and with it whatever another thread has opened meanwhile
        self._ours: list[socket.socket | asyncio.Transport] = []
        self._its: list[socket.socket] = []

    @classmethod
    async def start(cls, program: Program) -> _Confined:
        child = cls(program)
        try:
            child._make_sockets()
            threading.Thread(target=child._work, name="child", daemon=True).start()
        except OSError:
            child._let_go()
            raise
        except RuntimeError as error:  # Python's word for it when there are no more processes
            child._let_go()
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        try:
            process = await asyncio.shield(child._started)
        except asyncio.CancelledError:
            child._started.add_done_callback(child._abandon)
            raise
        except BaseException:
            child._let_go()
            raise
        try:
            await child._take(process)
        except BaseException:
            child.kill()
            raise
        return child

    async def wait(self) -> int:
        """Wait for its end."""
        self.returncode = await asyncio.shield(self._ended)
        self._leash.let_go()
        return self.returncode

    def kill(self) -> None:
        """End it and all that is on its leash; what it has said and nobody has read is dropped."""
        self._started.result().kill()
        self._let_go()

    def _let_go(self) -> None:
        self._leash.let_go()
        for each in (*self._ours, *self._its):
            each.close()

    def _make_sockets(self) -> None:
        """Make one pair for standard error, and one for standard output if that is wanted."""
        for _ in range(1 + self._program.output):
            ours, its = socket.socketpair()
            self._ours.append(ours)
            self._its.append(its)

    def _work(self) -> None:
        """Put up the walls, start the program and wait for its end."""
        options = _options(self._program, self._leash.held)
        options |= dict(zip(("stderr", "stdout"), self._its, strict=False))
        try:
            put_up(self._program.reach)
            process = subprocess.Popen(self._program.command, stdin=subprocess.DEVNULL, **options)
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            self._tell(self._started.set_exception, error)
            return
        self._tell(self._started.set_result, process)
        self._tell(self._ended.set_result, process.wait())

    def _tell(self, set_outcome: Any, outcome: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(set_outcome, outcome)

    def _abandon(self, started: asyncio.Future[subprocess.Popen[bytes]]) -> None:
        if started.exception() is None:
            self.kill()
        self._let_go()

    async def _take(self, process: subprocess.Popen[bytes]) -> None:
        """Put it on the leash, bound it, and listen to it."""
        for its in self._its:
            its.close()
        self._leash.put_on(process.pid)
        _bound(process.pid, self._program.niceness)
        readers = [await self._reader(place) for place in range(len(self._ours))]
        self.stderr, self.stdout = readers[0], readers[1] if len(readers) > 1 else None

    async def _reader(self, place: int) -> asyncio.StreamReader:
        reader, ours = asyncio.StreamReader(), self._ours[place]
        assert isinstance(ours, socket.socket)
        made = await self._loop.create_unix_connection(lambda: _UntilItsEnd(reader), sock=ours)
        self._ours[place] = made[0]
        return reader


class _UntilItsEnd(asyncio.StreamReaderProtocol):
    """Closes our end when all is read."""

    def eof_received(self) -> bool:
        super().eof_received()
        return False


class Leash:
    """A pipe of which the child has one end: the kernel kills its group when the other is closed, also by our own end.

    Without effect where the kernel sends no signals for pipes, and on what has left the group.
    """

    def __init__(self) -> None:
        self.held, self._ours = os.pipe()

    def put_on(self, leader: int) -> None:
        """Let the process group of `leader`, which has inherited `held`, end with this."""
        import fcntl  # noqa: PLC0415 - exists on POSIX only

        with suppress(OSError):
            fcntl.fcntl(self.held, fcntl.F_SETOWN, -leader)
            fcntl.fcntl(self.held, _SET_SIGNAL, signal.SIGKILL)
            fcntl.fcntl(self.held, fcntl.F_SETFL, fcntl.fcntl(self.held, fcntl.F_GETFL) | os.O_ASYNC)
        os.close(self.held)
        self.held = -1

    def let_go(self) -> None:
        """Kill what is left of the group; nothing happens the second time."""
        for descriptor in (self._ours, self.held):
            if descriptor >= 0:
                os.close(descriptor)
        self._ours = self.held = -1


def _options(program: Program, *held: int) -> dict[str, Any]:
    own: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
    return {
        **own,
        "stdout": subprocess.PIPE if program.output else subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "cwd": program.folder,
        "env": dict(program.environment),
        "pass_fds": (*program.descriptors, *held),
    }


def _bound(pid: int, niceness: int) -> None:
    """Bound what it may use, and let others go first."""
    import resource  # noqa: PLC0415 - exists on POSIX only

    with suppress(ProcessLookupError, PermissionError, ValueError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        for bound, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_DATA, _MEMORY_BYTES),
            (resource.RLIMIT_FSIZE, _FILE_BYTES),
            (resource.RLIMIT_NOFILE, _OPEN_FILES),
        ):
            _, hard = resource.prlimit(pid, bound)
            value = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.prlimit(pid, bound, (value, value))
