"""What joined segments are written to for ffmpeg to read: a pipe where there are such, else a file in the work folder.

Through a pipe ffmpeg reads while it is written, and files go in without a copy in this process and without a thread
that waits. Windows hands no pipes on to a child process by number: there ffmpeg starts when the file is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FfmpegStoppedError
from aniworld_dl.media.disk import in_thread, storage_errors, translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIPES_WORK: Final = sys.platform != "win32"

_PIPE_BYTES: Final = 1 << 20
_PIECE_BYTES: Final = 1 << 16
_COPY_BYTES: Final = 4 << 20
_TURN_BYTES: Final = 16 << 20
"""What a child that works at all reads in the time that is waited for it."""
_AHEAD: Final = 2
"""So many things that are to be written may wait for the thread, or be under way."""
_SENDS_FILES: Final = sys.platform == "linux"
"""Elsewhere only sockets take a file."""
_PATIENCE_S: Final = 300.0
"""How long a child may take nothing although everything it could want is there."""


def never() -> bool:
    """Have no other reason for a child that reads nothing than the child itself."""
    return True


class PipeOutlet:
    """The writing end of a pipe whose reading end a child process inherits. POSIX only.

    It has a thread of its own, which waits inside the system for the child to read: nothing else costs as little. The
    thread ends when the child does, also when nobody waits for it any more. `stuck` is asked when nothing was taken for
    `patience_s`: it tells whether that is the child's fault. `ahead` is how much may be handed over and not be written.
    """

    def __init__(
        self,
        *,
        stuck: Callable[[], bool] = never,
        patience_s: float = _PATIENCE_S,
        ahead: int = _AHEAD,
        sends_files: bool = _SENDS_FILES,
    ) -> None:
        self.sent_bytes = 0
        self.reader, self._writer = os.pipe()
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="pipe")
        self._stuck = stuck
        self._patience_s = patience_s
        self._ahead = ahead
        self._under_way: deque[asyncio.Future[None]] = deque()
        self._move = self._send_pieces if sends_files else self._copy_pieces
        if sys.platform == "linux":  # pragma: no branch - elsewhere pipes keep their size
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            with contextlib.suppress(OSError):  # the user's share of pipe memory is used up
                fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The input arguments with which ffmpeg reads it."""
        return ("-protocol_whitelist", "pipe", "-blocksize", str(_PIPE_BYTES), "-i", f"pipe:{self.reader}")

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._thread is None

    def handed_over(self) -> None:
        """Close the reading end in this process, once the child has it, so that the end of the child is noticed."""
        if self.reader >= 0:
            os.close(self.reader)
            self.reader = -1

    def close(self) -> None:
        """Close what is open: the child sees the end of its input, at the latest when it has read what is under way."""
        self.handed_over()
        if self._thread is not None:
            # the thread closes what it writes to: closed from here, its number could be another file's by then
            self._thread.submit(os.close, self._writer)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def send(self, data: bytes | bytearray) -> None:
        """Write bytes, or have them written next.

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
        """
        await self._hand_over(self._write, memoryview(data))

    async def send_file(self, path: Path, start: int = 0) -> None:
        """Write a file from `start` on, or have it written next: it must stay until then (`flush`).

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
            StorageError: a file cannot be read.
        """
        await self._hand_over(self._write_file, path, start)

    async def flush(self) -> None:
        """Wait until everything is written.

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
            StorageError: a file cannot be read.
        """
        await self._wait(left=0)

    async def finish(self) -> None:
        """Close it when everything is written; raises what `flush` does."""
        await self.flush()
        self.close()

    async def _hand_over(self, function: Callable[..., None], *args: object) -> None:
        """Let the thread do something next. It must never have to ask the event loop for more while the child waits."""
        assert self._thread is not None, "it is closed"
        done = asyncio.wrap_future(self._thread.submit(function, *args))
        done.add_done_callback(_look_at)
        self._under_way.append(done)
        await self._wait(left=self._ahead)

    async def _wait(self, *, left: int) -> None:
        """Wait until so much is left to do, but not when cancelled: the child is ended next, and the thread with it."""
        while len(self._under_way) > left:
            sent_bytes = self.sent_bytes
            try:
                async with asyncio.timeout(self._patience_s):
                    await asyncio.shield(self._under_way[0])
            except TimeoutError as error:
                if self.sent_bytes == sent_bytes and self._stuck():
                    raise FfmpegStoppedError(reason=f"it read nothing for {self._patience_s:.0f} s") from error
            else:
                self._under_way.popleft()

    def _write_file(self, path: Path, start: int) -> None:
        try:
            with path.open("rb", buffering=0) as source:
                self._move(source.fileno(), start)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise translated(error, path) from error

    def _send_pieces(self, source: int, start: int) -> None:
        place = start
        while moved := os.sendfile(self._writer, source, place, _TURN_BYTES):
            place += moved
            self.sent_bytes += moved

    def _copy_pieces(self, source: int, start: int) -> None:
        place = start
        while piece := os.pread(source, _PIECE_BYTES, place):
            self._write(memoryview(piece))
            place += len(piece)

    def _write(self, view: memoryview) -> None:
        while view:
            moved = os.write(self._writer, view[:_TURN_BYTES])
            view = view[moved:]
            self.sent_bytes += moved


def _look_at(done: asyncio.Future[None]) -> None:
    """See an error that nobody waits for any more."""
    done.exception()


class FileOutlet:
    """A file in the folder in which ffmpeg runs, written anew, for it to read when all is there."""

    def __init__(self, folder: Path, name: str) -> None:
        self.sent_bytes = 0
        self.arguments = ("-protocol_whitelist", "file", "-i", name)
        self._path = folder / name

    def close(self) -> None:
        """Nothing is open between two calls; a part file goes with its folder, or when that is opened again."""

    async def send(self, data: bytes | bytearray) -> None:
        """Write bytes.

        Raises:
            StorageError: the disk is full or refuses.
        """
        await in_thread(self._append, data)

    async def send_file(self, path: Path, start: int = 0) -> None:
        """Write a file from `start` on.

        Raises:
            StorageError: the file cannot be read, or the disk is full or refuses.
        """
        while moved := await in_thread(self._copy, path, start):
            start += moved

    async def flush(self) -> None:
        """Everything is written."""

    async def finish(self) -> None:
        """Everything is written, and nothing open."""

    def _append(self, data: bytes | bytearray) -> None:
        with storage_errors(self._path), self._path.open("ab" if self.sent_bytes else "wb") as file:
            file.write(data)
        self.sent_bytes += len(data)

    def _copy(self, path: Path, start: int) -> int:
        with storage_errors(path), path.open("rb") as file:
            file.seek(start)
            piece = file.read(_COPY_BYTES)
        self._append(piece)
        return len(piece)


Outlet = PipeOutlet | FileOutlet
"""Where a line writes: `send` and `send_file`, then `finish`; `close` at the latest."""


def open_outlet(folder: Path, name: str, *, pipes: bool, stuck: Callable[[], bool] = never) -> Outlet:
    """Return a pipe or, without `pipes`, the file `name` in the folder in which ffmpeg runs."""
    return PipeOutlet(stuck=stuck) if pipes else FileOutlet(folder, name)
