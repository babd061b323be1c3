"""The `aniworld` library as it is installed, with its sessions pointed at an imitation on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import (
    HttpStatusError,
    NeedsPersonError,
    NoEpisodesError,
    ProviderOutdatedError,
    ProviderRefusedError,
)
from aniworld_dl.model import Action, EpisodeRef, Offer, Status, Wish
from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules
from aniworld_dl.providers.registry import Registry
from tests.integration.engine_work import add, episodes, files, until
from tests.integration.providers.imitation import SERIES, Imitation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.providers.base import Provider

pytestmark = pytest.mark.timeout(120)

WALL = "<title>Just a moment...</title><script src='https://challenges.cloudflare.com/x.js'></script>"
FIRST = "staffel-1/episode-1"


@pytest.fixture
def site(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imitation:
    made = Imitation(origin=origin)
    made.install(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return made


@pytest.fixture
async def registry(site: Imitation, tmp_path: Path) -> AsyncIterator[Registry]:
    rules = Rules(allowed_networks=("127.0.0.0/8",))
    made = Registry.load(None, Nursery(tmp_path / "children", rules))  # type: ignore[arg-type] # nothing asks for it
    yield made
    await made.aclose()


@pytest.fixture
def provider(registry: Registry) -> Provider:
    return registry.for_url(SERIES)


async def test_a_series_is_listed_with_its_seasons_and_films(site: Imitation, provider: Provider) -> None:
    site.series({"staffel-1": 2, "staffel-2": 1, "filme": 1})
    found = await provider.episodes(SERIES, Wish())
    assert [(each.series, each.season, each.number, each.title) for each in found] == [
        ("Waldgeister", 1, 1, "Folge 1"),
        ("Waldgeister", 1, 2, "Folge 2"),
        ("Waldgeister", 2, 1, "Folge 1"),
        ("Waldgeister", 0, 1, "Part 1"),
    ]
    assert found[1].url == f"{SERIES}/staffel-1/episode-2"
    assert found[1].titles == {"de": "Folge 2", "en": "Part 2"}
    assert found[3].url == f"{SERIES}/filme/film-1"
    assert [each.number for each in await provider.episodes(f"{SERIES}/staffel-1/", Wish())] == [1, 2]


async def test_an_episode_says_what_is_on_offer_and_gives_it_in_the_order_of_the_wish(
    site: Imitation, provider: Provider
) -> None:
    site.series({"staffel-1": 1})
    offers = {("German Dub", "VOE"): site.media("/dub"), ("German Sub", "VOE"): site.media("/sub")}
    site.episode(FIRST, {**offers, ("German Sub", "Vidara"): "nothing here"})
    (episode,) = await provider.episodes(f"{SERIES}/{FIRST}", Wish())
    assert (episode.series, episode.season, episode.number) == ("Waldgeister", 1, 1)
    assert episode.offers == (
        Offer(language="German Dub", provider="VOE"),
        Offer(language="German Sub", provider="VOE"),
        Offer(language="German Sub", provider="Vidara"),
    )
    (only,) = await provider.sources(episode, Wish(language="German Sub", provider="VOE"))
    assert (only.url, only.language, only.provider) == (site.origin.url("/sub"), "German Sub", "VOE")
    assert only.headers["Referer"] == "https://voe.sx/"
    chain = Wish(language="English Dub > German Sub > German Dub", provider="Vidoza > any")
    *found, failed = await provider.sources(episode, chain)
    assert [each.language for each in found] == ["German Sub", "German Dub"]
    assert (failed.language, failed.provider) == ("German Sub", "Vidara")
    assert failed.fault
    *found, failed = await provider.sources(episode, Wish(health={"voe": 0.1}))
    assert [each.language for each in found] == ["German Dub", "German Sub"]


async def test_what_is_not_there_is_said_in_words(site: Imitation, provider: Provider) -> None:
    site.episode(FIRST, {("German Dub", "VOE"): site.media()})
    with pytest.raises(ProviderRefusedError) as caught:
        await provider.sources(EpisodeRef(url=f"{SERIES}/{FIRST}"), Wish(language="German Sub"))
    assert "German Sub by anyone is not there, but German Dub (VOE)" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "error"),
    [("<p>Coming soon</p>", NoEpisodesError), (WALL, NeedsPersonError), (None, HttpStatusError)],
)
async def test_an_episode_that_cannot_be_had_says_why(
    site: Imitation, provider: Provider, body: str | None, error: type[Exception]
) -> None:
    if body is not None:
        site.page(f"{SERIES}/{FIRST}", body)
    with pytest.raises(error):
        await provider.sources(EpisodeRef(url=f"{SERIES}/{FIRST}"), Wish())


async def test_a_page_that_is_laid_out_anew_asks_for_a_newer_library(site: Imitation, provider: Provider) -> None:
    site.series({"staffel-1": 1})
    site.page(SERIES, f'<h2>Waldgeister</h2><a href="{SERIES.removeprefix("https://aniworld.to")}/staffel-1">1</a>')
    with pytest.raises(ProviderOutdatedError) as caught:
        await provider.episodes(SERIES, Wish())
    assert 'pip install --upgrade "aniworld-dl[aniworld]"' in str(caught.value)


async def test_from_a_series_to_files_by_hoster_and_language(
    site: Imitation, settings: Settings, tmp_path: Path
) -> None:
    """The main process never imports the library, whose home is below the data folder; killed, it comes back."""
    site.series({"staffel-1": 1, "staffel-2": 1})
    for path in (FIRST, "staffel-2/episode-1"):
        site.episode(path, {("German Sub", "VOE"): site.media(), ("German Dub", "VOE"): site.media("/wrong.m3u8")})
    async with open_engine(settings) as engine:
        job_id = await add(engine, SERIES, language="German Sub", provider="VOE", title="x")
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert (job["status"], job["total_episodes"]) == ("completed", 2), await episodes(engine, job_id)
    assert files(settings.download_dir) == [
        "Waldgeister/Season 01/Waldgeister S01E01.mkv",
        "Waldgeister/Season 02/Waldgeister S02E01.mkv",
    ]
    assert not [name for name in sys.modules if name.partition(".")[0] == "aniworld"]
    assert (settings.data_dir / "providers" / "aniworld" / ".env").exists()
    assert not (Path.home() / ".aniworld").exists()


async def test_killed_in_mid_resolve_it_comes_back(
    site: Imitation, provider: Provider, registry: Registry, origin: Origin
) -> None:
    site.episode(FIRST, {("German Dub", "VOE"): site.media()})
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/voe.example/*"))
    resolving = asyncio.create_task(provider.sources(EpisodeRef(url=f"{SERIES}/{FIRST}"), Wish()))
    await gate.reached()
    child = next(each for each in registry._nursery._children if each.pid is not None)  # type: ignore[union-attr]
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    gate.open()
    assert [each.url for each in await resolving] == [site.origin.url("/ts/index.m3u8")]
    assert child.pid not in {None, pid}


async def test_behind_a_wall_an_episode_waits_for_a_person_and_goes_on_when_retried(
    site: Imitation, settings: Settings
) -> None:
    site.page(f"{SERIES}/{FIRST}", WALL)
    async with open_engine(settings) as engine:
        job_id = await add(engine, f"{SERIES}/{FIRST}")
        async for _ in engine.hub.subscribe():
            (episode,) = await episodes(engine, job_id)
            if episode["reason"] == "needs_person":
                break
        assert episode["status"] == "queued"
        assert episode["reason_params"]["url"] == f"{SERIES}/{FIRST}"
        site.episode(FIRST, {("German Dub", "VOE"): site.media()})
        await engine.act_on_job(job_id, Action.RETRY)
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert job["status"] == "completed", job
