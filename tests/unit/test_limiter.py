from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.limits import Limiter, Shares
from tests.fakes.clock import settle


class _Crowd:
    """Tasks that want a slot, hold it until told, and note the order in which they got it."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.granted: list[int] = []
        self.seized = 0
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

    def seize_or_give_back(self, step: str) -> None:
        if step == "seize":
            self.limiter.seize()
            self.seized += 1
        elif step == "give back" and self.seized:
            self.limiter.release()
            self.seized -= 1

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


async def test_what_is_seized_comes_on_top() -> None:
    """Who seizes a slot never waits; nobody else gets one until fewer are held than there are."""
    crowd = _Crowd(Limiter(2))
    for _ in range(4):
        crowd.come()
    await settle()
    crowd.limiter.seize()
    assert (crowd.limiter.held, crowd.granted) == (3, [0, 1])
    crowd.leave(0)
    await settle()
    assert (crowd.limiter.held, crowd.granted) == (2, [0, 1]), "granted although none was free"
    crowd.limiter.release()
    await settle()
    assert (crowd.limiter.held, crowd.granted) == (2, [0, 1, 2])
    await crowd.everybody_out()
    assert crowd.limiter.held == 0


async def test_a_seized_slot_uses_up_a_free_one() -> None:
    limiter = Limiter(1)
    limiter.seize()
    waiter = asyncio.create_task(limiter.acquire())
    await settle()
    assert (limiter.held, waiter.done()) == (1, False)
    limiter.release()
    await waiter


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
        st.tuples(st.just("seize"), st.just(0)),
        st.tuples(st.just("give back"), st.just(0)),
    ),
    max_size=60,
)


@given(slots=st.integers(0, 4), steps=_STEPS)
def test_limiter_whatever_happens(slots: int, steps: list[tuple[str, int]]) -> None:
    """Grants come in order and only below the limit, and in the end no slot is lost, whatever races happened.

    Only who seizes goes beyond the limit.
    """

    async def scenario() -> None:
        limiter = Limiter(slots)
        crowd = _Crowd(limiter)
        came = 0
        for step, number in steps:
            held_before = limiter.held + (step == "seize")
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
                case _:
                    crowd.seize_or_give_back(step)
            assert limiter.held <= max(limiter.slots, held_before), "granted more slots than there are"
        await settle()
        assert limiter.held == len(crowd.inside()) + crowd.seized
        assert limiter.held >= limiter.slots or not limiter.waiting, "a slot is free and somebody waits"
        limiter.resize(1)
        for _ in range(crowd.seized):
            limiter.release()
        await crowd.everybody_out()
        assert crowd.granted == sorted(crowd.granted), "somebody was overtaken"
        assert (limiter.held, limiter.waiting) == (0, 0), "a slot was lost"

    asyncio.run(scenario())


# ----------------------------------------------------------------------------------------------------------- shares


def test_what_there_is_is_divided_among_all_who_work() -> None:
    shares = Shares(1000, least=100, most=600)
    assert shares.each() == 600
    with shares.share():
        assert shares.each() == 600
        with shares.share():
            assert shares.each() == 500
        assert shares.each() == 600


def test_a_share_has_its_least_and_is_given_back_after_an_error() -> None:
    shares = Shares(1000, least=100, most=600)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(shares.share())
        assert shares.each() == 100
    with pytest.raises(ZeroDivisionError), shares.share():
        raise ZeroDivisionError
    assert shares.each() == 600
