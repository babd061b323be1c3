"""How many connections a stream opens under a limit: as many as are of use."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.limits import Throttle
from tests.fakes.clock import FakeClock, settle

WORKERS = 8
SEGMENT = 400_000
CHUNK = 100_000


class _Stream:
    """Workers that fetch segments, each over one connection at a time that gives so many bytes a second."""

    def __init__(
        self, clock: FakeClock, throttle: Throttle, *, server_bytes_per_s: float = 1e9, allowed: int = WORKERS
    ) -> None:
        self.inside = 0
        self.passed = 0
        self._clock = clock
        self._throttle = throttle
        self._server = server_bytes_per_s
        self._allowed = asyncio.Semaphore(allowed)
        self.tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            async with self._throttle.connection() as goes_out:
                self.inside += 1
                try:
                    async with self._allowed:
                        goes_out()
                        for _ in range(SEGMENT // CHUNK):
                            await self._clock.sleep(CHUNK / self._server)
                            await self._throttle.take(CHUNK, self._count)
                finally:
                    self.inside -= 1

    def _count(self, size: int) -> None:
        self.passed += size


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_without_a_limit_all_are_used_at_once(clock: FakeClock) -> None:
    stream = _Stream(clock, Throttle(clock, parent=Throttle(clock)), server_bytes_per_s=100_000)
    await clock.run(0)
    assert stream.inside == WORKERS
    await stream.stop()


async def test_a_low_limit_is_filled_by_few(clock: FakeClock) -> None:
    stream = _Stream(clock, Throttle(clock, 1_000_000))
    most = 0
    for _ in range(200):
        await clock.run(0.1)
        most = max(most, stream.inside)
    assert most <= 4
    assert stream.passed == pytest.approx(20_000_000, rel=0.01)
    await stream.stop()


async def test_slow_connections_are_all_used_under_a_limit_that_they_do_not_reach(clock: FakeClock) -> None:
    """Also where segments are so short that a connection asks for one after the other."""
    stream = _Stream(clock, Throttle(clock, 50_000_000), server_bytes_per_s=2_000_000)
    await clock.run(2)
    assert stream.inside == WORKERS
    before = stream.passed
    await clock.run(10)
    assert (stream.passed - before) / 10 == pytest.approx(WORKERS * 2_000_000, rel=0.05)
    await stream.stop()


async def test_no_more_come_in_while_one_waits_for_its_servers_leave(clock: FakeClock) -> None:
    """They would wait there for a turn that others can use: a server gives only so many, to all streams together."""
    stream = _Stream(clock, Throttle(clock, 50_000_000), server_bytes_per_s=2_000_000, allowed=2)
    most = 0
    for _ in range(100):
        await clock.run(0.1)
        most = max(most, stream.inside)
    assert most == 3
    assert stream.passed == pytest.approx(40_000_000, rel=0.02)
    await stream.stop()


async def test_a_limit_that_is_lowered_takes_connections_back_as_they_end(clock: FakeClock) -> None:
    throttle = Throttle(clock)
    stream = _Stream(clock, throttle, server_bytes_per_s=5_000_000)
    await clock.run(1)
    throttle.set_rate(1_000_000)
    await clock.run(0.1)
    assert stream.inside == WORKERS
    await clock.run(10)
    assert stream.inside <= 4
    throttle.set_rate(None)
    await clock.run(0.2)
    assert stream.inside == WORKERS
    await stream.stop()


async def test_who_gives_up_at_the_door_leaves_nothing_behind(clock: FakeClock) -> None:
    throttle = Throttle(clock, 1000)
    stream = _Stream(clock, throttle)
    await clock.run(5)
    await stream.stop()
    assert stream.inside == 0
    throttle.set_rate(None)
    stream = _Stream(clock, throttle, server_bytes_per_s=100_000)
    await settle()
    assert stream.inside == WORKERS
    await stream.stop()
