from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import HttpStatusError, NoEpisodesError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.demo import DemoProvider

if TYPE_CHECKING:
    from aniworld_dl.providers.base import ProviderContext
    from tests.unit.providers.conftest import Contexts

SERIES = "http://127.0.0.1:8123/aniworld-dl-demo/series/wald/"
EPISODE = f"{SERIES}episode-2"
ENTRY = {"series": "Wald", "season": 1, "number": 2, "title": "Harz", "url": "/aniworld-dl-demo/series/wald/episode-2"}
REF = EpisodeRef(url=EPISODE, series="Wald", season=1, number=2, title="Harz")


@pytest.mark.parametrize(("url", "is_series"), [(SERIES, True), (f"{SERIES}?a=1", True), (EPISODE, False)])
def test_knows_the_pages(context: ProviderContext, url: str, is_series: bool) -> None:
    provider = DemoProvider(context)
    assert provider.matches(url)
    assert provider.is_series(url) is is_series


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8123/aniworld-dl-demo/media/wald/episode-02/index.m3u8",
        "http://127.0.0.1:8123/aniworld-dl-demo/series/wald/episode-2/index.m3u8",
        "http://127.0.0.1:8123/aniworld-dl-demo/series/",
        "http://127.0.0.1:8123/other/aniworld-dl-demo/series/wald/",
        "ftp://127.0.0.1/aniworld-dl-demo/series/wald/",
        "http://[::1/aniworld-dl-demo/series/wald/",
        "",
    ],
)
def test_knows_nothing_else(context: ProviderContext, url: str) -> None:
    provider = DemoProvider(context)
    assert not provider.matches(url)
    assert not provider.is_series(url)


async def test_lists_the_episodes_of_a_series(contexts: Contexts) -> None:
    page = {"series": "Wald", "episodes": [ENTRY, {**ENTRY, "number": 3}]}
    async with contexts(lambda _: httpx.Response(200, json=page)) as context:
        first, second = await DemoProvider(context).episodes(SERIES, Wish())
    assert first == REF
    assert second.number == 3


async def test_a_page_of_an_episode_is_that_episode_and_leads_to_its_media(contexts: Contexts) -> None:
    page = {**ENTRY, "media": ["/aniworld-dl-demo/media/wald/episode-02/index.m3u8", "http://mirror.example/e2.mp4"]}
    async with contexts(lambda _: httpx.Response(200, json=page)) as context:
        provider = DemoProvider(context)
        assert await provider.episodes(EPISODE, Wish()) == [REF]
        assert await provider.sources(REF, Wish()) == [
            Source(url="http://127.0.0.1:8123/aniworld-dl-demo/media/wald/episode-02/index.m3u8"),
            Source(url="http://mirror.example/e2.mp4"),
        ]


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(200, html="<p>Not a list.</p>")])
async def test_a_page_that_is_none_leads_to_no_episode(contexts: Contexts, answer: httpx.Response) -> None:
    async with contexts(lambda _: answer) as context:
        with pytest.raises(NoEpisodesError) as caught:
            await DemoProvider(context).episodes(f"{SERIES}?token=secret", Wish())
    assert caught.value.params["url"] == SERIES


async def test_another_failure_of_the_origin_is_told_as_it_is(contexts: Contexts) -> None:
    async with contexts(lambda _: httpx.Response(403)) as context:
        with pytest.raises(HttpStatusError):
            await DemoProvider(context).sources(REF, Wish())
