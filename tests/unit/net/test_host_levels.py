"""How many connections a host gets, when it is left alone, and what is said of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.climbing import Verdict
from aniworld_dl.errors import ConnectError, ConnectionLostError, HttpStatusError, NetError, StalledError
from aniworld_dl.net.host import FIRST_CONNECTIONS, HostReason
from aniworld_dl.net.hosts import HostPolicy, Traffic
from tests.fakes.clock import START, FakeClock, settle

if TYPE_CHECKING:
    from aniworld_dl.net.host import HostFigures, Lease


def busy(status: int = 429, retry_after_s: float | None = None) -> HttpStatusError:
    return HttpStatusError(host="a", status=status, url="u", retry_after_s=retry_after_s)


def broken() -> ConnectionLostError:
    return ConnectionLostError(host="a", reason="reset")


def unreachable() -> ConnectError:
    return ConnectError(host="a", reason="refused")


def figures(policy: HostPolicy) -> HostFigures:
    """Return what is known of the one host, also when nobody uses it."""
    [host] = policy._hosts.values()
    return host.figures()


async def fail(policy: HostPolicy, *errors: NetError, others: int = 0) -> None:
    """Let requests run at the same time, of which these fail one after the other while `others` go on."""
    async with AsyncExitStack() as stack:
        for _ in range(others):
            await stack.enter_async_context(policy.slot("a"))
        for error in errors:
            with pytest.raises(type(error)):
                async with policy.slot("a"):
                    raise error


async def carry(policy: HostPolicy, clock: FakeClock, *, each: int, everyone: int, seconds: int) -> None:
    """Let as many as may fetch at a time for so long, each as fast as it can."""
    leases: set[Lease] = set()

    async def fetch() -> None:
        async with policy.slot("a") as lease:
            leases.add(lease)
            try:
                await clock.sleep(2.0)
            finally:
                leases.remove(lease)

    async def work() -> None:
        while True:
            await fetch()

    tasks = [asyncio.create_task(work()) for _ in range(72)]
    for _ in range(seconds * 4):
        await clock.run(0.25)
        for lease in tuple(leases):
            lease.received(round(min(each, everyone / len(leases)) / 4))
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_host_starts_with_eight_and_gets_what_pays() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    assert FIRST_CONNECTIONS == 8
    await carry(policy, clock, each=1000, everyone=20_000, seconds=60)
    async with policy.slot("a"):
        assert 18 <= figures(policy).level <= 22
        assert figures(policy).connections == 1
    assert policy.figures() == []


async def test_no_more_than_the_settings_allow_also_when_they_change() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 12)
    await carry(policy, clock, each=1000, everyone=10**6, seconds=12)
    async with policy.slot("a"):
        assert figures(policy).level == 12
        policy.resize(5)
        assert figures(policy).level == 5
        policy.resize(32)
        assert figures(policy).level == 8


async def test_a_limit_that_is_lifted_does_not_forget_a_refusal() -> None:
    policy = HostPolicy(FakeClock(), 8)
    await fail(policy, busy(), others=5)
    async with AsyncExitStack():
        policy.resize(32)
        assert figures(policy).level == 3


async def test_a_refusal_halves_once_for_all_who_asked_at_that_time() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    async with AsyncExitStack() as stack:
        requests = [await stack.enter_async_context(AsyncExitStack()) for _ in range(8)]
        for request in requests:
            await request.enter_async_context(policy.slot("a"))
        clock.advance(0.1)
        for request in requests[:4]:
            await request.__aexit__(HttpStatusError, busy(), None)
        host = figures(policy)
        assert (host.level, host.reason, dict(host.params)) == (
            4,
            HostReason.REFUSED,
            {"status": 429, "connections": 4},
        )
    clock.advance(2.0)
    await fail(policy, busy(), others=2)
    assert figures(policy).level == 1


async def test_one_request_alone_was_not_one_too_many() -> None:
    policy = HostPolicy(FakeClock(), 32)
    await fail(policy, busy())
    assert figures(policy).level == 8
    assert figures(policy).cooling_until == START + 1.0


@pytest.mark.parametrize(("others", "refusal"), [(0, False), (3, False), (4, True)])
async def test_a_503_is_a_refusal_when_others_are_under_way(others: int, refusal: bool) -> None:
    """Without a word about the time; it cools nothing down."""
    policy, error = HostPolicy(FakeClock(), 32), busy(503)
    assert not error.refusal
    await fail(policy, error, others=others)
    assert error.refusal is refusal
    assert policy.cooling_until("a") is None
    assert policy.traffic().troubles == int(refusal)


async def test_other_statuses_say_nothing_of_the_host() -> None:
    policy = HostPolicy(FakeClock(), 32)
    await fail(policy, busy(404), busy(500), others=3)
    assert policy.traffic() == Traffic(received_bytes=0, requests=5, troubles=0)
    async with policy.slot("a"):
        assert figures(policy).level == 8


@pytest.mark.parametrize(
    ("error", "reason"), [(broken(), HostReason.BROKEN), (StalledError(host="a", timeout_s=1.0), HostReason.STALLED)]
)
async def test_connections_that_break_one_after_the_other_halve_too(error: NetError, reason: HostReason) -> None:
    """One alone is bad luck, as are two that are far apart; and few connections are never too many."""
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    await carry(policy, clock, each=1000, everyone=10**6, seconds=3)
    assert figures(policy).level == 16
    for wait_s, others, level in [(0.0, 12, 16), (11.0, 12, 16), (1.0, 12, 6), (1.0, 3, 6)]:
        clock.advance(wait_s)
        await fail(policy, error, others=others)
        assert figures(policy).level == level
    assert figures(policy).reason is reason


async def test_a_host_that_cannot_be_connected_to_rests_longer_each_time() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    await fail(policy, unreachable(), unreachable())
    assert policy.cooling_until("a") is None
    rests = []
    for _ in range(10):
        await fail(policy, unreachable())
        until = policy.cooling_until("a")
        assert until is not None
        rests.append(until - clock.time())
        clock.advance(rests[-1])
    assert rests == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    async with policy.slot("a") as lease:
        host = figures(policy)
        assert (host.level, host.reason, dict(host.params)) == (1, HostReason.UNREACHABLE, {"failures": 12})
        lease.answered()
        assert (figures(policy).level, figures(policy).reason) == (8, Verdict.STARTED)


async def test_an_answer_in_between_counts_as_reachable() -> None:
    policy = HostPolicy(FakeClock(), 32)
    for _ in range(5):
        await fail(policy, unreachable(), unreachable())
        async with policy.slot("a") as lease:
            lease.answered()
    assert policy.cooling_until("a") is None


async def test_failures_of_one_moment_count_as_one_rest() -> None:
    """Eight connections that fail together are no reason to rest for a minute."""
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    async with AsyncExitStack() as stack:
        requests = [await stack.enter_async_context(AsyncExitStack()) for _ in range(8)]
        for request in requests:
            await request.enter_async_context(policy.slot("a"))
        for request in requests:
            await request.__aexit__(ConnectError, unreachable(), None)
        assert policy.cooling_until("a") == clock.time() + 0.5


async def test_one_tries_for_all_who_wait_for_an_unreachable_host() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    await fail(policy, unreachable(), unreachable(), unreachable())
    tried: list[int] = []

    async def ask(number: int) -> None:
        async with policy.slot("a"):
            tried.append(number)
            raise unreachable()

    asked = [asyncio.create_task(ask(number)) for number in range(20)]
    await settle()
    assert tried == []
    await clock.run(0.5)
    assert tried == [0]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no connection to a: refused"}
    later = asyncio.create_task(ask(99))
    await clock.run(1.0)
    assert tried == [0, 99]
    with pytest.raises(ConnectError):
        await later


async def test_how_long_a_host_rests_can_be_asked_by_its_name_alone() -> None:
    clock = FakeClock()
    policy = HostPolicy(clock, 32)
    policy.cool_down("a:8080", 5.0)
    policy.cool_down("a:9090", 7.0)
    assert policy.cooling_until("a") == clock.time() + 7.0
    assert policy.cooling_until("a:8080") == clock.time() + 5.0
    assert policy.cooling_until("b") is None
    clock.advance(7.0)
    assert policy.cooling_until("a") is None


async def test_traffic_of_forgotten_hosts_stays_counted() -> None:
    policy = HostPolicy(FakeClock(), 32)
    for number in range(600):
        async with policy.slot(f"h{number}") as lease:
            lease.received(10)
    assert policy.traffic() == Traffic(received_bytes=6000, requests=600, troubles=0)


async def test_few_hosts_are_shown_those_last_asked_first() -> None:
    policy = HostPolicy(FakeClock(), 32)
    for number in range(40):
        policy.cool_down(f"h{number}", 9.0)
    assert [host.host for host in policy.figures()] == [f"h{number}" for number in range(39, 23, -1)]
