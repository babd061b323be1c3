"""The dry run around a fake provider: what takes too long, what breaks, what is too many; and the figures of space."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from aniworld_dl.engine import plan as plans
from aniworld_dl.engine.planner import MOST_LISTED, Planner
from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.limits import Limiter
from aniworld_dl.model import EpisodeRef, JobRequest
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.disk import Disk, Space
from aniworld_dl.queue.duplicates import Sieve
from aniworld_dl.queue.tools import Tools
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.provider import FakeProvider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Source, Wish

SERIES = "https://example.org/series/1"


class Sourceless(FakeProvider):
    """Its episodes have no sources; asking for them waits until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.sources_allowed = asyncio.Event()
        self.sources_allowed.set()

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        await self.sources_allowed.wait()
        return ()


@pytest.fixture
def provider() -> Sourceless:
    return Sourceless()


@pytest.fixture
async def planner(settings: Settings, provider: Sourceless) -> AsyncIterator[Planner]:
    """A planner that waits for nobody."""
    store = await new_store()
    disk = Disk(lambda: settings, lambda _: Space(total_bytes=10**12, free_bytes=10**11))
    tools = Tools(
        http=cast("Any", None),
        registry=Registry([provider]),
        clock=FakeClock(),
        bench=cast("Any", SimpleNamespace(pipes=True)),
        disk=disk,
        settings=lambda: settings,
        posters=cast("Any", None),
    )
    yield Planner(tools=tools, sieve=Sieve(store.database), slots=Limiter(2), timeout_s=0)
    await store.aclose()


def asked(*urls: str) -> JobRequest:
    return JobRequest(anime_title="Series", episodes=tuple(EpisodeRef(url=url) for url in urls))


async def test_a_series_that_takes_too_long_says_so(planner: Planner, provider: Sourceless) -> None:
    provider.listing_allowed.clear()
    found = await planner.plan(asked(SERIES, "https://example.org/2"))
    (address,) = found["addresses"]
    assert (address["error"]["code"], address["listed"], found["totals"]["episodes"]) == ("stalled", False, 1)


async def test_look_ups_that_take_too_long_stay_unknown(planner: Planner, provider: Sourceless) -> None:
    provider.sources_allowed.clear()
    found = await planner.plan(asked("https://example.org/1"))
    (episode,) = found["episodes"]
    assert (episode["looked_at"], episode["error"], episode["verdict"]) == (False, None, "new")
    assert (found["totals"]["looked_at"], found["totals"]["fits"]) == (0, None)


async def test_two_of_the_same_name_are_not_both_new(
    planner: Planner, settings: Settings, provider: Sourceless
) -> None:
    """The first has the name; two whose file exists already do not clash."""
    provider.sources_allowed.clear()
    there = settings.download_dir / "Series/Season 01/Series S01E03.mkv"
    there.parent.mkdir(parents=True)
    there.touch()
    places = ("one/S01E01", "two/S01E01", "one/S01E02", "two/S01E03", "one/S01E03")
    found = await planner.plan(asked(*(f"https://example.org/{place}.m3u8" for place in places)))
    assert [each["verdict"] for each in found["episodes"]] == ["new", "clash", "new", "existing", "existing"]
    assert found["episodes"][1]["path"] == found["episodes"][0]["path"] == "Series/Season 01/Series S01E01.mkv"
    totals = found["totals"]
    assert (totals["new"], totals["clashes"], totals["existing"], totals["duplicates"]) == (2, 1, 2, 0)


async def test_only_so_many_series_are_listed(planner: Planner, provider: Sourceless) -> None:
    urls = [f"https://example.org/series/{number}" for number in range(MOST_LISTED + 2)]
    provider.listings = dict.fromkeys(urls, NoEpisodesError(url=SERIES))
    found = await planner.plan(asked(*urls))
    assert found["totals"]["unlisted_addresses"] == 2
    assert len(found["addresses"]) == MOST_LISTED + 2


async def test_the_first_are_shown_and_all_are_counted(
    planner: Planner, provider: Sourceless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MOST_SHOWN", 3)
    provider.sources_allowed.clear()
    found = await planner.plan(asked(*(f"https://example.org/{number}" for number in range(5))))
    assert (len(found["episodes"]), found["totals"]["episodes"], found["totals"]["new"]) == (3, 5, 5)


@pytest.mark.parametrize(
    ("known", "unknown", "slots", "expected"),
    [
        ([], 0, 3, (0, 0)),
        ([], 4, 3, (None, None)),
        ([(100, 1), (300, 1)], 0, 1, (400, 700)),
        ([(100, 1), (300, 1)], 2, 3, (800, 800 + 300 + 200 + 200)),
        ([(100, 0)], 0, 3, (100, 100)),
        ([(100, 2)], 0, 0, (100, 100)),
    ],
)
def test_what_runs_is_on_the_disk_more_than_once(
    known: list[tuple[int, int]], unknown: int, slots: int, expected: tuple[int | None, int | None]
) -> None:
    """Finished sizes, and the most at a time: the largest that run at once are there again as segments."""
    assert plans._estimated(known, unknown, slots) == expected
