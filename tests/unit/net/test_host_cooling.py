"""A server that wants to be left alone for long: nobody waits for it, and nothing under way is lost."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.errors import HostCoolingError, HttpStatusError
from aniworld_dl.net.hosts import HostPolicy
from tests.fakes.clock import FakeClock, settle
from tests.unit.net.wire import URL, Wire, answer


async def test_a_long_cool_down_is_told_instead_of_waited_for() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 4)
    policy.cool_down("a", 59.5)
    with pytest.raises(HostCoolingError) as caught:
        async with policy.slot("a"):
            pass
    assert (caught.value.host, caught.value.wait_s) == ("a", 60)
    await clock.run(49.6)
    waiting = asyncio.create_task(policy.slot("a").__aenter__())
    await clock.run(9.8)
    assert not waiting.done(), "the last ten seconds are waited for"
    await clock.run(0.2)
    assert waiting.done()


async def test_what_is_under_way_comes_to_its_end_first() -> None:
    """Who would end everything with its error waits as long as another one is still reading."""
    clock = FakeClock()
    policy = HostPolicy(clock, 4)
    async with policy.slot("a"):
        policy.cool_down("a", 60.0)
        waiting = asyncio.create_task(policy.slot("a").__aenter__())
        await clock.run(20.0)
        assert not waiting.done()
    await clock.run(1.0)
    assert isinstance(waiting.exception(), HostCoolingError)


async def test_what_is_under_way_may_last_longer_than_the_cool_down() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 4)
    async with policy.slot("a"):
        policy.cool_down("a", 60.0)
        waiting = asyncio.create_task(policy.slot("a").__aenter__())
        await clock.run(59.0)
        assert not waiting.done()
        await clock.run(1.5)
        await settle()
        assert waiting.done()
        await waiting


async def test_a_server_that_asks_for_an_hour_is_left_alone_for_five_minutes() -> None:
    """And whoever asks meanwhile is told at once; then it is asked again."""
    clock = FakeClock()
    wire = Wire(lambda _: answer(status=429, retry_after="3600"))
    async with wire.client(clock=clock) as client:
        with pytest.raises(HttpStatusError):
            await client.get_once(URL, limit_bytes=9)
        with pytest.raises(HostCoolingError) as caught:
            await client.get_bytes(URL, limit_bytes=9)
        assert caught.value.wait_s == 300
