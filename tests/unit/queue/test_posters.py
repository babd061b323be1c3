"""Posters of series: fetched once, where they are wanted, beside the queue; what goes wrong is nobody's failure."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.errors import DiskFullError
from aniworld_dl.media.shelf.poster import LARGEST_POSTER_BYTES
from aniworld_dl.model import EpisodeRef
from aniworld_dl.net.client import HttpClient
from aniworld_dl.queue.posters import Posters
from aniworld_dl.queue.shelving import spot_of
from tests.fakes.clock import FakeClock
from tests.fakes.store import MemoryStore
from tests.fakes.web import resolve
from tests.unit.media.shelf.test_poster import jpeg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.queue.shelving import Spot
    from aniworld_dl.queue.store import Store

URL = "https://a.example/cover"
PICTURE = jpeg(300, 450)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"write_posters": True})


def spot(settings: Settings, series: str = "Nordlicht", season: int | None = None) -> Spot:
    return spot_of(settings, EpisodeRef(url="https://a.example/wald", series=series, season=season), 1, "x")


def files(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.download_dir.rglob("*") if path.is_file())


@asynccontextmanager
async def posters(
    settings: Settings,
    answer: Callable[[httpx.Request], Any],
    *,
    store: Store | None = None,
    timeout_s: float = 60,
) -> AsyncIterator[Posters]:
    clock = FakeClock(auto_advance=True)
    async with HttpClient(settings, clock, transport=httpx.MockTransport(answer), resolver=resolve) as http:
        found = Posters(http, lambda: settings, store, timeout_s=timeout_s)
        await found.load()
        worker = asyncio.create_task(found.run(), name="posters")
        try:
            yield found
        finally:
            worker.cancel()
            await asyncio.wait([worker])


async def save(posters: Posters, spot: Spot, *addresses: str | None) -> None:
    await posters.want(spot, *addresses)
    await posters.settled()


async def test_it_is_saved_once_beside_the_series(settings: Settings) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=PICTURE)

    async with posters(settings, answer) as saving:
        await save(saving, spot(settings), None, None)
        await save(saving, spot(settings), URL, f"{URL}/else")
        await save(saving, spot(settings), URL)
        await save(saving, spot(settings), None, f"{URL}/else")
        await save(saving, spot(settings, "Film", season=0), URL)
    assert asked == [URL]
    poster = settings.download_dir / "Nordlicht/poster.jpg"
    assert files(settings) == [poster]
    assert poster.read_bytes() == PICTURE


@pytest.mark.parametrize("change", [{"write_posters": False}, {"naming_template": "flat"}])
async def test_where_none_is_wanted_none_is_asked_for(settings: Settings, change: dict[str, str | bool]) -> None:
    """Nor where the folder is not one series' alone."""
    settings = settings.model_copy(update=change)

    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    async with posters(settings, answer) as saving:
        await save(saving, spot(settings), URL)
    assert files(settings) == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=PICTURE + bytes(LARGEST_POSTER_BYTES)),
        httpx.Response(302, headers={"location": "file:///etc/passwd"}),
    ],
)
async def test_what_goes_wrong_is_told_in_the_log_alone(
    settings: Settings, answer: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    """Also an answer that leads to where nothing may be asked for. It is not asked for again."""
    asked: list[str] = []

    def give(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer

    async with posters(settings, give) as saving:
        await save(saving, spot(settings), f"{URL}?token=1")
        await save(saving, spot(settings), f"{URL}?token=1")
    assert asked == [f"{URL}?token=1"]
    assert files(settings) == []
    assert "poster_failed" in caplog.text
    assert "token" not in caplog.text


async def test_one_that_takes_too_long_is_given_up(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError(request.url)

    async with posters(settings, answer, timeout_s=0) as saving:
        await save(saving, spot(settings), URL)
    assert files(settings) == []
    assert "TimeoutError" in caplog.text


async def test_a_library_that_cannot_be_written_is_told_of(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.download_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.download_dir.write_bytes(b"a file")
    async with posters(settings, lambda _: httpx.Response(200, content=PICTURE)) as saving:
        await save(saving, spot(settings), URL)
    assert "poster_failed" in caplog.text


async def test_only_the_latest_are_remembered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aniworld_dl.queue.posters._MOST_REMEMBERED", 1)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url).rpartition("/")[2])
        return httpx.Response(404)

    async with posters(settings, answer) as saving:
        for name in ("1", "1", "2", "1"):
            await save(saving, spot(settings), f"{URL}/{name}")
    assert asked == ["1", "2", "1"]


async def test_nobody_waits_for_it_and_a_restart_does_not_lose_it(settings: Settings) -> None:
    """The service ends while the server keeps it waiting; the next one asks again, and notes that it has it."""
    store, begun = MemoryStore(), asyncio.Event()

    async def silence(_: httpx.Request) -> httpx.Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with posters(settings, silence, store=store) as saving:
        await saving.want(spot(settings), URL)
        await begun.wait()
        await saving.want(spot(settings, "Wald"), f"{URL}/wald")
    assert files(settings) == []
    async with posters(settings, lambda _: httpx.Response(200, content=PICTURE), store=store) as saving:
        await saving.settled()
    assert [path.parent.name for path in files(settings)] == ["Nordlicht", "Wald"]
    assert await store.get_meta("posters") == {}


async def test_what_is_not_wanted_any_more_is_not_asked_for_after_a_restart(settings: Settings) -> None:
    store = MemoryStore()
    await store.set_meta("posters", {"Nordlicht": URL})
    settings = settings.model_copy(update={"write_posters": False})

    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    async with posters(settings, answer, store=store) as saving:
        await saving.settled()


async def test_a_database_that_takes_nothing_keeps_none_from_coming(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(MemoryStore):
        async def set_meta(self, key: str, value: Any) -> None:
            raise DiskFullError(path=f"{key} {value}")

    async with posters(settings, lambda _: httpx.Response(200, content=PICTURE), store=Full()) as saving:
        await save(saving, spot(settings), URL)
    assert len(files(settings)) == 1
    assert "posters_not_kept" in caplog.text
