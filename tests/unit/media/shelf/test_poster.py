"""What counts as a poster, by its first bytes, and that it takes nobody's place."""

from __future__ import annotations

import struct
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.shelf.modes import NO_MODES
from aniworld_dl.media.shelf.poster import has_poster, place_poster, poster_suffix

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = PurePosixPath("Nordlicht")


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02"


def jpeg(width: int, height: int) -> bytes:
    tables = b"\xff\xe0\x00\x10JFIF\x00" + bytes(9) + b"\xff\xff\xc4\x00\x04\x00\x00"
    return b"\xff\xd8" + tables + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width)


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + bytes(4) + body


LOSSY = webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 300, 0x4000 | 450))
LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 299 | 449 << 14))
EXTENDED = webp(b"VP8X", bytes(4) + (299).to_bytes(3, "little") + (449).to_bytes(3, "little"))


@pytest.mark.parametrize(
    ("body", "suffix"),
    [
        (png(300, 450), ".png"),
        (jpeg(300, 450), ".jpg"),
        (LOSSY, ".webp"),
        (LOSSLESS, ".webp"),
        (EXTENDED, ".webp"),
        (png(32, 10_000), ".png"),
        (png(1, 1), None),
        (png(300, 31), None),
        (jpeg(10_001, 450), None),
        (webp(b"VP8X", bytes(10)), None),
        (webp(b"ALPH", bytes(10)), None),
        (b"\xff\xd8\xff\xd9" + bytes(20), None),
        (b"<html><body>", None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(body: bytes, suffix: str | None) -> None:
    assert poster_suffix(body) == suffix


@pytest.mark.parametrize("body", [png(300, 450)[:-4], jpeg(300, 450)[:-1], LOSSY[:-1], LOSSLESS[:20], EXTENDED[:24]])
def test_one_that_ends_too_early_is_none(body: bytes) -> None:
    assert poster_suffix(body) is None


@given(st.sampled_from([b"", b"\xff\xd8\xff", png(1, 1)[:12], LOSSY[:16], LOSSLESS[:16]]), st.binary(max_size=60))
def test_any_bytes_can_be_looked_at(head: bytes, rest: bytes) -> None:
    assert poster_suffix(head + rest) in {None, ".jpg", ".png", ".webp"}


async def test_it_is_called_after_what_it_is(tmp_path: Path) -> None:
    assert await place_poster(LOSSY, tmp_path, FOLDER, NO_MODES)
    assert (tmp_path / "Nordlicht/poster.webp").read_bytes() == LOSSY
    assert not await place_poster(b"<html>", tmp_path, PurePosixPath("Other"), NO_MODES)
    assert [path.name for path in tmp_path.iterdir()] == ["Nordlicht"]


async def test_what_is_there_stays(tmp_path: Path) -> None:
    """Whatever spelling the folder and the picture have."""
    assert not await has_poster(tmp_path, FOLDER)
    folder = tmp_path / "NORDLICHT"
    folder.mkdir()
    (folder / "Nordlicht S01E01.mkv").touch()
    assert not await has_poster(tmp_path, FOLDER)
    (folder / "Folder.JPG").write_bytes(b"mine")
    assert await has_poster(tmp_path, FOLDER)
    (folder / "poster.png").write_bytes(b"mine")
    await place_poster(png(300, 450), tmp_path, FOLDER, NO_MODES)
    assert (folder / "poster.png").read_bytes() == b"mine"
