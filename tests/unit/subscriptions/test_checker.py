"""When checks begin: in time, never all at once, once for whatever was missed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.subscriptions.checker import AT_A_TIME, HOST_REST_S, LONGEST_REST_S, host_of
from aniworld_dl.subscriptions.timing import LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S, longest_pause_s, pause_s
from tests.fakes.clock import START, FakeClock
from tests.fakes.provider import FakeProvider
from tests.unit.subscriptions.following import entry, open_following, wanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.unit.subscriptions.following import Following


class ManyHosts(FakeProvider):
    """Knows series on any host."""

    def is_series(self, url: str) -> bool:
        return "/series" in url


@pytest.fixture
async def following(settings: Settings) -> AsyncIterator[Following]:
    async with open_following(settings, ManyHosts()) as opened:
        yield opened


async def _follow(following: Following, *urls: str) -> list[int]:
    """Store subscriptions that are due; nobody waits for them."""
    ids = []
    for url in urls:
        following.provider.listings[url] = [entry(1, name=url[-1])]
        added = await following.store.add(wanted(url), now=following.desk.clock.time(), most=10)
        assert added is not None
        ids.append(added)
    following.subscriptions.checker.changed()
    return ids


async def _until_asked(following: Following, count: int) -> None:
    while len(following.provider.asked) < count:
        await following.desk.clock.run(0.0)


async def _until_quiet(following: Following, ids: list[int]) -> None:
    while any(map(following.subscriptions.checker.is_checking, ids)):
        await following.desk.clock.run(0.0)
    for _ in range(20):  # the checker has looked again
        await following.desk.clock.run(0.0)
        await asyncio.sleep(0)


async def test_a_host_is_asked_by_one_at_a_time_and_left_alone_between(following: Following) -> None:
    """Three subscriptions of one host that are due together are checked one after the other."""
    ids = await _follow(following, *(f"https://one.org/series/{name}" for name in "abc"))
    for count in (1, 2, 3):
        await _until_asked(following, count)
        await _until_quiet(following, ids)
        assert len(following.provider.asked) == count
        following.desk.clock.advance(HOST_REST_S)
    checked = [(await following.store.get(each)).checked_at for each in ids]
    assert checked == [START, START + HOST_REST_S, START + 2 * HOST_REST_S]


async def test_few_hosts_are_asked_at_a_time(following: Following) -> None:
    """However many are due, so many checks are under way at most."""
    following.provider.listing_allowed.clear()
    ids = await _follow(following, *(f"https://{name}.org/series/{name}" for name in "abcd"))
    await _until_asked(following, AT_A_TIME)
    for _ in range(50):
        await following.desk.clock.run(0.0)
    assert len(following.provider.asked) == AT_A_TIME
    following.provider.listing_allowed.set()
    await _until_asked(following, 4)
    await _until_quiet(following, ids)
    assert sorted(following.provider.asked) == sorted(following.provider.listings)


async def test_who_is_asked_for_goes_first(following: Following) -> None:
    """A check that someone waits for begins before those that are due, without the host's rest."""
    urls = [f"https://one.org/series/{name}" for name in "abc"]
    ids = await _follow(following, *urls)
    await _until_asked(following, 1)
    await following.subscriptions.check(ids[2])
    await _until_asked(following, 2)
    assert following.provider.asked == [urls[0], urls[2]]
    await _until_quiet(following, ids)


async def test_missed_checks_are_made_up_for_once(settings: Settings, tmp_path: Path) -> None:
    """After a week without the service there is one check, not twenty-eight, and the next one is an interval away."""
    clock, path = FakeClock(), tmp_path / "queue.db"
    async with open_following(settings, ManyHosts(), path=path, clock=clock) as following:
        (followed,) = await _follow(following, "https://one.org/series/a")
        await _until_asked(following, 1)
        await _until_quiet(following, [followed])
    clock.advance(7 * 86_400)
    provider = ManyHosts()
    provider.listings["https://one.org/series/a"] = [entry(1, name="a")]
    async with open_following(settings, provider, path=path, clock=clock) as following:
        await _until_asked(following, 1)
        await _until_quiet(following, [followed])
        clock.advance(3600)
        await _until_quiet(following, [followed])
        assert len(provider.asked) == 1
        due = (await following.store.get(followed)).next_check_at
        assert due == pytest.approx(START + 7 * 86_400 + 6 * 3600 * 1.1)


async def test_a_clock_that_was_ahead_stops_nothing(following: Following) -> None:
    """A next check that is further away than any pause is put to where it belongs."""
    (followed,) = await _follow(following, "https://one.org/series/a")
    await _until_asked(following, 1)
    while LONGEST_REST_S not in following.desk.clock.slept:  # it rests, and reads the times no more until it wakes
        await following.desk.clock.run(0.0)
    await following.store.put_off(followed, following.desk.clock.time() + 400 * 86_400)
    following.desk.clock.advance(LONGEST_REST_S)
    while (due := (await following.store.get(followed)).next_check_at) > START + 86_400:
        await following.desk.clock.run(0.0)
    assert due == pytest.approx(START + LONGEST_REST_S + 6 * 3600 * 1.1)
    following.desk.clock.advance(6 * 3600 * 1.1)
    await _until_asked(following, 2)


@given(st.integers(SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S), st.integers(0, 5000), st.floats(0, 1, exclude_max=True))
def test_pauses(interval_s: int, failures: int, random: float) -> None:
    """A pause is never shorter than the shortest interval, nor longer than the longest pause, nor ever the end."""
    found = pause_s(interval_s, failures, random)
    assert SHORTEST_INTERVAL_S <= found <= longest_pause_s(interval_s)
    if not failures:
        assert interval_s <= found
    else:
        assert pause_s(interval_s, failures + 1, random) >= found


def test_hosts() -> None:
    assert [host_of(url) for url in ("https://One.org/a", "file:///a", "https://[bad")] == ["one.org", "", ""]
