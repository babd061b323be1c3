"""Addresses that expire: asked for anew once, for all who wait, and only if the cut is the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import NoEpisodesError, SourceChangedError
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.model import ByteRange, Container, InitSection, Key
from tests.fakes.clock import FakeClock, settle
from tests.media_builders import ORIGIN, hls_track, media_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model import Media


def moved(generation: int, count: int = 3) -> Media:
    """Return the same cut at other addresses, with another key address too."""
    track = hls_track(count, container=Container.FMP4)
    init = InitSection(uri=f"{ORIGIN}/{generation}/init", byte_range=ByteRange(start=0, stop=9))
    key = Key(method="AES-128", uri=f"{ORIGIN}/{generation}/key", iv=bytes(16))
    segments = [replace(each, uri=f"{ORIGIN}/{generation}/{each.index}", init=init, key=key) for each in track.segments]
    return media_of(replace(track, segments=tuple(segments)))


class Resolver:
    """Gives the next generation each time, or raises."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None
        self.count = 3
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> tuple[Media, Mapping[str, str]]:
        self.calls += 1
        await self.gate.wait()
        if self.error:
            raise self.error
        return moved(self.calls, self.count), {"Cookie": f"session={self.calls}"}


async def test_all_pieces_move_at_once_with_their_headers_and_keys() -> None:
    resolver = Resolver()
    links = SourceLinks(moved(0), {"Cookie": "session=0"}, resolve=resolver, clock=FakeClock())
    before = links.whereabouts(0, -1)
    assert (before.uri, before.generation, before.byte_range) == (f"{ORIGIN}/0/init", 0, ByteRange(start=0, stop=9))
    assert await links.renew(0)
    after = links.whereabouts(0, 2)
    assert (after.uri, after.generation) == (f"{ORIGIN}/1/2", 1)
    assert after.headers == {"Cookie": "session=1"}
    assert after.key
    assert after.first_key
    assert (after.key.uri, after.first_key.uri) == (f"{ORIGIN}/1/key", f"{ORIGIN}/0/key")
    assert links.whereabouts(0, -1).uri == f"{ORIGIN}/1/init"


async def test_eight_who_wait_share_one_answer() -> None:
    resolver = Resolver()
    resolver.gate.clear()
    links = SourceLinks(moved(0), resolve=resolver, clock=FakeClock())
    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(links.renew(0)) for _ in range(8)]
        await settle()
        resolver.gate.set()
    assert [waiter.result() for waiter in waiters] == [True] * 8
    assert (resolver.calls, links.generation) == (1, 1)


async def test_who_comes_late_takes_what_is_there() -> None:
    resolver = Resolver()
    links = SourceLinks(moved(0), resolve=resolver, clock=FakeClock())
    await links.renew(0)
    await links.renew(0)
    assert resolver.calls == 1


async def test_addresses_are_asked_for_once_a_second_and_less_often_while_they_are_of_no_use() -> None:
    clock, resolver = FakeClock(auto_advance=True), Resolver()
    links = SourceLinks(moved(0), resolve=resolver, clock=clock)
    for generation in range(5):
        await links.renew(generation)
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    clock.slept.clear()
    links.worked()
    for generation in (5, 6):
        await links.renew(generation)
    assert clock.slept == [16.0, 1.0]


async def test_another_cut_is_another_source() -> None:
    resolver = Resolver()
    resolver.count = 4
    links = SourceLinks(moved(0), resolve=resolver, clock=FakeClock())
    with pytest.raises(SourceChangedError):
        await links.renew(0)
    assert links.whereabouts(0, 0).uri == f"{ORIGIN}/0/0"


async def test_what_cannot_be_resolved_is_not_asked_for_by_each_who_waits() -> None:
    resolver = Resolver()
    resolver.error = NoEpisodesError(url="gone")
    links = SourceLinks(moved(0), resolve=resolver, clock=FakeClock())
    for _ in range(3):
        with pytest.raises(NoEpisodesError):
            await links.renew(0)
    assert resolver.calls == 1


async def test_without_a_way_to_ask_nothing_changes() -> None:
    assert not await SourceLinks(moved(0)).renew(0)


async def test_a_mirror_is_read_when_it_is_needed() -> None:
    resolver = Resolver()
    links = SourceLinks(moved(9), resolve=resolver, clock=FakeClock(), is_read=False)
    for _ in range(2):
        await links.read()
    where = links.whereabouts(0, 1)
    assert (where.uri, resolver.calls) == (f"{ORIGIN}/1/1", 1)
    assert where.first_key
    assert where.first_key.uri == f"{ORIGIN}/1/key"


async def test_a_mirror_with_another_cut_is_none() -> None:
    resolver = Resolver()
    resolver.count = 5
    links = SourceLinks(moved(0), resolve=resolver, clock=FakeClock(), is_read=False)
    with pytest.raises(SourceChangedError):
        await links.read()
