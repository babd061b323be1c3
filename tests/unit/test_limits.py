from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.limits import Limiter, Throttle
from tests.fakes.clock import FakeClock, settle

# ------------------------------------------------------------------------------------------------------------ Limiter


class _Crowd:
    """Tasks that want a slot, hold it until told, and note the order in which they got it."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.granted: list[int] = []
        self.most_over = 0
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._leave: dict[int, asyncio.Event] = {}

    def come(self) -> int:
        number = len(self._tasks)
        self._leave[number] = asyncio.Event()
        self._tasks[number] = asyncio.create_task(self._visit(number), name=f"visitor-{number}")
        return number

    def leave(self, number: int) -> None:
        self._leave[number].set()

    def cancel(self, number: int) -> None:
        self._tasks[number].cancel()

    def inside(self) -> list[int]:
        return [number for number in self.granted if not self._tasks[number].done()]

    async def everybody_out(self) -> None:
        for event in self._leave.values():
            event.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _visit(self, number: int) -> None:
        async with self.limiter.slot():
            self.granted.append(number)
            await self._leave[number].wait()


async def test_slots_bound_the_holders() -> None:
    crowd = _Crowd(Limiter(2))
    for _ in range(5):
        crowd.come()
    await settle()
    assert (crowd.granted, crowd.limiter.held, crowd.limiter.waiting, crowd.limiter.slots) == ([0, 1], 2, 3, 2)
    await crowd.everybody_out()
    assert (crowd.granted, crowd.limiter.held, crowd.limiter.waiting) == ([0, 1, 2, 3, 4], 0, 0)


async def test_a_slot_goes_to_the_longest_waiter() -> None:
    """A slot that is given back is taken in the same step: nobody who comes later can be faster."""
    limiter = Limiter(1)
    await limiter.acquire()
    waiter = asyncio.create_task(limiter.acquire())
    await settle()
    limiter.release()
    assert (limiter.held, limiter.waiting) == (1, 0)
    late = asyncio.create_task(limiter.acquire())
    await settle()
    assert (waiter.done(), late.done()) == (True, False)
    limiter.release()
    await late
    limiter.release()
    assert limiter.held == 0


async def test_more_slots_wake_waiters_at_once() -> None:
    crowd = _Crowd(Limiter(1))
    for _ in range(4):
        crowd.come()
    await settle()
    crowd.limiter.resize(3)
    assert (crowd.limiter.held, crowd.limiter.waiting) == (3, 1)
    await settle()
    assert crowd.granted == [0, 1, 2]
    await crowd.everybody_out()


async def test_fewer_slots_take_nothing_away() -> None:
    """Holders keep theirs; nobody new comes in until enough have left."""
    crowd = _Crowd(Limiter(3))
    for _ in range(5):
        crowd.come()
    await settle()
    crowd.limiter.resize(1)
    assert crowd.limiter.held == 3
    for number in (0, 1):
        crowd.leave(number)
        await settle()
        assert crowd.granted == [0, 1, 2]
    crowd.leave(2)
    await settle()
    assert (crowd.granted, crowd.limiter.held) == ([0, 1, 2, 3], 1)
    await crowd.everybody_out()


async def test_no_slots_at_all() -> None:
    """With 0 slots everybody waits, until there are some."""
    crowd = _Crowd(Limiter(0))
    crowd.come()
    await settle()
    assert (crowd.granted, crowd.limiter.waiting) == ([], 1)
    crowd.limiter.resize(1)
    await settle()
    assert crowd.granted == [0]
    await crowd.everybody_out()


async def test_a_cancelled_waiter_holds_nothing() -> None:
    crowd = _Crowd(Limiter(1))
    for _ in range(3):
        crowd.come()
    await settle()
    crowd.cancel(1)
    await settle()
    assert crowd.limiter.waiting == 1
    crowd.leave(0)
    await settle()
    assert crowd.granted == [0, 2]
    await crowd.everybody_out()
    assert crowd.limiter.held == 0


async def test_cancelled_in_the_step_of_the_grant() -> None:
    """A slot that was granted to a task that is cancelled before it runs goes on to the next."""
    crowd = _Crowd(Limiter(1))
    for _ in range(3):
        crowd.come()
    await settle()
    crowd.limiter.resize(2)
    crowd.cancel(1)
    assert crowd.limiter.held == 2
    await settle()
    assert (crowd.granted, crowd.limiter.held) == ([0, 2], 2)
    await crowd.everybody_out()
    assert crowd.limiter.held == 0


async def test_granted_in_the_step_of_the_cancellation() -> None:
    """A waiter that is cancelled but has not run yet gets nothing, and the one behind it is not forgotten."""
    crowd = _Crowd(Limiter(1))
    for _ in range(3):
        crowd.come()
    await settle()
    crowd.cancel(1)
    crowd.limiter.resize(2)
    await settle()
    assert (crowd.granted, crowd.limiter.held) == ([0, 2], 2)
    await crowd.everybody_out()
    assert crowd.limiter.held == 0


async def test_an_exception_gives_the_slot_back() -> None:
    limiter = Limiter(1)
    with pytest.raises(ZeroDivisionError):
        async with limiter.slot():
            raise ZeroDivisionError
    assert limiter.held == 0


def test_what_is_not_held_cannot_be_released() -> None:
    with pytest.raises(RuntimeError, match="nobody holds"):
        Limiter(1).release()


@pytest.mark.parametrize("change", [lambda: Limiter(-1), lambda: Limiter(1).resize(-1)])
def test_slots_are_not_negative(change: object) -> None:
    assert callable(change)
    with pytest.raises(ValueError, match="negative"):
        change()


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.just(0)),
        st.tuples(st.just("run"), st.just(0)),
        st.tuples(st.just("leave"), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("resize"), st.integers(0, 5)),
    ),
    max_size=60,
)


@given(slots=st.integers(0, 4), steps=_STEPS)
def test_limiter_whatever_happens(slots: int, steps: list[tuple[str, int]]) -> None:
    """Grants come in order and only below the limit, and in the end no slot is lost, whatever races happened."""

    async def scenario() -> None:
        limiter = Limiter(slots)
        crowd = _Crowd(limiter)
        came = 0
        for step, number in steps:
            held_before = limiter.held
            match step:
                case "come":
                    came = crowd.come() + 1
                    await asyncio.sleep(0)  # it asks for its slot before anything else happens
                case "run":
                    await asyncio.sleep(0)
                case "leave" if number < came:
                    crowd.leave(number)
                case "cancel" if number < came:
                    crowd.cancel(number)
                case "resize":
                    limiter.resize(number)
            assert limiter.held <= max(limiter.slots, held_before), "granted more slots than there are"
        await settle()
        assert limiter.held == len(crowd.inside())
        assert limiter.held >= limiter.slots or not limiter.waiting, "a slot is free and somebody waits"
        limiter.resize(1)
        await crowd.everybody_out()
        assert crowd.granted == sorted(crowd.granted), "somebody was overtaken"
        assert (limiter.held, limiter.waiting) == (0, 0), "a slot was lost"

    asyncio.run(scenario())


# ----------------------------------------------------------------------------------------------------------- Throttle

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
