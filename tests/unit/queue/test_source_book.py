"""Sources: each failure has its reason, three sink one, a success lifts it, time heals, all outlives a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import AniworldDlError, HostCoolingError, HttpStatusError, ProviderRefusedError, StalledError
from aniworld_dl.model import EpisodeRef, JobRequest, Source, Wish
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue import source_book
from aniworld_dl.queue.finder import Finder
from aniworld_dl.queue.source_book import SourceBook
from aniworld_dl.queue.sqlite import SqliteStore
from tests import builders
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.provider import FakeProvider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.config import Settings

VOE = Source(url="https://voe.example/1", language="German Sub", provider="VOE")
VIDOZA = Source(url="https://vidoza.example/1", language="German Sub", provider="Vidoza")
PLAIN = Source(url="https://plain.example/1", language="German Sub")
STALLED = StalledError(host="voe.example", timeout_s=30.0)
DAY_S = 86_400.0


class Site(FakeProvider):
    """Names the sources that it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[Source] = [VOE, VIDOZA]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        self.wishes.append(wish)
        return self.found


class Bench:
    """A finder on a site, and what it writes in."""

    def __init__(self, settings: Settings, book: SourceBook, clock: FakeClock | None = None) -> None:
        self.clock, self.site, self.book = clock or FakeClock(), Site(), book
        registry = Registry([self.site])
        self.finder = Finder(registry=registry, book=book, settings=lambda: settings, clock=self.clock)

    async def order(self, **wishes: str) -> list[str]:
        found = await self.finder.find(builders.episode(), builders.job(**wishes))
        return [source.provider or source.url[8:13] for source in found]

    async def fail(self, source: Source, error: AniworldDlError = STALLED, times: int = 1) -> None:
        for _ in range(times):
            await self.finder.failed(builders.episode(attempt=2), "fake", source, error)


@pytest.fixture
def bench(settings: Settings) -> Bench:
    return Bench(settings, SourceBook())


async def test_a_source_that_fails_three_times_sinks_and_rises_after_a_success(bench: Bench) -> None:
    """One failure is not enough, and what is wished for first stays first, however it does."""
    await bench.fail(VOE)
    assert await bench.order() == ["VOE", "Vidoza"]
    await bench.fail(VOE, times=2)
    assert await bench.order() == ["Vidoza", "VOE"]
    assert await bench.order(provider="VOE > any") == ["VOE", "Vidoza"]
    assert bench.site.wishes[-1].health == {"voe": 0.125}
    await bench.finder.worked("fake", VOE)
    assert await bench.order() == ["VOE", "Vidoza"]


async def test_time_heals(bench: Bench) -> None:
    await bench.fail(VOE, times=3)
    bench.clock.advance(DAY_S)
    assert bench.book.health("fake", bench.clock.time())["voe"] == pytest.approx(1 - 0.875 / 2)
    assert await bench.order() == ["VOE", "Vidoza"]


async def test_who_hosts_is_the_server_where_nobody_is_named(bench: Bench) -> None:
    bench.site.found = [PLAIN, VIDOZA]
    await bench.fail(PLAIN, times=3)
    assert await bench.order() == ["Vidoza", "plain"]
    assert bench.book.health("other", 0.0) == {}


async def test_a_server_that_wants_to_be_left_alone_is_none_the_worse_for_it(bench: Bench) -> None:
    await bench.fail(VOE, HostCoolingError(host="voe.example", wait_s=60.0), times=3)
    assert bench.book.all_health(bench.clock.time()) == []


async def test_what_the_provider_could_not_get_is_noted_once_and_left_out(settings: Settings) -> None:
    store = await new_store()
    job, _ = await store.add_job(
        JobRequest(anime_title="A", episodes=(EpisodeRef(url="https://a.example/1"),)), now=1.0
    )
    bench = Bench(settings, SourceBook(store.database))
    bench.site.found = [Source(url="https://a.example/1", language="German Dub", provider="VOE", fault="gone"), VIDOZA]
    episode = (await store.episodes(job.id)).items[0]
    for note in (True, False):
        assert await bench.finder.find(episode, job, note=note) == [VIDOZA]
    (failed,) = await bench.book.failures(episode.id)
    assert (failed.source, failed.language, failed.provider, failed.at) == (
        "VOE",
        "German Dub",
        "fake",
        bench.clock.time(),
    )
    assert failed.error.params["reason"] == "gone"
    bench.site.found = bench.site.found[:1]
    with pytest.raises(ProviderRefusedError, match="German Dub by VOE: gone"):
        await bench.finder.find(episode, job)
    bench.site.found = []
    assert await bench.finder.find(episode, job) == []
    await store.aclose()


async def test_all_of_it_outlives_a_restart_and_goes_with_the_episode(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_book, "MOST_FAILURES", 2)
    store = await SqliteStore.open(tmp_path / "queue.db")
    refs = (EpisodeRef(url="https://a.example/1"), EpisodeRef(url="https://a.example/2"))
    job, _ = await store.add_job(JobRequest(anime_title="A", episodes=refs), now=1.0)
    bench = Bench(settings, SourceBook(store.database))
    for number in range(3):
        await bench.fail(VOE, HttpStatusError(host="voe.example", status=500 + number, url="u"))
    await bench.finder.worked("fake", VIDOZA)
    await store.aclose()

    store = await SqliteStore.open(tmp_path / "queue.db")
    book = SourceBook(store.database)
    await book.load(bench.clock.time())
    assert book.all_health(0.0) == bench.book.all_health(0.0)
    assert [each.source for each in book.all_health(bench.clock.time())] == ["voe", "vidoza"]
    assert [each.error.params["status"] for each in await book.failures(1)] == [502, 501]
    assert [each.attempt for each in await book.failures(1)] == [2, 2]
    assert await book.failures(2) == ()
    await store.database.change("remove_episodes", ids="[1]")
    assert await book.failures(1) == ()
    await book.load(bench.clock.time() + 31 * DAY_S)
    assert book.all_health(0.0) == []
    assert job.standing is None
    await store.aclose()


async def test_servers_whose_names_change_are_forgotten(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(source_book, "MOST_SOURCES", 2)
    store = await new_store()
    bench = Bench(settings, SourceBook(store.database))
    for number in range(4):
        bench.clock.advance(1.0)
        await bench.finder.worked("fake", Source(url=f"https://cdn{number}.example/1"))
    await bench.fail(VOE, HostCoolingError(host="voe.example", wait_s=60.0))
    kept = [each.source for each in bench.book.all_health(bench.clock.time())]
    assert kept == ["cdn2.example", "cdn3.example"]
    again = SourceBook(store.database)
    await again.load(bench.clock.time())
    assert [each.source for each in again.all_health(bench.clock.time())] == kept
    await store.aclose()


async def test_what_cannot_be_written_fails_no_episode(settings: Settings) -> None:
    """It is known until the end of the service all the same."""
    store = await new_store()
    bench = Bench(settings, SourceBook(store.database))
    await store.aclose()
    await bench.fail(VOE)
    assert bench.book.health("fake", bench.clock.time()) == {"voe": 0.5}
    assert await SourceBook().failures(1) == ()
    await SourceBook().load(0.0)
