"""Matroska files made by hand, read as finished files are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.media.formats.matroska import MatroskaFile, read_matroska

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Read:
    """Reads bytes as if they were a file."""

    path: Path

    def __call__(self, data: bytes, *, checksums: bool = False) -> MatroskaFile:
        self.path.write_bytes(data)
        return asyncio.run(read_matroska(self.path, checksums=checksums))


def facts(file: MatroskaFile) -> list[tuple[str, str, int, float, float]]:
    """Return kind, codec, number of packets, start and end of each stream."""
    return [(stream.kind, stream.codec, stream.packets, stream.start_s, stream.end_s) for stream in file.streams]


def lost(file: MatroskaFile) -> list[tuple[float, float]]:
    """Return from when to when the file is damaged."""
    return [(damage.start_s, damage.end_s) for damage in file.damages]
