"""Two series at once through the real program: slots, fairness, live changes, and what a client is told of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.demo.origin import Origin
from tests.acceptance.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.commands import Json
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(150)]

RATE_BYTES_PER_S = 80_000
"""Of each connection: an episode takes a moment, so that several really run together."""


@asynccontextmanager
async def two_series(samples: Samples, episodes: int) -> AsyncIterator[tuple[Origin, list[list[str]]]]:
    """Serve one episode under as many addresses as both series have episodes; return these, by series."""
    async with Origin(rate_bytes_per_s=RATE_BYTES_PER_S) as origin:
        series = []
        for name in ("a", "b"):
            folders = [f"/{name}/S01E{number:02}" for number in range(1, episodes + 1)]
            for folder in folders:
                origin.add_folder(folder, samples.folder / "ts")
            series.append([origin.url(f"{folder}/index.m3u8") for folder in folders])
        yield origin, series


async def listen(service: Service, messages: list[dict[str, Any]], connected: asyncio.Event) -> None:
    """Keep every message, until the connection is closed."""
    async with service.socket() as socket:
        async for text in socket:
            messages.append(json.loads(text))
            connected.set()


def values(messages: list[dict[str, Any]], kind: str, field: str) -> dict[str, list[Any]]:
    """Return the values of a field in the order they were told, by id."""
    told: dict[str, list[Any]] = {}
    for message in messages:
        for row_id, changes in message.get(kind, {}).items():
            if changes is not None and field in changes:
                told.setdefault(row_id, []).append(changes[field])
    return told


async def test_three_at_a_time_and_everything_is_told(samples: Samples, tmp_path: Path) -> None:
    """Never more than three of 24 episodes run, both jobs move, and a client is told every step of it."""
    messages: list[dict[str, Any]] = []
    async with two_series(samples, 12) as (origin, (first, second)), Service(tmp_path) as service:
        connected = asyncio.Event()
        listening = asyncio.create_task(listen(service, messages, connected))
        await connected.wait()
        jobs = [await service.add("Anime A", *first), await service.add("Anime B", *second)]
        ended = await service.ended(*(job["id"] for job in jobs))
        assert [(job["status"], job["completed_episodes"]) for job in ended] == [("completed", 12)] * 2
        assert origin.log.most_spans_at_once("/*") == 3
        half = [record.path[1] for record in origin.log.records("/*/index.m3u8")][:12]
        assert min(half.count("a"), half.count("b")) >= 3
        assert len(list(service.downloads.glob("*/Season 01/*.mkv"))) == 24
        await service.kill()
        await asyncio.wait([listening])

    assert messages[0]["type"] == "snapshot"
    assert {message["type"] for message in messages[1:]} == {"patch"}
    sequence = [message["seq"] for message in messages]
    assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))
    statuses = values(messages, "episodes", "status")
    assert list(statuses.values()) == [["downloading", "completed"]] * (24)
    for kind in ("jobs", "episodes"):
        for percentages in values(messages, kind, "progress_percentage").values():
            assert percentages == sorted(percentages)
            assert percentages[-1] == 100.0


async def set_slots(service: Service, slots: int) -> None:
    answer = await service.client.patch("/api/settings", json={"max_concurrent_downloads": slots})
    assert answer.json()["max_concurrent_downloads"] == slots


async def test_the_number_of_slots_is_followed(samples: Samples, tmp_path: Path) -> None:
    """3, 8, 1, 0, 4 while 24 episodes wait: upward at once, downward as episodes end, none is interrupted."""
    async with two_series(samples, 12) as (origin, (first, second)), Service(tmp_path) as service:
        origin.rate_bytes_per_s = 8_000
        jobs = [await service.add("Anime A", *first), await service.add("Anime B", *second)]
        await service.until(lambda seen: seen.stats.get("running") == 3)
        await set_slots(service, 8)
        await service.until(lambda seen: seen.stats.get("running") == 8)
        assert not await completed(service, jobs), "it had to wait for an end"
        await set_slots(service, 1)
        origin.rate_bytes_per_s = RATE_BYTES_PER_S
        await service.until(lambda seen: seen.stats.get("running") == 1)
        started = await attempts(service, jobs)
        assert (set(started), sum(started) >= 8) == ({0, 1}, True)
        await set_slots(service, 0)
        await service.until(lambda seen: seen.stats.get("running") == 0)
        done = await completed(service, jobs)
        assert done == sum(await attempts(service, jobs)) < 24
        origin.rate_bytes_per_s = 8_000
        await set_slots(service, 4)
        await service.until(lambda seen: seen.stats.get("running") == 4)
        assert await completed(service, jobs) == done, "it had to wait for an end"
        origin.rate_bytes_per_s = None
        ended = await service.ended(*(job["id"] for job in jobs))
        assert [job["completed_episodes"] for job in ended] == [12] * 2
        assert await attempts(service, jobs) == [1] * 24
        assert origin.log.most_spans_at_once("/*") <= 8


async def completed(service: Service, jobs: list[Json]) -> int:
    return sum([(await service.get(f"/api/jobs/{job['id']}"))["completed_episodes"] for job in jobs])


async def attempts(service: Service, jobs: list[Json]) -> list[int]:
    """Return how often each episode has been started."""
    return [episode["attempt"] for job in jobs for episode in await service.episodes(job["id"])]


async def test_slots_change_while_they_are_in_use(samples: Samples, tmp_path: Path) -> None:
    """Raising to six starts three more at once; lowering to one stops nothing and lets only one go on."""
    async with two_series(samples, 5) as (origin, (first, second)), Service(tmp_path) as service:
        origin.rate_bytes_per_s = 8_000
        jobs = [await service.add("Anime A", *first), await service.add("Anime B", *second)]
        await service.until(lambda seen: seen.stats.get("running") == 3)
        raised = await service.client.patch("/api/settings", json={"max_concurrent_downloads": 6})
        assert raised.json()["max_concurrent_downloads"] == 6
        seen = await service.until(lambda seen: seen.stats.get("running") == 6)
        await origin.log.until(lambda: origin.log.most_spans_at_once("/*") == 6)
        running = {key for key, episode in seen.episodes.items() if episode["status"] == "downloading"}
        await service.client.patch("/api/settings", json={"max_concurrent_downloads": 1})
        origin.rate_bytes_per_s = None
        follow = await service.until(lambda seen: seen.stats.get("running") == 1)
        assert follow.stats["slots"] == 1
        ended = await service.ended(*(job["id"] for job in jobs))
        assert [job["completed_episodes"] for job in ended] == [5] * 2
        episodes = [episode for job in jobs for episode in await service.episodes(job["id"])]
        assert {episode["attempt"] for episode in episodes} == {1}
        assert {str(episode["id"]) for episode in episodes} >= running
        assert origin.log.most_spans_at_once("/*") == 6
