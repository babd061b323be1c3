from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from aniworld_dl.limits import Throttle
from tests.fakes.clock import FakeClock

CHUNK = 64 * 1024


class _Streams:
    """Streams that take chunks from throttles for as long as the fake clock runs, counting what passed."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.passed: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, throttle: Throttle, *, size: int = CHUNK) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(name, throttle, size), name=name)
        self._tasks.append(task)
        return task

    async def rates(self, seconds: float) -> dict[str, float]:
        """Let time pass and return what passed in it, in bytes a second."""
        before = Counter(self.passed)
        await self.clock.run(seconds)
        return {name: (count - before[name]) / seconds for name, count in self.passed.items()}

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, name: str, throttle: Throttle, size: int) -> None:
        while True:
            await throttle.take(size)
            self.passed[name] += size


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("streams", [1, 3, 8])
@pytest.mark.parametrize("rate", [100_000, 2_000_000, 200_000_000])
async def test_throttle_is_exact(rate: int, streams: int, clock: FakeClock) -> None:
    """As many bytes pass as the limit says, to 1 %, also where a chunk lasts less than the shortest sleep."""
    throttle = Throttle(clock, rate)
    crowd = _Streams(clock)
    seconds = 100.0 if rate < 1_000_000 else 10.0 if rate < 100_000_000 else 0.5
    for number in range(streams):
        crowd.start(f"stream {number}", throttle, size=16 * 1024)
    total = sum((await crowd.rates(seconds)).values())
    assert total == pytest.approx(rate, rel=0.01, abs=streams * 16 * 1024 / seconds)
    await crowd.stop()


async def test_throttle_is_fair(clock: FakeClock) -> None:
    """Of streams that take chunks of one size, the slowest gets at least 0.9 of the fastest."""
    throttle = Throttle(clock, 1_000_000)
    crowd = _Streams(clock)
    for number in range(8):
        crowd.start(f"stream {number}", throttle)
    rates = (await crowd.rates(30)).values()
    assert min(rates) >= 0.9 * max(rates)
    await crowd.stop()


@pytest.mark.parametrize("before", [10_000, 1_000_000])
async def test_change_of_the_rate_is_noticed(before: int, clock: FakeClock) -> None:
    """Within 250 ms the new rate holds, even for a chunk that would have waited for long at the old one."""
    throttle = Throttle(clock, before)
    crowd = _Streams(clock)
    crowd.start("only", throttle)
    await clock.run(1)
    throttle.set_rate(10 * before)
    await clock.run(0.25)
    assert (await crowd.rates(100 * CHUNK / before))["only"] == pytest.approx(10 * before, rel=0.02)
    throttle.set_rate(before)
    await clock.run(0.25)
    assert (await crowd.rates(100 * CHUNK / before))["only"] == pytest.approx(before, rel=0.02)
    await crowd.stop()


async def test_lifting_the_limit_frees_those_who_wait(clock: FakeClock) -> None:
    throttle = Throttle(clock, 1024)
    taken = asyncio.create_task(throttle.take(1_000_000))
    await clock.run(1)
    assert not taken.done()
    throttle.set_rate(None)
    await clock.run(0.25)
    assert taken.done()


async def test_no_limit_costs_no_wait(clock: FakeClock) -> None:
    """Without a limit anywhere in the chain everything passes at once, and nothing of it counts later."""
    throttle = Throttle(clock, None, parent=Throttle(clock))
    for _ in range(100):
        await throttle.take(10**9)
    assert (throttle.bytes_per_s, clock.monotonic()) == (None, 0.0)
    throttle.set_rate(1_000_000)
    taken = asyncio.create_task(throttle.take(100_000))
    await clock.run(0.11)
    assert taken.done()


@pytest.mark.parametrize(("own", "parents"), [(100_000, 1_000_000), (1_000_000, 100_000), (100_000, 100_000)])
async def test_the_tightest_of_a_chain_wins(own: int, parents: int, clock: FakeClock) -> None:
    """A chain is as fast as its tightest limit, not slower: the waits run at the same time."""
    crowd = _Streams(clock)
    crowd.start("only", Throttle(clock, own, parent=Throttle(clock, parents)))
    assert (await crowd.rates(65.536))["only"] == pytest.approx(100_000, rel=0.02)
    await crowd.stop()


async def test_three_limits_in_a_chain(clock: FakeClock) -> None:
    """A slow stream leaves what it does not use of the common limit to the others."""
    everything = Throttle(clock, 1_000_000)
    job = Throttle(clock, None, parent=everything)
    crowd = _Streams(clock)
    crowd.start("slow", Throttle(clock, 100_000, parent=job))
    crowd.start("free", Throttle(clock, None, parent=job))
    rates = await crowd.rates(65.536)
    assert rates["slow"] == pytest.approx(100_000, rel=0.03)
    assert sum(rates.values()) == pytest.approx(1_000_000, rel=0.01)
    await crowd.stop()


async def test_idle_time_is_not_saved_up(clock: FakeClock) -> None:
    """After an hour without work not more than 20 ms' worth passes at once."""
    throttle = Throttle(clock, 1_000_000)
    await clock.run(3600)
    crowd = _Streams(clock)
    crowd.start("only", throttle, size=1000)
    await clock.run(0)
    assert crowd.passed["only"] <= 20_000
    await clock.run(1)
    assert crowd.passed["only"] == pytest.approx(1_020_000, rel=0.01)
    await crowd.stop()


async def test_who_gives_up_gives_back(clock: FakeClock) -> None:
    """A chunk that is cancelled while it waits delays nobody, and hurries nobody, here or at the wider limit."""
    everything = Throttle(clock, 10_000)
    before = asyncio.create_task(everything.take(10_000))
    await clock.run(0)
    leaving = [asyncio.create_task(Throttle(clock, 10_000, parent=everything).take(1_000_000)) for _ in range(3)]
    await clock.run(0)
    behind = asyncio.create_task(everything.take(10_000))
    await clock.run(0.5)
    for task in leaving:
        task.cancel()
    done = []
    for moment in (0.95, 1.05, 1.9, 2.2):
        await clock.run(moment - clock.monotonic())
        done.append((before.done(), behind.done()))
    assert done == [(False, False), (True, False), (True, False), (True, True)]


async def test_what_is_half_released_is_not_given_back(clock: FakeClock) -> None:
    """Giving up cannot be used to pass the limit: the time that went by is spent."""
    throttle = Throttle(clock, 10_000)
    for _ in range(10):
        leaving = asyncio.create_task(throttle.take(20_000))
        await clock.run(1)
        leaving.cancel()
        await clock.run(0)
    taken = asyncio.create_task(throttle.take(10_000))
    await clock.run(0.95)
    assert not taken.done()
    await clock.run(0.25)
    assert taken.done()


@pytest.mark.parametrize("rate", [0, -1])
def test_rates_are_above_zero(rate: int, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Throttle(clock, rate)
    throttle = Throttle(clock, 5)
    with pytest.raises(ValueError, match="above zero"):
        throttle.set_rate(rate)
    assert throttle.bytes_per_s == 5


@pytest.mark.parametrize(("own", "wider", "is_open"), [(None, None, True), (100.0, None, False), (None, 100.0, False)])
def test_it_is_open_only_while_nothing_of_the_chain_limits(
    own: float | None, wider: float | None, is_open: bool
) -> None:
    assert Throttle(FakeClock(), own, parent=Throttle(FakeClock(), wider)).is_open is is_open
