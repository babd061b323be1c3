"""The poster of a series: what counts as one, and where it lies."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.shelf.beside import place_beside
from aniworld_dl.media.shelf.library import known_path

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from aniworld_dl.media.shelf.modes import Modes

LARGEST_POSTER_BYTES: Final = 10 * 1024 * 1024
_SMALLEST: Final = 32
"""What is smaller on a side, in pixels, is an icon or counts visits."""
_LARGEST: Final = 10_000
_STEM: Final = "poster"
_NAMES: Final = frozenset(f"{stem}.{ending}" for stem in (_STEM, "folder") for ending in ("jpg", "jpeg", "png", "webp"))
"""What media servers take for the poster of the series in whose folder it lies, lower-case."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that begin a frame header (ITU-T T.81, table B.1)."""


def poster_suffix(body: bytes) -> str | None:
    """Return `.jpg`, `.png` or `.webp` by the first bytes of a picture, None for what is no picture that can be one."""
    for suffix, read in ((".png", _png_size), (".jpg", _jpeg_size), (".webp", _webp_size)):
        try:
            size = read(body)
        except (struct.error, IndexError):  # it ends too early
            return None
        if size is not None:
            return suffix if all(_SMALLEST <= side <= _LARGEST for side in size) else None
    return None


async def has_poster(download_dir: Path, folder: PurePosixPath) -> bool:
    """Tell whether a folder below `download_dir` has a poster already, whoever put it there."""

    def look() -> bool:
        known = download_dir / known_path(download_dir, folder, {})
        return known.is_dir() and any(path.name.lower() in _NAMES for path in known.iterdir())

    return await in_thread(look)


async def place_poster(body: bytes, download_dir: Path, folder: PurePosixPath, modes: Modes) -> bool:
    """Write the poster of a folder, never over anything; tell whether it is a picture that can be one.

    Raises:
        FolderDeniedError: the folder does not lie below `download_dir`, or cannot be written.
        StorageError: the disk is full or refuses otherwise.
    """
    suffix = poster_suffix(body)
    if suffix is not None:
        await place_beside({folder / f"{_STEM}{suffix}": body}, download_dir, modes)
    return suffix is not None


def _png_size(body: bytes) -> tuple[int, int] | None:
    """Read the header of a PNG (W3C, PNG 11.2.1)."""
    if not body.startswith(_PNG) or body[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", body, 16)
    return width, height


def _jpeg_size(body: bytes) -> tuple[int, int] | None:
    """Find the frame header of a JPEG (ITU-T T.81, B.2.2)."""
    if not body.startswith(_JPEG):
        return None
    at = 2
    while body[at] == 0xFF:  # noqa: PLR2004 - what each marker begins with
        marker = body[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - filling
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        else:
            at += 2 + max(struct.unpack_from(">H", body, at + 2)[0], 2)
    return None


def _webp_size(body: bytes) -> tuple[int, int] | None:
    """Read the header of the first chunk of a WebP (RFC 9649, 2.5 to 2.7)."""
    if not body.startswith(b"RIFF") or body[8:12] != b"WEBP":
        return None
    kind = body[12:16]
    if kind == b"VP8 " and body[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and body[20] == 0x2F:  # noqa: PLR2004 - its signature
        bits = struct.unpack_from("<I", body, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    return None
