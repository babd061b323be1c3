"""No descriptor is closed twice: the second time its number may be another file's, of another thread.

uvloop closes what a pipe's file object owns, and then the object too. Between the two nothing of Python's runs but the
object's own method, so the tests take the number there, as another thread would, and look at the end whose it is.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import aniworld_dl
from aniworld_dl.confine.child import Program, start
from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import DEVICES, EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are asyncio's own elsewhere")


class Taken:
    """Numbers that were freed and are taken by files of others."""

    def __init__(self, folder: Path) -> None:
        self.numbers: list[int] = []
        self._file = folder / "other"
        self._file.touch()

    def take(self, number: int) -> None:
        """Open files until one has this number, if it is free."""
        while not is_open(number):
            self.numbers.append(os.open(self._file, os.O_RDONLY))

    def lost(self) -> list[int]:
        """Return those that somebody has closed, or that are another file by now."""
        own = self._file.stat()
        return [number for number in self.numbers if not is_open(number) or not os.path.samestat(os.fstat(number), own)]

    def close(self) -> None:
        """Close what is left."""
        for number in set(self.numbers) - set(self.lost()):
            os.close(number)


def is_open(number: int) -> bool:
    """Tell whether a file has this number."""
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@pytest.fixture
def taken(tmp_path: Path) -> Iterator[Taken]:
    taken = Taken(tmp_path)
    yield taken
    taken.close()


def pipe_end(taken: Taken, number: int) -> io.BufferedReader:
    """Return a file object for a pipe, whose number is taken as soon as somebody else has closed it."""

    class Raw(io.FileIO):
        def close(self) -> None:
            if not self.closed:
                taken.take(number)
            super().close()

    return io.BufferedReader(Raw(number))


class WatchedProgram(subprocess.Popen[bytes]):
    """A program whose pipes are watched."""

    taken: Taken

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("stdout", "stderr"):
            if (pipe := getattr(self, name)) is not None:
                setattr(self, name, pipe_end(self.taken, os.dup(pipe.fileno())))
                pipe.close()


class WatchedSocket(socket.socket):
    """A socket whose number is taken as soon as somebody else has closed it."""

    taken: Taken

    def detach(self) -> int:
        number = super().detach()
        self.taken.take(number)
        return number

    def close(self) -> None:
        number = self.fileno()
        if number >= 0:
            self.taken.take(number)
        super().close()
        if number >= 0:
            self.taken.take(number)


@pytest.fixture
def watched(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> Taken:
    """Let every pipe and every pair of sockets made from now on be watched."""
    pair = socket.socketpair
    monkeypatch.setattr(WatchedProgram, "taken", taken, raising=False)
    monkeypatch.setattr(WatchedSocket, "taken", taken, raising=False)
    monkeypatch.setattr(subprocess, "Popen", WatchedProgram)
    monkeypatch.setattr(socket, "socketpair", lambda: tuple(WatchedSocket(fileno=each.detach()) for each in pair()))
    return taken


def on_uvloop(work: Any) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def until_all_is_closed() -> None:
    """Let everything happen that the end of a child has set going."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_the_danger_is_real(taken: Taken) -> None:
    """A pipe that uvloop reads is closed twice. Once this fails sockets are a habit, not a need."""

    async def read_a_pipe() -> None:
        reading, writing = os.pipe()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(asyncio.Protocol, pipe_end(taken, reading))
        transport.close()
        await until_all_is_closed()
        os.close(writing)

    on_uvloop(read_a_pipe())
    assert taken.lost()


@pytest.mark.parametrize("killed", [False, True])
def test_the_end_of_a_child_closes_no_file_of_others(watched: Taken, killed: bool) -> None:
    program = Program(
        command=["/bin/sh", "-c", "exec sleep 60" if killed else "echo out; echo err >&2"],
        reach=Reach(reads=EVERYTHING, writes=DEVICES, network=False),
        environment={"PATH": os.defpath},
        output=True,
    )

    async def run() -> None:
        child = await start(program)
        assert child.stdout is not None
        assert child.stderr is not None
        if killed:
            child.kill()
        else:
            assert [await each.read() for each in (child.stdout, child.stderr)] == [b"out\n", b"err\n"]
        assert (await child.wait() < 0) == killed
        await until_all_is_closed()

    on_uvloop(run())
    assert watched.numbers
    assert watched.lost() == []


def test_no_module_lets_the_loop_read_or_write_a_pipe() -> None:
    """Subprocesses of asyncio are another thing: uvloop talks to them by sockets of its own."""
    sources = Path(aniworld_dl.__file__).parent.rglob("*.py")
    assert [path for path in sources if re.search(rb"connect_(read|write)_pipe", path.read_bytes())] == []
