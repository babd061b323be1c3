"""What stands on the shelf: sealed where it was made here, the author's own bytes where it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.proof.seal import damaged_blocks, read_seal
from tests.integration.test_runner import NAME, stage_of
from tests.media_samples import FMP4, TS, Samples

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin


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
