"""A library as media servers document it: names, subtitles, metadata, and nothing twice."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import SERIES, Catalogue
from aniworld_dl.engine import open_engine
from aniworld_dl.limits import Throttle
from aniworld_dl.media.proof.seal import damaged_blocks, read_seal
from aniworld_dl.model import Source, Status
from tests import builders
from tests.integration.engine_work import add, until
from tests.integration.test_runner import NAME, stage_of
from tests.media_samples import TS, Samples, ffmpeg
from tests.media_servers import library_faults
from tests.tools import FFMPEG
from tests.unit.media.shelf.test_poster import jpeg

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings


def subtitle_streams(file: Path) -> int:
    described = subprocess.run(
        [FFMPEG.path(), "-hide_banner", "-i", str(file)], capture_output=True, text=True, check=False
    )
    return described.stderr.count("Subtitle:")


def files(library: Path) -> list[str]:
    return sorted(path.relative_to(library).as_posix() for path in library.rglob("*") if path.is_file())


async def download_demo(settings: Settings, made: Path) -> None:
    async with Catalogue(made, series=SERIES, episodes=1, duration_s=4) as catalogue, Origin() as origin:
        origin.add_shelf(catalogue)
        async with open_engine(settings, keep_queue=False, trusted_endpoints=[origin.endpoint]) as engine:
            jobs = [await add(engine, origin.url(series.page), title=series.title) for series in SERIES]
            for job in jobs:
                ended = await until(engine, job, Status.COMPLETED, Status.FAILED)
                assert ended["status"] == Status.COMPLETED, ended["error"]


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("profile", "placement", "inside"), [("jellyfin", "both", 1), ("kodi", "beside", 0), ("plex", "inside", 1)]
)
async def test_media_servers_read_the_demo(
    profile: str, placement: str, inside: int, settings: Settings, tmp_path: Path
) -> None:
    changes = {"naming_template": profile, "subtitles_placement": placement, "write_nfo": True, "file_mode": "0640"}
    settings = settings.model_copy(update=changes)
    await download_demo(settings, tmp_path / "made")
    library = settings.download_dir
    assert library_faults(library) == []
    found = files(library)
    assert len([name for name in found if name.endswith((".mkv", ".mp4"))]) == len(SERIES)
    assert len([name for name in found if name.endswith("tvshow.nfo")]) == len(SERIES)
    assert len([name for name in found if name.endswith(".de.srt")]) == (placement != "inside")
    assert {(library / name).stat().st_mode & 0o777 for name in found} == {0o640}
    videos = [library / name for name in found if name.endswith(".mkv")]
    assert sum(map(subtitle_streams, videos)) == inside
    for video in videos:
        assert damaged_blocks(video, read_seal(video)) == []


async def test_subtitles_of_a_plain_file_are_copied_beside_it(
    settings: Settings, origin: Origin, samples: Samples
) -> None:
    """The file itself stays as it came."""
    async with stage_of(settings.model_copy(update={"subtitles_placement": "beside"})) as stage:
        await stage.run(origin.url("episode.mkv"))
    file = settings.download_dir / NAME
    assert file.read_bytes() == (samples.folder / "episode.mkv").read_bytes()
    beside = [path for path in file.parent.iterdir() if path != file]
    assert [path.suffix for path in beside] == [".srt"]
    assert "Guten Tag" in beside[0].read_text()


async def test_the_poster_of_a_series_lies_beside_its_episode(settings: Settings, origin: Origin) -> None:
    """It is asked for once, when the episode is finished, which does not wait for it."""
    cover = origin.add_file("/cover", jpeg(300, 450))
    async with stage_of(settings.model_copy(update={"write_posters": True})) as stage:
        stage.finder.found = [Source(url=origin.url(TS), headers={"Referer": "https://a.example/"}, poster=cover)]
        finished = await stage.runner.run(stage.live, builders.job(), Throttle(stage.clock))
        assert (str(finished.path), finished.existing) == (NAME, False)
        assert stage.files() == [NAME]
        fetching = asyncio.create_task(stage.posters.run(), name="posters")
        await stage.posters.settled()
        fetching.cancel()
        assert stage.files() == sorted([NAME, "Nordlicht/poster.jpg"])
    assert origin.count("/cover") == 1


async def test_an_episode_of_the_same_length_is_not_downloaded_again(
    settings: Settings, origin: Origin, samples: Samples
) -> None:
    """It has another name, and nothing of ours in it."""
    other = settings.download_dir / "Nordlicht" / "Staffel 1" / "1x01.mp4"
    other.parent.mkdir(parents=True)
    other.write_bytes((samples.folder / "late.mp4").read_bytes())
    async with stage_of(settings) as stage:
        finished = await stage.run(origin.url(TS))
        assert (str(finished.path), finished.existing) == ("Nordlicht/Staffel 1/1x01.mp4", True)
        assert stage.files() == ["Nordlicht/Staffel 1/1x01.mp4"]
    assert origin.count("/ts/000.ts") == 0


@pytest.mark.parametrize("content", ["cut", "text"])
async def test_what_only_has_the_name_of_the_episode_is_not_taken_for_it(
    content: str, settings: Settings, origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """A file that ends early, and one that is no video."""
    other = settings.download_dir / "Nordlicht" / "1x01.mp4"
    other.parent.mkdir(parents=True)
    ffmpeg(["-i", str(samples.folder / "late.mp4"), "-t", "4", "-c", "copy", "cut.mp4"], tmp_path)
    other.write_bytes((tmp_path / "cut.mp4").read_bytes() if content == "cut" else b"not a video")
    async with stage_of(settings) as stage:
        finished = await stage.run(origin.url(TS))
        assert (str(finished.path), finished.existing) == (NAME, False)
        assert stage.files() == ["Nordlicht/1x01.mp4", NAME]


async def test_what_was_made_under_another_profile_is_known_without_asking_anybody(
    settings: Settings, origin: Origin
) -> None:
    async with stage_of(settings) as stage:
        await stage.run(origin.url(TS))
    asked = origin.count(f"/{TS}")
    async with stage_of(settings.model_copy(update={"naming_template": "plex", "container": "mp4"})) as stage:
        finished = await stage.run(origin.url(TS))
    assert (str(finished.path), finished.existing) == (NAME, True)
    assert origin.count(f"/{TS}") == asked


async def test_a_folder_is_used_as_it_is_spelled(settings: Settings, origin: Origin) -> None:
    (settings.download_dir / "NORDLICHT").mkdir(parents=True)
    async with stage_of(settings) as stage:
        finished = await stage.run(origin.url(TS))
        assert str(finished.path) == "NORDLICHT/Season 01/Nordlicht S01E01.mkv"
        assert stage.files() == [str(finished.path)]
        assert (await stage.run(origin.url(TS))).existing
