from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.formats.mp4_file import read_mp4
from tests.media_builders import box
from tests.movie_fragments import full, numbers

if TYPE_CHECKING:
    from pathlib import Path


def header(duration: int, timescale: int = 1000, version: int = 0) -> bytes:
    times = b"\0" * (16 if version else 8)
    return full(
        b"mvhd", times + numbers(timescale) + duration.to_bytes(8 if version else 4) + b"\0" * 80, version=version
    )


def movie(index: bytes, *, data: int = 100) -> bytes:
    return box(b"ftyp", b"isom") + box(b"moov", index) + box(b"free") + box(b"mdat", b"x" * data)


WHOLE = movie(header(5500) + box(b"trak"))


def read(folder: Path, data: bytes) -> tuple[str | None, float | None]:
    path = folder / "film.mp4"
    path.write_bytes(data)
    return read_mp4(path)


@pytest.mark.parametrize("version", [0, 1])
def test_a_whole_file_says_how_long_it_plays(tmp_path: Path, version: int) -> None:
    assert read(tmp_path, movie(header(5500, version=version))) == (None, 5.5)
    assert read(tmp_path, movie(header(5500, timescale=0, version=version))) == (None, None)
    assert read(tmp_path, movie(box(b"trak"))) == (None, None)


def test_large_and_open_ended_boxes_are_stepped_over(tmp_path: Path) -> None:
    large = (1).to_bytes(4) + b"mdat" + (16 + 50).to_bytes(8) + b"x" * 50
    assert read(tmp_path, WHOLE + large + (0).to_bytes(4) + b"mdat" + b"x" * 9) == (None, 5.5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_found(tmp_path: Path, keep: int) -> None:
    assert read(tmp_path, WHOLE[:keep])[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "there is no ftyp and no moov and no mdat box"),
        (box(b"ftyp") + box(b"mdat"), "there is no moov box"),
        (WHOLE + b"\0\0\0\4free", f"there is no box at byte {len(WHOLE)}"),
        (WHOLE + b"\0\0\0\x10\0\1\2\3" + b"\0" * 8, f"there is no box at byte {len(WHOLE)}"),
        (WHOLE[:-1], f"it ends after {len(WHOLE) - 1} of at least {len(WHOLE)} bytes"),
        (movie((99).to_bytes(4) + b"mvhd"), "its index is damaged"),
        (movie(box(b"mvhd", b"\0" * 4)), "its index is damaged"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    fault, _ = read(tmp_path, data)
    assert fault is not None
    assert fault.startswith(words)


def test_an_index_larger_than_any_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.write((300 << 20).to_bytes(4) + b"moov")
        file.truncate(300 << 20)
    assert read_mp4(path) == ("its index is larger than any real one", None)


def test_a_file_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError):
        read_mp4(tmp_path / "none.mp4")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(min_size=1, max_size=30), place=st.integers(0, len(WHOLE)))
def test_any_damage_is_read_without_an_exception(tmp_path: Path, noise: bytes, place: int) -> None:
    read(tmp_path, WHOLE[:place] + noise + WHOLE[place + len(noise) :])
