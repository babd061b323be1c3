"""Killed at random, over and over: one correct file in the end, nothing left over, nothing paid for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.origin import Origin
from tests.acceptance.kills import CONNECTIONS, PLAYLIST, Killer, make_long_episode
from tests.media_samples import own_remux, streamhash

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

KILLS = 7
"""`python -m benchmarks kills` takes a hundred."""


async def test_kill_at_random(tmp_path: Path) -> None:
    """What was fetched twice is at most what the connections were fetching when the kills came."""
    episode = tmp_path / "served"
    segments = make_long_episode(episode, 40)
    async with Origin() as origin:
        origin.add_folder("/", episode)
        killer = Killer(origin, segments, tmp_path, seed=1)
        done = await killer.kill(KILLS)
        assert await killer.finish() == 0, (tmp_path / "complaints.txt").read_text()
    assert done.count >= KILLS - 2, done
    files = [path.relative_to(killer.out).as_posix() for path in killer.out.rglob("*") if path.is_file()]
    assert files == ["Zombie/Season 01/Zombie S01E01.mkv"]
    assert not (killer.out / ".aniworld-dl").exists()
    assert streamhash(killer.out / files[0]) == streamhash(own_remux(episode / PLAYLIST, tmp_path / "own.mkv"))
    assert done.refetched_segments <= done.under_way * CONNECTIONS, done
    assert done.refetched_bytes <= done.under_way * CONNECTIONS * max(segments.values()), done
