"""A host gets so many connections and no more, and none while it cools down."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from aniworld_dl.errors import StalledError
from aniworld_dl.net.host import FIRST_CONNECTIONS
from aniworld_dl.net.hosts import MOST_CONNECTIONS, HostPolicy
from tests.fakes.clock import FakeClock, settle


async def hold(policy: HostPolicy, host: str, entered: list[str], leave: asyncio.Event) -> None:
    async with policy.slot(host):
        entered.append(host)
        await leave.wait()


async def test_each_host_has_its_own_slots() -> None:
    policy, entered, leave = HostPolicy(FakeClock(), 2), list[str](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for host in ["a", "a", "a", "b"]:
            group.create_task(hold(policy, host, entered, leave))
        await settle()
        assert sorted(entered) == ["a", "a", "b"]
        leave.set()
    assert sorted(entered) == ["a", "a", "a", "b"]


async def test_the_number_changes_while_in_use_and_for_hosts_to_come() -> None:
    policy, entered, leave = HostPolicy(FakeClock(), 1), list[str](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for host in ["a", "a", "a"]:
            group.create_task(hold(policy, host, entered, leave))
        await settle()
        assert entered == ["a"]
        policy.resize(2)
        for host in ["b", "b", "b"]:
            group.create_task(hold(policy, host, entered, leave))
        await settle()
        assert sorted(entered) == ["a", "a", "b", "b"]
        leave.set()


async def test_a_cool_down_lets_nothing_begin_until_it_ends() -> None:
    clock = FakeClock()
    policy, entered, leave = HostPolicy(clock, 4), list[str](), asyncio.Event()
    policy.cool_down("a", 10.0)
    policy.cool_down("a", 5.0)  # the longer one stays
    leave.set()
    async with asyncio.TaskGroup() as group:
        for host in ["a", "a", "b"]:
            group.create_task(hold(policy, host, entered, leave))
        await clock.run(9.9)
        assert entered == ["b"]
        await clock.run(0.2)
        assert entered == ["b", "a", "a"]


async def test_a_cool_down_that_grows_while_someone_waits_is_kept() -> None:
    clock = FakeClock()
    policy, entered, leave = HostPolicy(clock, 4), list[str](), asyncio.Event()
    leave.set()
    policy.cool_down("a", 1.0)
    async with asyncio.TaskGroup() as group:
        group.create_task(hold(policy, "a", entered, leave))
        await settle()
        policy.cool_down("a", 10.0)
        await clock.run(9.0)
        assert entered == []
        await clock.run(1.0)
        assert entered == ["a"]


async def test_a_cancelled_wait_gives_the_slot_back() -> None:
    clock = FakeClock()
    policy, entered, leave = HostPolicy(clock, 1), list[str](), asyncio.Event()
    policy.cool_down("a", 10.0)
    waiter = asyncio.create_task(hold(policy, "a", entered, leave))
    await settle()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    leave.set()
    clock.advance(10.0)
    await hold(policy, "a", entered, leave)
    assert entered == ["a"]


async def test_a_failure_gives_the_slot_back() -> None:
    policy = HostPolicy(FakeClock(), 1)
    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            async with policy.slot("a"):
                raise ValueError("x")


async def test_failed_requests_are_counted_by_their_code() -> None:
    policy = HostPolicy(FakeClock(), 1)
    for error in (StalledError(host="a", timeout_s=30.0), StalledError(host="a", timeout_s=30.0), ValueError("x")):
        with pytest.raises(type(error)):
            async with policy.slot("a"):
                raise error
    assert policy.failures == {"stalled": 2}


async def test_idle_hosts_are_forgotten_but_never_those_in_use_or_cooling() -> None:
    """A forgotten host starts anew with a free slot; one in use keeps its count, one that cools its pause."""
    clock = FakeClock()
    policy = HostPolicy(clock, 1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(policy.slot("busy"))
        policy.cool_down("cooling", 10.0)
        for number in range(2000):
            async with policy.slot(f"h{number}"):
                pass
        assert len(policy._hosts) <= 256
        second = asyncio.create_task(hold(policy, "busy", [], asyncio.Event()))
        cooling = asyncio.create_task(hold(policy, "cooling", [], asyncio.Event()))
        await settle()
        assert policy._hosts["busy"].limiter.waiting == 1
        assert clock.slept == [10.0]
        for task in (second, cooling):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_all_hosts_together_have_a_bound() -> None:
    policy, entered, leave = HostPolicy(FakeClock(), 64), list[str](), asyncio.Event()
    hosts = [f"h{number}" for number in range(MOST_CONNECTIONS // FIRST_CONNECTIONS + 3)]
    async with asyncio.TaskGroup() as group:
        for host in hosts:
            for _ in range(FIRST_CONNECTIONS):
                group.create_task(hold(policy, host, entered, leave))
        await settle()
        assert len(entered) == MOST_CONNECTIONS
        leave.set()
    assert len(entered) == len(hosts) * FIRST_CONNECTIONS


async def test_a_cool_down_that_begins_while_there_is_no_slot_is_kept() -> None:
    """The slot that came free goes to another host meanwhile."""
    clock = FakeClock()
    policy, entered, leave = HostPolicy(clock, 1000), list[str](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(MOST_CONNECTIONS):
            group.create_task(hold(policy, f"h{number}", [], leave))
        await settle()
        last = group.create_task(hold(policy, "b", entered, leave))
        other = group.create_task(hold(policy, "c", entered, leave))
        await settle()
        policy.cool_down("b", 10.0)
        leave.set()
        await settle()
        assert entered == ["c"]
        await clock.run(10.0)
        assert entered == ["c", "b"]
        assert other.done()
        assert last.done()
