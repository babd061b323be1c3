"""MP4 files (ISO/IEC 14496-12): whether their boxes fill them to the last byte, and how long they say they play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.formats.boxes import BOX_HEADER_BYTES, LARGE_BOX_HEADER_BYTES, Box, child, number_at
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

_INDEX_LIMIT_BYTES: Final = 256 << 20
_NEEDED: Final = ("ftyp", "moov", "mdat")


def read_mp4(path: Path) -> tuple[str | None, float | None]:
    """Return what is wrong with a file's boxes, None for nothing, and the duration it announces, if it does.

    Blocks: use a thread.

    Raises:
        StorageError: it cannot be read.
    """
    with storage_errors(path), path.open("rb", buffering=0) as file:
        walk = _Walk(file, path.stat().st_size)
        return walk.fault(), walk.duration_s


class _Walk:
    """The outermost boxes of a file, one after the other."""

    def __init__(self, file: FileIO, size: int) -> None:
        self._file = file
        self._size = size
        self.duration_s: float | None = None

    def fault(self) -> str | None:
        """Return what is wrong, None when nothing is."""
        found: set[str] = set()
        position = 0
        while position < self._size:
            size, header, kind = self._box(position)
            if not kind.isascii() or not kind.isprintable() or size < header:
                return f"there is no box at byte {position}"
            if position + size > self._size:
                return f"it ends after {self._size} of at least {position + size} bytes"
            if kind == "moov" and (fault := self._read_index(position + header, position + size)):
                return fault
            found.add(kind)
            position += size
        missing = [kind for kind in _NEEDED if kind not in found]
        return f"there is no {' and no '.join(missing)} box" if missing else None

    def _box(self, position: int) -> tuple[int, int, str]:
        self._file.seek(position)
        head = self._file.read(LARGE_BOX_HEADER_BYTES)
        size, header = int.from_bytes(head[:4]), BOX_HEADER_BYTES
        if size == 1:
            size, header = int.from_bytes(head[BOX_HEADER_BYTES:]), LARGE_BOX_HEADER_BYTES
        elif not size:
            size = self._size - position
        return size, header, head[4:BOX_HEADER_BYTES].decode("latin-1")

    def _read_index(self, start: int, stop: int) -> str | None:
        if stop - start > _INDEX_LIMIT_BYTES:
            return "its index is larger than any real one"
        self._file.seek(start)
        movie = self._file.read(stop - start)
        try:
            header = child(movie, Box(kind=b"moov", start=0, stop=len(movie)), b"mvhd")
            if header is not None:
                # version 1 has times of 8 bytes, version 0 of 4 (8.2.2)
                scale, size = (20, 8) if number_at(movie, header.start, 1) else (12, 4)
                ticks_per_s = number_at(movie, header.start + scale, 4)
                duration = number_at(movie, header.start + scale + 4, size)
                self.duration_s = duration / ticks_per_s if ticks_per_s else None
        except StructureError as error:
            return f"its index is damaged: {error}"
        return None
