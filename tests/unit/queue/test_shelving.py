"""What lies beside a finished file: only what media servers can read something from."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import pytest

from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import EpisodeRef
from aniworld_dl.queue.shelving import Finished, shelve, spot_of
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

FLAT = "{series} S{season:02}E{number:02}"
IN_FOLDERS = "{series}/{series} S{season:02}E{number:02}"


def _written(path: Path) -> Path:
    path.write_bytes(b"film")
    return path


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("template", "title", "beside"),
    [
        (FLAT, None, set()),
        (FLAT, "Anfang", {"Nordlicht S01E01.nfo"}),
        (IN_FOLDERS, None, {"Nordlicht/tvshow.nfo"}),
        (IN_FOLDERS, "Anfang", {"Nordlicht/tvshow.nfo", "Nordlicht/Nordlicht S01E01.nfo"}),
    ],
)
async def test_only_what_is_known_is_written_beside_a_file(
    settings: Settings, template: str, title: str | None, beside: set[str]
) -> None:
    settings = settings.model_copy(update={"naming_template": template, "write_nfo": True})
    spot = spot_of(settings, EpisodeRef(url="https://example.org/a.m3u8", title=title), 1, "Nordlicht")
    async with open_work(settings.download_dir, PurePosixPath("a.mkv"), builders.media()) as work:
        part = _written(work.path / "part.mkv")
        finished = await shelve(cast("Any", None), settings, part, work, spot)
        work_name = work.path.parent.name
    assert finished == Finished(path=spot.target)
    found = {name for name in _files(settings.download_dir) if not name.startswith(work_name)}
    assert found == {spot.target.as_posix(), *beside}
