"""Programs in ffmpeg's place that read, stop reading, hang or fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FfmpegStoppedError, MuxError, StorageError
from aniworld_dl.ffmpeg import Ffmpeg
from aniworld_dl.media.mux.fed_ffmpeg import run_fed
from aniworld_dl.media.mux.pipes import FileOutlet, PipeOutlet
from tests.pipe_threads import threads_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from aniworld_dl.media.mux.pipes import Outlet

DATA = os.urandom(3 << 20)
"""More than a pipe holds."""


@pytest.fixture(autouse=True)
def leaves_nothing_open() -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert threads_end()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


class Stage:
    """A shell script in ffmpeg's place; its first argument is the number of a pipe, or a file's name."""

    def __init__(self, folder: Path, lines: str, outlet: Outlet | None = None) -> None:
        self.folder = folder
        self.program = folder / "ffmpeg"
        self.program.write_text(f"#!/bin/sh\nshift 2\necho $$ > pid\n{lines}\n")
        self.program.chmod(0o755)
        self.outlet = outlet or PipeOutlet()

    @property
    def source(self) -> str:
        return str(self.outlet.reader) if isinstance(self.outlet, PipeOutlet) else self.outlet.arguments[-1]

    async def send(self) -> None:
        await self.outlet.send(DATA)
        await self.outlet.finish()

    async def run(self, hand_over: Callable[[], Awaitable[None]] | None = None, timeout_s: float = 20.0) -> None:
        ffmpeg = Ffmpeg(path=self.program, version=(9, 0))
        await run_fed(
            ffmpeg, [self.source], [self.outlet], hand_over or self.send, timeout_s=timeout_s, cwd=self.folder
        )

    def is_running(self) -> bool:
        try:
            os.kill(int((self.folder / "pid").read_text()), 0)
        except ProcessLookupError:
            return False
        return True


async def test_what_is_written_into_a_pipe_is_read(tmp_path: Path) -> None:
    await Stage(tmp_path, 'cat "/proc/self/fd/$1" > got').run()
    assert (tmp_path / "got").read_bytes() == DATA


async def test_a_file_is_there_before_the_program_starts(tmp_path: Path) -> None:
    await Stage(tmp_path, 'cp "$1" got', FileOutlet(tmp_path, "joined.part")).run()
    assert (tmp_path / "got").read_bytes() == DATA


async def test_without_anything_to_write_it_is_just_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "exit 0", FileOutlet(tmp_path, "nothing"))

    async def nothing() -> None:
        """Have nothing to write."""

    await run_fed(Ffmpeg(path=stage.program, version=(9, 0)), [], [], nothing, timeout_s=20, cwd=tmp_path)
    assert (tmp_path / "pid").exists()


async def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    """That it reads no more is its consequence."""
    with pytest.raises(MuxError, match="invalid data"):
        await Stage(tmp_path, "echo invalid data >&2; exit 1").run()


async def test_a_program_that_ends_well_too_early_has_not_read_everything(tmp_path: Path) -> None:
    with pytest.raises(MuxError, match="ended before it had read everything"):
        await Stage(tmp_path, 'head -c 100 "/proc/self/fd/$1" > got').run()


async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "exec sleep 600", PipeOutlet(patience_s=0.001))
    with pytest.raises(FfmpegStoppedError, match="it read nothing"):
        await stage.run()
    assert not (tmp_path / "pid").exists() or not stage.is_running()


async def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """After the time limit and a second for each MiB that it was given, since it may have to write that once more."""
    stage = Stage(tmp_path, 'cat "/proc/self/fd/$1" > got; exec sleep 600')
    with pytest.raises(FfmpegStoppedError, match="did not end within 0 s"):
        await stage.run(timeout_s=-2.9)
    assert not stage.is_running()


@pytest.mark.parametrize("pipes", [True, False])
async def test_what_goes_wrong_while_writing_ends_it(tmp_path: Path, pipes: bool) -> None:
    stage = Stage(tmp_path, "exec sleep 600", PipeOutlet() if pipes else FileOutlet(tmp_path, "joined.part"))

    async def fail() -> None:
        await stage.outlet.send_file(tmp_path / "gone")
        await stage.outlet.flush()

    with pytest.raises(StorageError, match="gone"):
        await stage.run(fail)
    assert not (tmp_path / "pid").exists() or not stage.is_running()


async def test_a_cancelled_caller_leaves_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 'read line < "/proc/self/fd/$1"; exec sleep 600')
    reading = asyncio.Event()

    async def send() -> None:
        await stage.outlet.send(b"line\n")
        while stage.outlet.sent_bytes < 100_000:
            await stage.outlet.send(b"x" * 1000)
        reading.set()
        await stage.outlet.send(DATA)

    task = asyncio.create_task(stage.run(send))
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not stage.is_running()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
