"""Killed at a change of what is on disk: nothing half done counts, nothing that is stored is fetched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.write_kills import WriteKiller

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


@pytest.mark.parametrize("number", [19, 76])
async def test_killed_at_a_write(number: int, origin: Origin, samples: Samples, tmp_path: Path) -> None:
    """Once while the request is written down, once while segments are; `benchmarks kills --every-write` takes all."""
    death = await WriteKiller(origin, samples, tmp_path).kill_at(number)
    assert death.change is not None, f"it makes only {death.changes} changes"
    assert death.complaints == []
