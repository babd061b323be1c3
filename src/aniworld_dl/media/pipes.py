"""What joined segments are written to for ffmpeg to read: a pipe where there are such, else a file in the work folder.

Through a pipe ffmpeg reads while it is written, and files go in without a copy in this process and without a thread
that waits. Windows hands no pipes on to a child process by number: there ffmpeg starts when the file is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
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
_SENDS_FILES: Final = sys.platform == "linux"
"""Elsewhere only sockets take a file."""
_PATIENCE_S: Final = 300.0
"""How long a child may take nothing although everything it could want is there."""


def never() -> bool:
    """Have no other reason for a child that reads nothing than the child itself."""
    return True


class PipeOutlet:
    """The writing end of a pipe whose reading end a child process inherits. POSIX only.

    `stuck` is asked when the child has taken nothing for `patience_s`: it tells whether that is the child's fault.
    """

    def __init__(
        self,
        *,
        stuck: Callable[[], bool] = never,
        patience_s: float = _PATIENCE_S,
        sends_files: bool = _SENDS_FILES,
    ) -> None:
        self.sent_bytes = 0
        self.reader, self._writer = os.pipe()
        self._source = -1
        self._stuck = stuck
        self._patience_s = patience_s
        self._sends_files = sends_files
        os.set_blocking(self._writer, False)
        if sys.platform == "linux":  # pragma: no branch - elsewhere pipes keep their size
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            with contextlib.suppress(OSError):  # the user's share of pipe memory is used up
                fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The input arguments with which ffmpeg reads it."""
        return ("-protocol_whitelist", "pipe", "-blocksize", str(_PIPE_BYTES), "-i", f"pipe:{self.reader}")

    def handed_over(self) -> None:
        """Close the reading end in this process, once the child has it, so that the end of the child is noticed."""
        if self.reader >= 0:
            os.close(self.reader)
            self.reader = -1

    def close(self) -> None:
        """Close what is open: the child sees the end of its input."""
        self.handed_over()
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    async def send(self, data: bytes | bytearray) -> None:
        """Write bytes.

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
        """
        view = memoryview(data)
        while view:
            try:
                moved = os.write(self._writer, view[:_PIPE_BYTES])
            except BlockingIOError:
                await self._writable()
            else:
                view = view[moved:]
                self.sent_bytes += moved

    async def send_file(self, path: Path, start: int = 0) -> None:
        """Write a file from `start` on.

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
            StorageError: the file cannot be read.
        """
        try:
            await in_thread(self._open, path)
            while (moved := await in_thread(self._move, start, path)) != 0:
                if moved is None:
                    await self._writable()
                else:
                    start += moved
                    self.sent_bytes += moved
        finally:
            self._close_source()

    def _close_source(self) -> None:
        if self._source >= 0:
            os.close(self._source)
            self._source = -1

    def _open(self, path: Path) -> None:
        with storage_errors(path):
            self._source = os.open(path, os.O_RDONLY)

    def _move(self, start: int, path: Path) -> int | None:
        """Move what fits now; None when nothing does, 0 at the end of the file."""
        try:
            if self._sends_files:
                return os.sendfile(self._writer, self._source, start, _PIPE_BYTES)
            piece = os.pread(self._source, _PIECE_BYTES, start)
            return os.write(self._writer, piece) if piece else 0
        except BlockingIOError:
            return None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise translated(error, path) from error

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_writer(self._writer, ready.set)
        try:
            while not ready.is_set():
                try:
                    async with asyncio.timeout(self._patience_s):
                        await ready.wait()
                except TimeoutError as error:
                    if self._stuck():
                        raise FfmpegStoppedError(reason=f"it read nothing for {self._patience_s:.0f} s") from error
        finally:
            loop.remove_writer(self._writer)


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
"""Where a line writes: `send` and `send_file`, then `close`."""


def open_outlet(folder: Path, name: str, *, pipes: bool, stuck: Callable[[], bool] = never) -> Outlet:
    """Return a pipe or, without `pipes`, the file `name` in the folder in which ffmpeg runs."""
    return PipeOutlet(stuck=stuck) if pipes else FileOutlet(folder, name)
