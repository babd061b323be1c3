"""What is handed to a player: bytes of a known length, of which any part can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

from aniworld_dl.media.disk import in_thread, storage_errors

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from io import FileIO
    from pathlib import Path

_READ_BYTES: Final = 1 << 20


class Body(Protocol):
    """Bytes to send, and what they are. An asynchronous context manager, used once."""

    @property
    def content_type(self) -> str:
        """The media type."""
        ...

    @property
    def size_bytes(self) -> int:
        """How many bytes there are in all."""
        ...

    def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)` in pieces of at most 1 MiB."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds."""
        ...


class BytesBody:
    """A body that is in memory."""

    def __init__(self, data: bytes, content_type: str) -> None:
        self._data = data
        self.content_type = content_type
        self.size_bytes = len(data)

    async def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)`."""
        for position in range(start, stop, _READ_BYTES):
            yield self._data[position : min(position + _READ_BYTES, stop)]

    async def aclose(self) -> None:
        """Hold nothing."""


class FileBody:
    """A file that is open: on most systems it can be read to its end although it is removed meanwhile."""

    def __init__(self, file: FileIO, size_bytes: int, content_type: str) -> None:
        self._file = file
        self.size_bytes = size_bytes
        self.content_type = content_type

    @classmethod
    async def open(cls, path: Path, content_type: str) -> Self:
        """Open a file.

        Raises:
            FileNotFoundError: there is none.
            StorageError: it cannot be read.
        """
        file, size = await in_thread(_opened, path)
        return cls(file, size, content_type)

    async def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)`; ends early where the file has become shorter."""
        while start < stop and (piece := await in_thread(_read, self._file, start, min(stop - start, _READ_BYTES))):
            start += len(piece)
            yield piece

    async def aclose(self) -> None:
        """Close the file."""
        await in_thread(self._file.close)


def _opened(path: Path) -> tuple[FileIO, int]:
    with storage_errors(path):
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            file = None
        if file is not None:
            return file, path.stat().st_size
    raise FileNotFoundError(path)


def _read(file: FileIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
