"""Every packaging gives the content that it was made from, decoded picture by picture."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from tests.acceptance.nginx import Nginx, serve_folder
from tests.acceptance.service import run_command
from tests.commands import LOOPBACK
from tests.media_recipes import APART, INITS, PERIODS, RECIPES, RESTARTS, SUBTITLES
from tests.media_samples import ffmpeg, streamhash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.media_matrix import Matrix

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

PACKAGINGS: Final = tuple(name for name in RECIPES if name != APART)


@pytest.fixture(scope="module")
def server(matrix: Matrix) -> Iterator[Nginx]:
    matrix.folder.mkdir(exist_ok=True)
    with serve_folder(matrix.folder) as server:
        yield server


async def downloaded(
    names: Sequence[str], matrix: Matrix, server: Nginx, folder: Path, env: Mapping[str, str] = LOOPBACK
) -> dict[str, Path]:
    """Return what the real program makes of packagings, each an episode."""
    addresses = [server.url(matrix.manifest(name).relative_to(matrix.folder).as_posix()) for name in names]
    ended = await run_command(
        "get", *addresses, "-o", str(folder / "out"), "--title", "Matrix", "--json", cwd=folder, env=env
    )
    assert ended.status == 0, ended.complaints + ended.output
    season = folder / "out/Matrix/Season 01"
    return {name: season / f"Matrix S01E{number:02}.mkv" for number, name in enumerate(names, 1)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def results(matrix: Matrix, server: Nginx, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of each packaging, all made by one command."""
    return await downloaded(PACKAGINGS, matrix, server, tmp_path_factory.mktemp("results"))


@pytest.mark.parametrize("name", PACKAGINGS)
def test_packaging(name: str, matrix: Matrix, results: dict[str, Path]) -> None:
    assert streamhash(results[name]) == matrix.streams(name)


async def test_sound_of_two_languages(matrix: Matrix, server: Nginx, tmp_path: Path) -> None:
    """Both are wished for, both come, in the order of the wish and with their languages."""
    wish = {**LOOPBACK, "ANIWORLD_DL_AUDIO_LANGUAGES": "ja,de"}
    result = (await downloaded([APART], matrix, server, tmp_path, wish))[APART]
    picture, german, japanese = (line.partition("MD5=")[2] for line in matrix.streams(APART))
    assert [line.partition("MD5=")[2] for line in streamhash(result)] == [picture, japanese, german]
    told = ffmpeg(["-i", result.name, "-f", "ffmetadata", "-map_metadata", "0:s:a:0", "-"], result.parent)
    assert "language=jpn" in told


async def test_sound_of_one_language(matrix: Matrix, server: Nginx, tmp_path: Path) -> None:
    """Only what is wished for is downloaded."""
    wish = {**LOOPBACK, "ANIWORLD_DL_AUDIO_LANGUAGES": "ja"}
    before = len(server.requests())
    result = (await downloaded([APART], matrix, server, tmp_path, wish))[APART]
    picture, _, japanese = (line.partition("MD5=")[2] for line in matrix.streams(APART))
    assert [line.partition("MD5=")[2] for line in streamhash(result)] == [picture, japanese]
    assert not [request for request in server.requests()[before:] if "/1-" in request.path]


async def test_subtitles_come_along(matrix: Matrix, server: Nginx, tmp_path: Path) -> None:
    """Both lines, at their times beside the picture."""
    wish = {**LOOPBACK, "ANIWORLD_DL_SUBTITLE_LANGUAGES": "de"}
    result = (await downloaded([SUBTITLES], matrix, server, tmp_path, wish))[SUBTITLES]
    text = ffmpeg(["-i", result.name, "-map", "0:s:0", "-f", "srt", "-"], result.parent)
    assert [line for line in text.splitlines() if line[:1].isalpha()] == ["Guten Tag", "Auf Wiedersehen"]
    starts = [_seconds(line.partition(" --> ")[0]) for line in text.splitlines() if "-->" in line]
    assert starts == pytest.approx([0.5, 2.2], abs=0.15)


@pytest.mark.parametrize("name", [RESTARTS, INITS, PERIODS])
def test_two_parts_play_behind_one_another(name: str, results: dict[str, Path]) -> None:
    """Picture and sound of the second part begin where those of the first end, neither before nor long after."""
    result = results[name]
    for stream in ("0:v", "0:a"):
        packets = ffmpeg(["-i", result.name, "-map", stream, "-c", "copy", "-f", "framecrc", "-"], result.parent)
        scale = next(line for line in packets.splitlines() if line.startswith("#tb")).rpartition("/")[2]
        times = sorted(int(line.split(",")[2]) / int(scale) for line in packets.splitlines() if line[0] != "#")
        assert times[-1] - times[0] == pytest.approx(8, abs=0.15), stream
        assert max(after - before for before, after in pairwise(times)) < 0.15, stream


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.strip().replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
