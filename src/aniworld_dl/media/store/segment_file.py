"""One segment on its way to the disk: decrypted, checked, summed and written in a thread, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.media.checksum import crc32
from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.store.ledger import Entry

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from aniworld_dl.media.store.structure import Check

_PART_SUFFIX: Final = ".part"


class Cipher(Protocol):
    """Decrypts one segment in order. Raises DecryptError."""

    def update(self, piece: bytes) -> bytes:
        """Return what the next bytes give."""
        ...

    def finish(self) -> bytes:
        """Return the rest, without its padding."""
        ...


class SegmentFile:
    """Writes one attempt at a segment. Every method blocks: call them in a thread, one after another.

    The bytes go to a part file that gets its final name at the end; with `start`, to their place inside a larger
    file, where the ledger alone decides whether they count. Attempts at one segment that run at the same time need
    different numbers.
    """

    def __init__(
        self,
        path: Path,
        *,
        check: Check,
        start: int | None = None,
        cipher: Cipher | None = None,
        attempt: int = 0,
    ) -> None:
        self._final = path
        self._start = start
        suffix = f"{_PART_SUFFIX}{attempt or ''}"
        self._path = path.with_name(path.name + suffix) if start is None else path
        self._check = check
        self._cipher = cipher
        self._file: FileIO | None = None
        self._size = 0
        self._crc = 0

    @property
    def is_open(self) -> bool:
        """Whether there is something to close."""
        return self._file is not None and not self._file.closed

    def write(self, pieces: list[bytes]) -> None:
        """Take the next bytes.

        Raises:
            StructureError: they cannot belong to such a segment.
            DecryptError: they are not what the key was made for.
            StorageError: the disk refuses.
        """
        with storage_errors(self._final):
            # one large piece: each look at it, and each write, has its price
            data = b"".join(pieces)
            self._write(data if self._cipher is None else self._cipher.update(data))

    def finish(self) -> Entry:
        """Give the segment its final name and return what the ledger should say.

        Raises:
            StructureError: the bytes do not make a segment.
            DecryptError: the padding is wrong.
            StorageError: the disk refuses.
        """
        with storage_errors(self._final):
            if self._cipher is not None:
                self._write(self._cipher.finish())
            self._check.finish()
            self._opened().close()
            if self._start is None:
                self._path.replace(self._final)
        return Entry(size_bytes=self._size, crc32=self._crc, spans=self._check.spans(), doubts=self._check.doubts())

    def close(self) -> None:
        """Let go of the file, whatever is in it; a part that did not become a segment goes."""
        if self._file is not None:
            self._file.close()
            if self._start is None:
                self._path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        if not data:
            return
        self._check.feed(data)
        self._crc = crc32(data, self._crc)
        self._size += len(data)
        file, view = self._opened(), memoryview(data)
        while view:
            view = view[file.write(view) :]

    def _opened(self) -> FileIO:
        if self._file is None:
            self._file = self._open()
        return self._file

    def _open(self) -> FileIO:
        if self._start is None:
            return self._path.open("wb", buffering=0)
        self._path.touch()
        file = self._path.open("r+b", buffering=0)
        file.seek(self._start)
        return file
