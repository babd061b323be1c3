"""What comes out is what ffmpeg itself makes of the same playlist, track by track."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.acceptance.service import Service, run_command
from tests.media_samples import EARLY, PLAYLISTS, TS, streamhash

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.nginx import Nginx
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

FORMATS: Final = (*PLAYLISTS, EARLY)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("source", FORMATS)
async def test_get(source: str, samples: Samples, nginx: Nginx, tmp_path: Path) -> None:
    """One command gives one file with ffmpeg's own content, and leaves nothing beside it."""
    ended = await run_command(
        "get", nginx.url(source), "-o", str(tmp_path / "out"), "--title", "Nordlicht", "--json", cwd=tmp_path
    )
    assert ended.status == 0, ended.complaints + ended.output
    assert ended.lines(), "--json printed nothing"
    assert _files(tmp_path / "out") == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]
    downloaded = tmp_path / "out" / "Nordlicht/Season 01/Nordlicht S01E01.mkv"
    assert streamhash(downloaded) == samples.own_streams(source)


async def test_get_again(nginx: Nginx, tmp_path: Path) -> None:
    """The same command again succeeds, and neither fetches a segment nor touches the file."""
    command = ("get", nginx.url(TS), "-o", str(tmp_path / "out"), "--title", "Nordlicht", "--json")
    assert (await run_command(*command, cwd=tmp_path)).status == 0
    (path,) = (tmp_path / "out").rglob("*.mkv")
    before, asked_before = path.stat(), len(nginx.requests())

    assert (await run_command(*command, cwd=tmp_path)).status == 0
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not [request for request in nginx.requests()[asked_before:] if request.path.endswith(".ts")]
    assert _files(tmp_path / "out") == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]


async def test_job(samples: Samples, nginx: Nginx, tmp_path: Path) -> None:
    """A job over REST gives the same content for every format at once."""
    async with Service(tmp_path) as service:
        job = await service.add("Nordlicht", *(nginx.url(source) for source in FORMATS), total_episodes=len(FORMATS))
        (job,) = await service.ended(job["id"])
        assert (job["status"], job["completed_episodes"], job["progress_percentage"]) == ("completed", 4, 100)
        episodes = await service.episodes(job["id"])
    assert _files(service.downloads) == [f"Nordlicht/Season 01/Nordlicht S01E0{number}.mkv" for number in range(1, 5)]
    for source, episode in zip(FORMATS, episodes, strict=True):
        assert streamhash(service.downloads / episode["path"]) == samples.own_streams(source), source
