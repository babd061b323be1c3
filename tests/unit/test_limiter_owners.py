"""Slots that several owners share evenly."""

from __future__ import annotations

import asyncio
from collections import Counter

import hypothesis
import pytest
from hypothesis import strategies as st

from aniworld_dl.limits import Limiter


class Crowd:
    """Workers of several owners that hold a slot until they are told to let go."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.holders: list[tuple[str, asyncio.Event]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.holding: set[asyncio.Task[None] | None] = set()

    async def join(self, *owners: str) -> None:
        self.tasks += [asyncio.create_task(self._work(owner), name=owner) for owner in owners]
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def leave(self, owner: str) -> None:
        holder = next(holder for holder in self.holders if holder[0] == owner)
        self.holders.remove(holder)
        holder[1].set()
        await self.settle()

    def waiting(self) -> list[asyncio.Task[None]]:
        return [task for task in self.tasks if not task.done() and task not in self.holding]

    def held(self) -> Counter[str]:
        return Counter(owner for owner, _ in self.holders)

    async def _work(self, owner: str) -> None:
        async with self.limiter.slot(owner):
            done = asyncio.Event()
            self.holders.append((owner, done))
            self.holding.add(asyncio.current_task())
            await done.wait()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(Limiter(4))


async def test_who_holds_fewest_gets_the_next_one(crowd: Crowd) -> None:
    await crowd.join(*"aaaaaaaa", *"bbbb")
    assert crowd.held() == {"a": 4}
    await crowd.leave("a")
    assert crowd.held() == {"a": 3, "b": 1}
    await crowd.leave("a")
    assert crowd.held() == {"a": 2, "b": 2}
    await crowd.leave("a")
    assert crowd.held() == {"a": 2, "b": 2}
    await crowd.join("c")
    await crowd.leave("b")
    assert crowd.held()["c"] == 1


async def test_the_number_can_change_at_any_time(crowd: Crowd) -> None:
    await crowd.join(*"aaaa", "b")
    crowd.limiter.resize(2)
    await crowd.leave("a")
    assert (crowd.limiter.held, crowd.limiter.waiting) == (3, 1)
    crowd.limiter.resize(5)
    await crowd.settle()
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 3, "b": 1}, 0)


async def test_within_a_bound_nobody_is_left_without_while_others_hold_several(crowd: Crowd) -> None:
    """Who gives up the only one it holds, and wants another, does not wait for those who have too many."""
    await crowd.join(*"aaa", *"bb")
    crowd.limiter.resize(2, bound=4)
    assert crowd.held() == {"a": 3, "b": 1}
    await crowd.leave("b")
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 3, "b": 1}, 0)
    await crowd.leave("b")
    await crowd.join("b")
    assert crowd.held() == {"a": 3, "b": 1}
    await crowd.join(*"ab")
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 3, "b": 1}, 2)
    await crowd.leave("a")
    await crowd.leave("a")
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 1, "b": 1}, 2)


async def test_of_those_without_no_more_than_there_are_slots_get_one(crowd: Crowd) -> None:
    await crowd.join(*"aaaa")
    crowd.limiter.resize(2, bound=9)
    await crowd.join(*"bc")
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 4, "b": 1}, 1)
    crowd.limiter.resize(3, bound=5)
    await crowd.settle()
    assert crowd.limiter.waiting == 1
    crowd.limiter.resize(3, bound=6)
    await crowd.settle()
    assert (crowd.held(), crowd.limiter.waiting) == ({"a": 4, "b": 1, "c": 1}, 0)


async def test_a_waiter_that_is_cancelled_holds_nothing(crowd: Crowd) -> None:
    await crowd.join(*"aaaa", "b")
    crowd.tasks[-1].cancel()
    await crowd.settle()
    assert (crowd.limiter.held, crowd.limiter.waiting) == (4, 0)


async def test_a_slot_granted_together_with_a_cancellation_is_not_lost(crowd: Crowd) -> None:
    await crowd.join(*"aaaa", "b")
    crowd.limiter.resize(5)
    crowd.tasks[-1].cancel()
    await crowd.settle()
    assert (crowd.limiter.held, crowd.limiter.waiting) == (4, 0)


@hypothesis.settings(max_examples=60)
@hypothesis.given(data=st.data())
async def test_no_slot_is_lost_or_given_twice(data: st.DataObject) -> None:
    crowd, bound = Crowd(Limiter(3)), 3
    for _ in range(data.draw(st.integers(1, 25))):
        match data.draw(st.sampled_from(["join", "leave", "cancel", "resize"])):
            case "join":
                await crowd.join(data.draw(st.sampled_from("abc")))
            case "leave" if crowd.holders:
                await crowd.leave(data.draw(st.sampled_from(sorted(crowd.held()))))
            case "cancel" if crowd.limiter.waiting:
                crowd.waiting()[-1].cancel()
                await crowd.settle()
            case "resize":
                slots, bound = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 9))
                crowd.limiter.resize(slots, bound=bound)
                await crowd.settle()
        assert crowd.limiter.held == len(crowd.holders)
        without = {task.get_name() for task in crowd.waiting()} - set(crowd.held())
        assert not without or len(crowd.held()) >= crowd.limiter.slots or crowd.limiter.held >= bound
        assert crowd.limiter.held >= crowd.limiter.slots or not crowd.limiter.waiting
    for task in crowd.tasks:
        task.cancel()
    await asyncio.gather(*crowd.tasks, return_exceptions=True)
    assert (crowd.limiter.held, crowd.limiter.waiting) == (0, 0)
