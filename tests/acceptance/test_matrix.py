"""Every packaging gives the content that it was made from, decoded picture by picture."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

from tests.acceptance.nginx import Nginx, serve_folder
from tests.acceptance.service import run_command
from tests.media_recipes import (
    FMP4_RANGES,
    FRAGMENTS,
    INITS,
    KEYS,
    REKEYED,
    RESIZES,
    RESTARTS,
    TS_RANGES,
)
from tests.media_samples import ffmpeg, streamhash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.media_matrix import Matrix

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

PACKAGINGS: Final = (TS_RANGES, FMP4_RANGES, FRAGMENTS, REKEYED, KEYS, RESTARTS, RESIZES, INITS)


@pytest.fixture(scope="module")
def server(matrix: Matrix) -> Iterator[Nginx]:
    matrix.folder.mkdir(exist_ok=True)
    with serve_folder(matrix.folder) as server:
        yield server


async def downloaded(name: str, matrix: Matrix, server: Nginx, folder: Path) -> Path:
    """Return what the real program makes of a packaging."""
    address = server.url(matrix.manifest(name).relative_to(matrix.folder).as_posix())
    ended = await run_command("get", address, "-o", str(folder / "out"), "--title", "Matrix", "--json", cwd=folder)
    assert ended.status == 0, ended.complaints + ended.output
    return folder / "out/Matrix/Season 01/Matrix S01E01.mkv"


@pytest.mark.parametrize("name", PACKAGINGS)
async def test_packaging(name: str, matrix: Matrix, server: Nginx, tmp_path: Path) -> None:
    assert streamhash(await downloaded(name, matrix, server, tmp_path)) == matrix.streams(name)


@pytest.mark.parametrize("name", [RESTARTS, INITS])
async def test_two_parts_play_behind_one_another(name: str, matrix: Matrix, server: Nginx, tmp_path: Path) -> None:
    """Picture and sound of the second part begin where those of the first end, neither before nor long after."""
    result = await downloaded(name, matrix, server, tmp_path)
    for stream in ("0:v", "0:a"):
        packets = ffmpeg(["-i", result.name, "-map", stream, "-c", "copy", "-f", "framecrc", "-"], result.parent)
        scale = next(line for line in packets.splitlines() if line.startswith("#tb")).rpartition("/")[2]
        times = sorted(int(line.split(",")[2]) / int(scale) for line in packets.splitlines() if line[0] != "#")
        assert times[-1] - times[0] == pytest.approx(8, abs=0.15), stream
        assert max(after - before for before, after in pairwise(times)) < 0.15, stream
