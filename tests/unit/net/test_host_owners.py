"""Everyone who fetches from a host has a connection to it, as far as that is allowed and was not refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import HttpStatusError
from aniworld_dl.net.hosts import OWNER, HostPolicy
from tests.fakes.clock import FakeClock, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.net.host import Lease


class Crowd:
    """Owners whose workers each hold a connection until they are told to go."""

    def __init__(self, policy: HostPolicy) -> None:
        self.policy = policy
        self.held: Counter[int] = Counter()
        self.leases: list[Lease] = []
        self.leave = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def arrive(self, owners: range, *, workers: int) -> None:
        """Let so many workers of each owner ask for a connection."""
        self._tasks += [asyncio.create_task(self._hold(owner)) for owner in owners for _ in range(workers)]
        await settle()

    async def go(self) -> None:
        """Let everyone leave."""
        self.leave.set()
        await asyncio.gather(*self._tasks)

    async def _hold(self, owner: int) -> None:
        OWNER.set(owner)
        async with self.policy.slot("a") as lease:
            self.held[owner] += 1
            self.leases.append(lease)
            await self.leave.wait()


@asynccontextmanager
async def crowd(policy: HostPolicy) -> AsyncIterator[Crowd]:
    gathered = Crowd(policy)
    yield gathered
    await gathered.go()


async def test_more_than_eight_each_have_one() -> None:
    async with crowd(HostPolicy(FakeClock(), 32)) as gathered:
        await gathered.arrive(range(24), workers=1)
        assert gathered.held == Counter(range(24))


async def test_no_more_than_is_allowed() -> None:
    async with crowd(HostPolicy(FakeClock(), 12)) as gathered:
        await gathered.arrive(range(24), workers=1)
        assert gathered.held.total() == 12


async def test_who_comes_late_has_one_although_others_hold_many() -> None:
    async with crowd(HostPolicy(FakeClock(), 32)) as gathered:
        await gathered.arrive(range(1), workers=8)
        await gathered.arrive(range(1, 9), workers=3)
        assert gathered.held == Counter({0: 8} | dict.fromkeys(range(1, 9), 1))  # nothing is taken from the first
        await gathered.go()
        assert gathered.held == Counter({0: 8} | dict.fromkeys(range(1, 9), 3))


async def test_who_comes_late_waits_where_more_is_not_allowed_or_was_refused() -> None:
    async with crowd(HostPolicy(FakeClock(), 9)) as gathered:
        await gathered.arrive(range(1), workers=8)
        await gathered.arrive(range(1, 4), workers=3)
        assert gathered.held.total() == 9
    policy = HostPolicy(FakeClock(), 32)
    async with crowd(policy) as gathered:
        await gathered.arrive(range(1), workers=7)
        with pytest.raises(HttpStatusError):
            async with policy.slot("a"):
                raise HttpStatusError(host="a", status=429, url="u")
        policy._clock.advance(5.0)  # type: ignore[attr-defined]
        await gathered.arrive(range(1, 4), workers=3)
        assert gathered.held.total() == 7


async def test_eight_are_enough_for_a_few() -> None:
    async with crowd(HostPolicy(FakeClock(), 32)) as gathered:
        await gathered.arrive(range(3), workers=9)
        assert gathered.held == {0: 8, 1: 1, 2: 1}


async def test_a_refusal_counts_more() -> None:
    policy = HostPolicy(FakeClock(), 32)
    async with crowd(policy) as gathered:
        await gathered.arrive(range(7), workers=1)
        with pytest.raises(HttpStatusError):
            async with policy.slot("a"):
                raise HttpStatusError(host="a", status=429, url="u")
    async with crowd(policy) as gathered:
        policy._clock.advance(5.0)  # type: ignore[attr-defined]
        await gathered.arrive(range(24), workers=1)
        assert gathered.held.total() == 4


async def test_fewer_than_there_are_owners_are_not_tried() -> None:
    """A server that is as fast with one connection as with many leaves everyone theirs."""
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    async with crowd(policy) as gathered:
        await gathered.arrive(range(12), workers=1)
        for _ in range(400):
            await clock.run(0.5)
            gathered.leases[0].received(1_000_000)
        [host] = policy.figures()
        assert host.level >= 12
