"""Files that carry their own checksums: every damage is found in its block, and players read them as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.proof.seal import damaged_blocks, read_seal, seal
from tests.media_samples import EARLY, Samples, streamhash

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["episode.mkv", EARLY])
def film(request: pytest.FixtureRequest, samples: Samples, tmp_path: Path) -> Path:
    """A fresh copy of a finished file, Matroska and MP4."""
    path = tmp_path / str(request.param)
    path.write_bytes((samples.folder / str(request.param)).read_bytes())
    return path


def cuts_of(path: Path) -> list[tuple[int, float]]:
    size = path.stat().st_size
    return [(0, 0.0), (size // 3, 2.5), (size // 3 * 2, 61.004)]


def test_a_sealed_file_says_what_it_holds(film: Path) -> None:
    before = film.read_bytes()
    seal(film, cuts_of(film))
    blocks = read_seal(film)
    assert [(block.start, block.start_s) for block in blocks] == [(0, 0.0), *cuts_of_size(len(before))[1:]]
    assert blocks[-1].stop == len(before)
    assert damaged_blocks(film, blocks) == []


def cuts_of_size(size: int) -> list[tuple[int, float]]:
    return [(0, 0.0), (size // 3, 2.5), (size // 3 * 2, 61.004)]


def test_players_see_the_same_streams_without_a_word_of_complaint(film: Path) -> None:
    """Decoding with errors shown: the helper fails when ffmpeg ends with one."""
    before = streamhash(film)
    seal(film, cuts_of(film))
    assert streamhash(film) == before


@pytest.mark.parametrize("place", [0.0, 0.2, 0.34, 0.5, 0.9])
def test_one_flipped_bit_is_found_in_its_block(film: Path, place: float) -> None:
    size = film.stat().st_size
    seal(film, cuts_of(film))
    data = bytearray(film.read_bytes())
    data[int(size * place)] ^= 1
    film.write_bytes(data)
    assert [block.start for block in damaged_blocks(film, read_seal(film))] == [
        (0, size // 3, size // 3 * 2)[int(place * 3)]
    ]


@pytest.mark.parametrize("lost", [1, 14, 100, 10_000])
def test_a_file_that_was_cut_has_no_seal(film: Path, lost: int) -> None:
    seal(film, cuts_of(film))
    film.write_bytes(film.read_bytes()[:-lost])
    assert read_seal(film) == ()


def test_a_damaged_seal_is_none(film: Path) -> None:
    seal(film, cuts_of(film))
    data = bytearray(film.read_bytes())
    data[-30] ^= 1
    film.write_bytes(data)
    assert read_seal(film) == ()


def test_a_file_without_a_seal_has_none(film: Path) -> None:
    assert read_seal(film) == ()


def test_the_segment_of_matroska_reaches_over_the_seal(samples: Samples, tmp_path: Path) -> None:
    """What stands behind the Segment would be another element at the top, which Matroska does not know."""
    film = tmp_path / "film.mkv"
    film.write_bytes((samples.folder / "episode.mkv").read_bytes())
    seal(film, cuts_of(film))
    data = film.read_bytes()
    place = data.find(b"\x18\x53\x80\x67") + 4
    assert place + 8 + int.from_bytes(data[place + 1 : place + 8]) == len(data)


def test_a_segment_of_unknown_size_stays_one(samples: Samples, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    data = bytearray((samples.folder / "episode.mkv").read_bytes())
    place = data.find(b"\x18\x53\x80\x67") + 4
    data[place : place + 8] = b"\x01" + b"\xff" * 7
    film.write_bytes(data)
    seal(film, cuts_of(film))
    assert film.read_bytes()[place : place + 8] == b"\x01" + b"\xff" * 7
    assert damaged_blocks(film, read_seal(film)) == []


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError):
        seal(tmp_path / "none.mkv", [(0, 0.0)])
    with pytest.raises(FileFailedError):
        read_seal(tmp_path / "none.mkv")
