from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.limits import Throttle
from aniworld_dl.turns import Gate
from tests.fakes.clock import FakeClock, settle
from tests.fakes.streams import Streams


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_what_has_to_be_waited_for_becomes_shorter_with_a_higher_limit() -> None:
    gate = Gate(100.0)
    gate.let_pass(1000, 0.0, 0.0)
    wait_s = gate.free_at()
    gate.set_rate(1000.0, 0.0)
    assert gate.free_at() == pytest.approx(wait_s / 10)
    gate.set_rate(10.0, 0.0)
    assert gate.free_at() == pytest.approx(wait_s / 10)


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("streams", [1, 3, 8])
@pytest.mark.parametrize("rate", [100_000, 2_000_000, 200_000_000])
async def test_throttle_is_exact(rate: int, streams: int, clock: FakeClock) -> None:
    """As many bytes pass as the limit says, to 1 %, also where a chunk lasts less than the shortest sleep."""
    throttle = Throttle(clock, rate)
    crowd = Streams(clock)
    seconds = 20.0 if rate < 1_000_000 else 5.0 if rate < 100_000_000 else 0.5
    for number in range(streams):
        crowd.start(f"stream {number}", throttle, size=16 * 1024)
    await clock.run(0.1)
    total = sum((await crowd.rates(seconds)).values())
    assert total == pytest.approx(rate, rel=0.01, abs=streams * 16 * 1024 / seconds)
    await crowd.stop()


async def test_sleeps_that_end_late_cost_nothing(clock: FakeClock) -> None:
    """Who sleeps longer than asked for, as on a busy machine, does not lower the rate."""
    throttle = Throttle(clock, 1_000_000)
    crowd = Streams(clock)
    crowd.start("only", throttle, size=5_000)
    await clock.run(0)
    before, since = crowd.passed["only"], clock.monotonic()
    for number in range(500):
        clock.advance(0.013 + 0.03 * (number % 2))
        await settle(40)
    assert (crowd.passed["only"] - before) / (clock.monotonic() - since) == pytest.approx(1_000_000, rel=0.01)
    await crowd.stop()


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("rate", [1_000_000, 10_000_000, 50_000_000])
async def test_throttle_is_fair(rate: int, clock: FakeClock) -> None:
    """Of 24 streams, some over many connections and some over one, the slowest gets at least 0.9 of the fastest."""
    everything = Throttle(clock, rate)
    crowd = Streams(clock)
    for number in range(24):
        own = Throttle(clock, parent=everything)
        for _ in range(8 if number % 2 else 1):
            crowd.start(f"stream {number}", own)
    seconds = 10 if rate == 1_000_000 else 3
    await clock.run(1)
    rates = (await crowd.rates(seconds)).values()
    assert len(rates) == 24
    assert min(rates) >= 0.95 * max(rates)
    assert sum(rates) == pytest.approx(rate, rel=0.03)
    assert len(clock.slept) <= 101 * clock.monotonic(), "one sleeps for all, and not for each portion"
    await crowd.stop()


async def test_takers_of_one_throttle_take_turns(clock: FakeClock) -> None:
    throttle = Throttle(clock, 1_000_000)
    crowd = Streams(clock)
    for number in range(8):
        crowd.start(f"connection {number}", throttle)
    rates = (await crowd.rates(30)).values()
    assert min(rates) >= 0.9 * max(rates)
    await crowd.stop()


async def test_who_paused_shortly_catches_up(clock: FakeClock) -> None:
    """Between two segments a stream asks for nothing for a moment. It gets its share all the same."""
    everything = Throttle(clock, 1_000_000)
    halting, steady = (Throttle(clock, parent=everything) for _ in range(2))
    crowd = Streams(clock)
    crowd.start("steady", steady)
    passed = 0
    for _ in range(20):
        taken = asyncio.create_task(halting.take(200_000))
        while not taken.done():
            await clock.run(0.01)
        passed += 200_000
        await clock.run(0.1)
    assert passed / clock.monotonic() == pytest.approx(500_000, rel=0.05)
    await crowd.stop()


@pytest.mark.no_cover  # so much that watching it takes seconds
async def test_who_paused_for_long_has_no_privilege(clock: FakeClock) -> None:
    everything = Throttle(clock, 1_000_000)
    back, steady = (Throttle(clock, parent=everything) for _ in range(2))
    crowd = Streams(clock)
    first = crowd.start("back", back)
    crowd.start("steady", steady)
    await clock.run(1)
    first.cancel()
    await clock.run(60)
    crowd.start("back", back)
    rates = await crowd.rates(0.5)
    assert rates["steady"] == pytest.approx(rates["back"], rel=0.1)
    await crowd.stop()


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("before", [10_000, 1_000_000])
async def test_change_of_the_rate_is_noticed(before: int, clock: FakeClock) -> None:
    """Within 100 ms the new rate holds, even for a chunk that would have waited for long at the old one."""
    throttle = Throttle(clock, before)
    crowd = Streams(clock)
    crowd.start("only", throttle, size=before // 50)
    await clock.run(1)
    for rate in (10 * before, before, 100 * before, before):
        throttle.set_rate(rate)
        await clock.run(0.1)
        assert (await crowd.rates(10 if rate == before else 1))["only"] == pytest.approx(rate, rel=0.02)
    await crowd.stop()


async def test_a_large_chunk_under_a_limit_that_falls_is_not_owed(clock: FakeClock) -> None:
    """What waits when a limit becomes a thousandth passes by the new one, bit by bit, and delays nobody afterwards."""
    throttle = Throttle(clock, 100_000_000)
    crowd = Streams(clock)
    for number in range(4):
        crowd.start(f"connection {number}", throttle, size=1 << 22)
    await clock.run(1)
    throttle.set_rate(100_000)
    for task in crowd.tasks:
        task.cancel()
    await clock.run(0.1)
    taken = asyncio.create_task(throttle.take(1_000))
    await clock.run(0.1)
    assert taken.done()


async def test_lifting_the_limit_frees_those_who_wait(clock: FakeClock) -> None:
    throttle = Throttle(clock, 1024)
    taken = [asyncio.create_task(throttle.take(1_000_000)) for _ in range(3)]
    await clock.run(1)
    assert not any(task.done() for task in taken)
    throttle.set_rate(None)
    await clock.run(0.1)
    assert all(task.done() for task in taken)


async def test_setting_a_limit_holds_from_then_on(clock: FakeClock) -> None:
    """What passed before a limit was set does not count, and nothing is saved up for it."""
    throttle = Throttle(clock)
    crowd = Streams(clock)
    await throttle.take(10**9)
    throttle.set_rate(1_000_000)
    crowd.start("only", throttle, size=5_000)
    assert (await crowd.rates(1))["only"] == pytest.approx(1_000_000, rel=0.01)
    await crowd.stop()


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


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize(("own", "parents"), [(100_000, 1_000_000), (1_000_000, 100_000), (100_000, 100_000)])
async def test_the_tightest_of_a_chain_wins(own: int, parents: int, clock: FakeClock) -> None:
    """A chain is as fast as its tightest limit, not slower: the waits run at the same time."""
    crowd = Streams(clock)
    crowd.start("only", Throttle(clock, own, parent=Throttle(clock, parents)))
    assert (await crowd.rates(65.536))["only"] == pytest.approx(100_000, rel=0.02)
    await crowd.stop()


async def test_who_waits_at_a_narrow_limit_uses_up_nothing_of_the_wide_one(clock: FakeClock) -> None:
    """Eight connections of a slow stream, each with a large chunk, take no room from the other stream meanwhile."""
    everything = Throttle(clock, 1_000_000)
    slow, free = Throttle(clock, 10_000, parent=everything), Throttle(clock, None, parent=everything)
    crowd = Streams(clock)
    for _ in range(8):
        crowd.start("slow", slow, size=1 << 20)
    crowd.start("free", free, size=5_000)
    await clock.run(0.1)
    assert (await crowd.rates(1))["free"] == pytest.approx(990_000, rel=0.02)
    await crowd.stop()


async def test_idle_time_is_not_saved_up(clock: FakeClock) -> None:
    """After an hour without work not more than 50 ms' worth passes at once."""
    throttle = Throttle(clock, 1_000_000)
    await clock.run(3600)
    crowd = Streams(clock)
    crowd.start("only", throttle, size=1000)
    await clock.run(0)
    assert crowd.passed["only"] <= 51_000
    await clock.run(1)
    assert crowd.passed["only"] == pytest.approx(1_050_000, rel=0.01)
    await crowd.stop()


async def test_who_gives_up_gives_back(clock: FakeClock) -> None:
    """A chunk that is cancelled while it waits delays nobody, also when it is the one who sleeps for all."""
    everything = Throttle(clock, 10_000)
    await everything.take(1_000)
    leaving = [
        asyncio.create_task(Throttle(clock, limit, parent=everything).take(1_000_000)) for limit in (10_000, None, None)
    ]
    await clock.run(0.1)
    staying = asyncio.create_task(everything.take(10_000))
    for task in leaving:
        await clock.run(0.1)
        task.cancel()
    await clock.run(0.6)
    assert not staying.done()
    await clock.run(0.6)
    assert staying.done()


async def test_two_who_give_up_at_once_leave_nobody_asleep(clock: FakeClock) -> None:
    """Of one throttle the first two go, one of whom slept for the third."""
    throttle = Throttle(clock, 10_000)
    await throttle.take(1_000)
    waiting = [asyncio.create_task(throttle.take(1_000)) for _ in range(3)]
    await clock.run(0.02)
    for task in waiting[:2]:
        task.cancel()
    await clock.run(0.3)
    assert [task.cancelled() for task in waiting] == [True, True, False]
    assert waiting[2].done()


async def test_what_has_passed_is_not_given_back(clock: FakeClock) -> None:
    """Giving up cannot be used to pass the limit: the time that went by is spent."""
    throttle = Throttle(clock, 10_000)
    for _ in range(10):
        leaving = asyncio.create_task(throttle.take(20_000))
        await clock.run(1)
        leaving.cancel()
        await clock.run(0)
    taken = asyncio.create_task(throttle.take(10_000))
    await clock.run(0.85)
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
