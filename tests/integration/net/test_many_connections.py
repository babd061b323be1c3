"""How many connections a server gets, over real sockets; time is the test's own, so that a minute takes a second."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.errors import HttpStatusError
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

pytestmark = pytest.mark.timeout(60)

EACH_BYTES_PER_S: Final = 4_000
"""Small, since the law looks at nothing but ratios."""
BODY: Final = bytes(8_000)
WORKERS: Final = 72


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Workers that fetch for ever, as the segments of several episodes are. `refused` has what was given up."""

    clock: FakeClock
    origin: Origin
    client: HttpClient
    failed: list[HttpStatusError] = field(default_factory=list)

    async def work(self) -> None:
        while True:
            try:
                await self.client.retry.run(self._fetch)
            except HttpStatusError as error:
                self.failed.append(error)

    async def _fetch(self) -> None:
        async with self.client.stream(self.origin.url("a.ts")) as response:
            async for _ in response.chunks():
                pass

    async def watch(self, seconds: int) -> tuple[float, float]:
        """Let time pass; return the bytes per second and the requests under way, on average."""
        before, under_way = self.origin.log.total_bytes_sent, list[int]()
        for _ in range(seconds * 2):
            await self.clock.run(0.5)
            under_way.append(self.origin.log.running())
        return (self.origin.log.total_bytes_sent - before) / seconds, fmean(under_way)


@asynccontextmanager
async def crowd(settings: Settings, *, total_bytes_per_s: float | None = None) -> AsyncIterator[Crowd]:
    clock = FakeClock()
    own = settings.model_copy(update={"transport": "httpx"})  # its own threads would not wait for the test's time
    origin = Origin(clock=clock, rate_bytes_per_s=EACH_BYTES_PER_S, total_bytes_per_s=total_bytes_per_s)
    async with origin, HttpClient(own, clock) as client:
        origin.add_file("a.ts", BODY)
        running = Crowd(clock=clock, origin=origin, client=client)
        tasks = [asyncio.create_task(running.work(), name=f"worker-{number}") for number in range(WORKERS)]
        try:
            yield running
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def test_what_a_server_gives_in_all_is_reached_soon_and_not_overshot(settings: Settings) -> None:
    """20 connections make up what there is."""
    async with crowd(settings, total_bytes_per_s=20 * EACH_BYTES_PER_S) as workers:
        await workers.watch(15)
        rate, _ = await workers.watch(5)
        assert rate >= 0.9 * 20 * EACH_BYTES_PER_S
        rate, under_way = await workers.watch(20)
        assert rate >= 0.9 * 20 * EACH_BYTES_PER_S
        assert 17 <= under_way <= 23
        [host] = workers.client.hosts.figures()
        assert 18 <= host.level <= 22


async def test_a_server_that_refuses_more_than_four_gets_four(settings: Settings) -> None:
    async with crowd(settings) as workers:
        rule = workers.origin.faults.add(Fault(kind=FaultKind.CROWDED, path="/a.ts", most=4, status=429, times=None))
        await workers.watch(20)
        refused_at_first = rule.taken
        rate, under_way = await workers.watch(60)
        assert workers.failed == []
        assert 3.5 <= under_way <= 4.2
        assert rate >= 0.9 * 4 * EACH_BYTES_PER_S
        assert refused_at_first < 20
        assert rule.taken == refused_at_first, "it is not tried again and again"
        [host] = workers.client.hosts.figures()
        assert (host.level, host.cooling_until) == (4, None)


async def test_a_server_that_is_overloaded_and_does_not_say_for_how_long(settings: Settings) -> None:
    """503 without a word about the time is no failed attempt while others get through."""
    async with crowd(settings) as workers:
        workers.origin.faults.add(Fault(kind=FaultKind.CROWDED, path="/a.ts", most=6, status=503, times=None))
        await workers.watch(40)
        _, under_way = await workers.watch(20)
        assert workers.failed == []
        assert 4.5 <= under_way <= 6.2
