"""Killed at random while clients work on the queue: nothing lost, nothing double, nothing stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.queue_kills import QueueKiller

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

KILLS = 5
"""`python -m benchmarks queue-kills` takes two hundred."""


async def test_killed_while_the_queue_changes(origin: Origin, samples: Samples, tmp_path: Path) -> None:
    origin.rate_bytes_per_s = 300_000
    killer = QueueKiller(origin, samples, tmp_path, seed=1)
    await killer.kill(KILLS)
    origin.rate_bytes_per_s = None
    await killer.finish()
    assert killer.done.complaints == []
    assert killer.cost.refetched_bytes() <= killer.cost.in_flight_bytes + killer.cost.stopped_bytes
    assert killer.done.moments.total() == KILLS
    assert killer.done.episodes > 5
    assert len(killer.done.requests) == 6, killer.done.requests
