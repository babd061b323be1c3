"""Checked addresses are remembered for a minute and shared by who asks at the same time."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.errors import AddressRefusedError, NameNotResolvedError
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.guard import AddressGuard
from tests.fakes.clock import FakeClock, settle
from tests.fakes.names import FakeResolver


def book_of(resolver: FakeResolver, clock: FakeClock) -> AddressBook:
    return AddressBook(AddressGuard(resolver=resolver), clock)


async def test_a_name_is_looked_up_once_a_minute() -> None:
    resolver, clock = FakeResolver(), FakeClock()
    book = book_of(resolver, clock)
    for _ in range(3):
        await book.addresses("a.example", 80)
        clock.advance(19.9)
    assert len(resolver.asked) == 1
    clock.advance(0.4)
    await book.addresses("a.example", 80)
    assert len(resolver.asked) == 2


async def test_host_and_port_are_checked_each() -> None:
    resolver = FakeResolver({"a.example": ["127.0.0.1"]})
    book = AddressBook(AddressGuard(trusted_endpoints=[("127.0.0.1", 81)], resolver=resolver), FakeClock())
    assert await book.addresses("a.example", 81) == ["127.0.0.1"]
    with pytest.raises(AddressRefusedError):
        await book.addresses("a.example", 80)


async def test_who_asks_at_the_same_time_shares_one_look_up() -> None:
    resolver = FakeResolver()
    gate = asyncio.Event()

    async def slow(host: str, port: int) -> list[str]:
        await gate.wait()
        return list(await resolver(host, port))

    book = AddressBook(AddressGuard(resolver=slow), FakeClock())
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(book.addresses("a.example", 80)) for _ in range(5)]
        await settle()
        tasks[0].cancel()  # the one that looks up: another takes over
        await settle()
        gate.set()
    assert len(resolver.asked) == 1
    assert all(task.result() == tasks[1].result() for task in tasks[1:])


async def test_a_failure_is_not_remembered() -> None:
    resolver = FakeResolver(default=None)
    book = book_of(resolver, FakeClock())
    with pytest.raises(NameNotResolvedError):
        await book.addresses("a.example", 80)
    resolver.default = "8.8.8.8"
    assert await book.addresses("a.example", 80) == ["8.8.8.8"]


async def test_an_address_out_of_reach_is_tried_last() -> None:
    resolver = FakeResolver({"a.example": ["8.8.8.8", "8.8.4.4", "1.1.1.1"]})
    book = book_of(resolver, FakeClock())
    await book.addresses("a.example", 80)
    book.put_last("a.example", 80, "8.8.8.8")
    book.put_last("a.example", 80, "9.9.9.9")
    book.put_last("b.example", 80, "9.9.9.9")
    assert await book.addresses("a.example", 80) == ["8.8.4.4", "1.1.1.1", "8.8.8.8"]


async def test_a_forgotten_name_is_looked_up_anew() -> None:
    resolver = FakeResolver()
    book = book_of(resolver, FakeClock())
    await book.addresses("a.example", 80)
    book.forget("a.example", 80)
    book.forget("b.example", 80)
    await book.addresses("a.example", 80)
    assert len(resolver.asked) == 2


async def test_what_is_returned_is_the_callers_own() -> None:
    book = book_of(FakeResolver(), FakeClock())
    (await book.addresses("a.example", 80)).clear()
    assert await book.addresses("a.example", 80)


async def test_the_number_of_names_is_bounded() -> None:
    """The least recently used go first."""
    resolver = FakeResolver()
    book = book_of(resolver, FakeClock())
    for number in range(256):
        await book.addresses(f"h{number}.example", 80)
    await book.addresses("h0.example", 80)
    await book.addresses("one-more.example", 80)
    resolver.asked.clear()
    await book.addresses("h0.example", 80)
    assert resolver.asked == []
    await book.addresses("h1.example", 80)
    assert resolver.asked == [("h1.example", 80)]
