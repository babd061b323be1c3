"""Files that were sealed when they were finished are checked by their seal, without decoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.media.formats.matroska import read_matroska
from aniworld_dl.media.proof.recheck import recheck
from aniworld_dl.media.proof.seal import seal
from tests.media_samples import EARLY, SECONDS, Samples, ffmpeg

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def film(samples: Samples, tmp_path: Path) -> Path:
    """A sealed file of eight seconds in clusters of a second."""
    cluster = ["-write_crc32", "0", "-cluster_time_limit", "1000"]
    ffmpeg(
        ["-i", str(samples.folder / "episode.mkv"), "-map", "0:v", "-map", "0:a", "-c", "copy", *cluster, "film.mkv"],
        tmp_path,
    )
    path = tmp_path / "film.mkv"
    seal(path, ((0, 0.0), *(await read_matroska(path)).clusters))
    return path


async def test_a_sealed_file_is_whole(film: Path) -> None:
    report = await recheck(find_ffmpeg(), film)
    assert (report.damages, report.decoded) == ((), False)


async def test_a_wrong_bit_has_its_time(film: Path) -> None:
    """Within the cluster that it is in, a second long."""
    data = bytearray(film.read_bytes())
    data[len(data) // 2] ^= 1
    film.write_bytes(data)
    report = await recheck(find_ffmpeg(), film)
    [(start_s, end_s)] = report.ranges
    assert 0 < start_s < end_s < SECONDS
    assert end_s - start_s < 2
    assert not report.decoded


async def test_it_can_be_decoded_all_the_same(film: Path) -> None:
    report = await recheck(find_ffmpeg(), film, decode=True)
    assert (report.damages, report.decoded) == ((), True)


async def test_an_mp4_is_decoded_only_when_its_seal_is_broken(samples: Samples, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes((samples.folder / EARLY).read_bytes())
    seal(film, [(0, 0.0)])
    report = await recheck(find_ffmpeg(), film)
    assert (report.damages, report.decoded) == ((), False)
    data = bytearray(film.read_bytes())
    data[len(data) * 3 // 4 : len(data) * 3 // 4 + 4000] = bytes(4000)
    film.write_bytes(data)
    report = await recheck(find_ffmpeg(), film)
    assert report.decoded
    assert report.damages
