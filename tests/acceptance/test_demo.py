"""`serve --demo`: something to look at without any site, and the same after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Json

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


async def expanded(service: Service) -> list[Json]:
    """Wait until every series is listed, and return the jobs in the order in which they were added."""
    await service.until(lambda seen: sum(job.get("total_episodes") or 0 for job in seen.jobs.values()) == 30)
    jobs: list[Json] = (await service.get("/api/jobs"))["items"]
    return sorted(jobs, key=lambda job: job["id"])


async def test_series_are_queued_once(tmp_path: Path) -> None:
    """Addresses stay good over the restart, although this machine may be fetched from for no other reason."""
    options = ("--demo", "-j", "0")
    async with Service(tmp_path, *options, env={"ANIWORLD_DL_ALLOWED_PRIVATE_NETWORKS": ""}) as service:
        before = await expanded(service)
        assert [job["anime_title"] for job in before] == ["Kupferwald", "Sternenhafen", "Nachtzug"]
        addresses = [episode["url"] for job in before for episode in await service.episodes(job["id"])]
        await service.kill()
        await service.start()
        after = await expanded(service)
        assert [job["id"] for job in after] == [job["id"] for job in before]
        assert [episode["url"] for job in after for episode in await service.episodes(job["id"])] == addresses
