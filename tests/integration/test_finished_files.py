"""What stands on the shelf: sealed where it was made here, the author's own bytes where it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.content import Manner
from aniworld_dl.limits import Throttle
from aniworld_dl.media.proof.seal import damaged_blocks, read_seal
from aniworld_dl.model import EpisodeRef, Source
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.production import _has_size
from tests import builders
from tests.integration.test_runner import NAME, Stage, stage_of
from tests.media_samples import FMP4, TS, Samples, ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.queue.shelving import Finished


@pytest.mark.parametrize("playlist", [TS, FMP4])
async def test_what_was_joined_is_sealed(settings: Settings, origin: Origin, playlist: str) -> None:
    async with stage_of(settings) as stage:
        await stage.run(origin.url(playlist))
    file = settings.download_dir / NAME
    blocks = read_seal(file)
    assert blocks
    assert damaged_blocks(file, blocks) == []


async def test_a_file_in_the_wanted_container_stays_as_it_is(
    settings: Settings, origin: Origin, samples: Samples
) -> None:
    async with stage_of(settings) as stage:
        await stage.run(origin.url("episode.mkv"))
    assert (settings.download_dir / NAME).read_bytes() == (samples.folder / "episode.mkv").read_bytes()


async def test_a_plain_file_goes_where_its_servers_name_for_it_belongs(
    settings: Settings, origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """Where nothing else tells which episode it is, and never in place of another one that has that name."""
    ffmpeg(["-i", str(samples.folder / "episode.mkv"), "-t", "4", "-c", "copy", "cut.mkv"], tmp_path)
    named = Manner(headers={"Content-Disposition": 'attachment; filename="Nordlicht S02E05.mkv"'})
    url = origin.add_file("/get", (samples.folder / "episode.mkv").read_bytes(), named)
    other = origin.add_file("/other", (tmp_path / "cut.mkv").read_bytes(), named)
    theirs = "Nordlicht/Season 02/Nordlicht S02E05.mkv"

    async def run(stage: Stage, address: str) -> Finished:
        stage.finder.found = [Source(url=address)]
        stage.live = LiveEpisode(builders.episode(ref=EpisodeRef(url=address)), stage.clock)
        return await stage.runner.run(stage.live, builders.job(), Throttle(stage.clock))

    async with stage_of(settings) as stage:
        first = await run(stage, url)
        assert (str(first.path), first.ref and (first.ref.season, first.ref.number)) == (theirs, (2, 5))
        assert stage.files() == [theirs]
        again = await run(stage, url)
        assert (str(again.path), again.existing) == (theirs, True)
        second = await run(stage, other)
        assert (str(second.path), second.ref, second.existing) == (NAME, None, False)
    assert not _has_size(tmp_path / "that went meanwhile", None)
