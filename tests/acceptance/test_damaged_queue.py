"""The real service and a database that is damaged: before it starts, and while it runs."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.service import Service
from tests.unit.queue.damaged import leaf_pages, overwrite, set_aside

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

EPISODES = [f"https://example.org/season-1/episode-{number}/index.m3u8" for number in range(300)]


async def test_damage_ends_the_service_and_the_next_start_rescues(tmp_path: Path) -> None:
    """It answers with the reason, ends with an error, and comes back with what could be read and a notice."""
    database = tmp_path / "data" / "queue.sqlite3"
    async with Service(tmp_path, "-j", "0") as service:
        job = await service.add("Nordlicht", *EPISODES)
        await service.stop(signal.SIGTERM, within_s=30)  # all is in the file then
        await service.start()  # with nothing in memory
        leaves = await asyncio.to_thread(leaf_pages, database, "episodes")
        await asyncio.to_thread(overwrite, database, leaves[len(leaves) // 2])
        answer = await service.client.get(f"/api/jobs/{job['id']}/episodes?limit=500")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_damaged")
        async with asyncio.timeout(30):
            assert await service.process.wait() == 1
        await service.kill()

        await service.start()
        seen = await service.until(lambda seen: bool(seen.stats))
        (notice,) = seen.stats["notices"]
        (aside,) = set_aside(database)
        assert (notice["code"], notice["params"]["set_aside"]) == ("database_rescued", str(aside))
        kept = (await service.get(f"/api/jobs/{job['id']}/episodes?limit=500"))["items"]
        assert 200 < len(kept) == 300 - notice["params"]["lost_episodes"] < 300
        assert {episode["status"] for episode in kept} == {"queued"}
        assert (await service.client.get("/readyz")).status_code == 200

        await service.kill()
        aside.unlink()
        await service.start()
        seen = await service.until(lambda seen: bool(seen.stats))
        assert seen.stats["notices"] == []
