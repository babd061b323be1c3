"""Pipes into a child process: files go through them without a copy in this process and without a thread that waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FfmpegStoppedError
from aniworld_dl.media.disk import in_thread, storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PIPE_BYTES: Final = 1 << 20
_PIECE_BYTES: Final = 1 << 16
_SENDS_FILES: Final = sys.platform == "linux"
"""Elsewhere only sockets take a file."""
_PATIENCE_S: Final = 300.0
"""How long a child may take nothing although everything it could want is there."""


class Outlet:
    """The writing end of a pipe whose reading end a child process inherits. POSIX only.

    `stuck` is asked when the child has taken nothing for five minutes: it tells whether that is the child's fault.
    """

    def __init__(self, *, stuck: Callable[[], bool]) -> None:
        self.reader, self._writer = os.pipe()
        self._stuck = stuck
        os.set_blocking(self._writer, False)
        if sys.platform == "linux":
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            with contextlib.suppress(OSError):  # the user's share of pipe memory is used up
                fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

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
                view = view[os.write(self._writer, view[:_PIPE_BYTES]) :]
            except BlockingIOError:
                await self._writable()

    async def send_file(self, path: Path, start: int = 0) -> None:
        """Write a file from `start` on.

        Raises:
            BrokenPipeError: the child reads no more.
            FfmpegStoppedError: the child hangs.
            StorageError: the file cannot be read.
        """
        with storage_errors(path):
            source = await in_thread(os.open, path, os.O_RDONLY)
        try:
            while (moved := await in_thread(self._move, source, start, path)) != 0:
                if moved is None:
                    await self._writable()
                else:
                    start += moved
        finally:
            os.close(source)

    def _move(self, source: int, start: int, path: Path) -> int | None:
        """Move what fits now; None when nothing does, 0 at the end of the file."""
        with storage_errors(path):
            try:
                if _SENDS_FILES:
                    return os.sendfile(self._writer, source, start, _PIPE_BYTES)
                return os.write(self._writer, piece) if (piece := os.pread(source, _PIECE_BYTES, start)) else 0
            except BlockingIOError:
                return None
            except BrokenPipeError as error:
                broken = error
        raise broken

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_writer(self._writer, ready.set)
        try:
            while not ready.is_set():
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        await ready.wait()
                except TimeoutError as error:
                    if self._stuck():
                        raise FfmpegStoppedError(reason=f"it read nothing for {_PATIENCE_S:.0f} s") from error
        finally:
            loop.remove_writer(self._writer)
