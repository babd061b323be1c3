"""Servers that cut a segment between two packets and are truthful about what is left: only its timestamps tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import IncompleteError
from tests.integration.engine_run import engine_run
from tests.media_samples import TS, Samples

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

PLAYLIST = f"/{TS}"
PATH = "/ts/004.ts"
PACKET = 188


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.95, 0.999])
async def test_a_segment_that_is_cut_once_is_fetched_again(
    origin: Origin, samples: Samples, settings: Settings, share: float
) -> None:
    """Down to a few packets of its last picture."""
    size = (samples.folder / PATH[1:]).stat().st_size
    cut = int(size * share) // PACKET * PACKET
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, path=PATH, after_bytes=cut))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        entry = run.work.ledger.entry(0, 4)
        assert entry is not None
        assert (entry.size_bytes, entry.confirmed) == (size, False)
        await run.prove(await run.join())


async def test_a_segment_that_is_always_cut_is_no_success(origin: Origin, samples: Samples, settings: Settings) -> None:
    cut = (samples.folder / PATH[1:]).stat().st_size // 4 // PACKET * PACKET
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, path=PATH, times=None, after_bytes=cut))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        with pytest.raises(IncompleteError) as raised:
            await run.prove(await run.join())
        assert str(raised.value.params["missing"]).startswith("00:00:04")
