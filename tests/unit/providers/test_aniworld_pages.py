"""Which pages belong to the sites of the `aniworld` library, and how a call reaches it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import EpisodeRef, Offer, Source, Wish
from aniworld_dl.providers.aniworld import AniworldProvider
from aniworld_dl.providers.contract import HOSTILE
from tests.unit.providers.test_ytdlp_lookup import Calls

if TYPE_CHECKING:
    from aniworld_dl.providers.base import ProviderContext

SHOW = "https://aniworld.to/anime/stream/wald"


@pytest.mark.parametrize(
    ("url", "is_series"),
    [
        (SHOW, True),
        (f"{SHOW}/", True),
        (f"{SHOW}/staffel-2", True),
        (f"{SHOW}/filme", True),
        (f"{SHOW}/staffel-2/episode-3", False),
        (f"{SHOW}/filme/film-1?a=1#b", False),
        ("http://www.aniworld.to/anime/stream/wald/staffel-1/episode-1", False),
        ("https://s.to/serie/wald", True),
        ("https://serienstream.to/serie/wald/staffel-1/episode-2/", False),
    ],
)
def test_pages_of_its_sites_are_known(context: ProviderContext, url: str, *, is_series: bool) -> None:
    provider = AniworldProvider(context)
    assert provider.matches(url)
    assert provider.is_series(url) is is_series


@pytest.mark.parametrize(
    "url",
    [*HOSTILE, "https://aniworld.to/", "https://aniworld.to.example/anime/stream/x", "https://s.to/anime/stream/x"],
)
def test_others_are_not(context: ProviderContext, url: str) -> None:
    provider = AniworldProvider(context)
    assert not provider.matches(url)
    assert not provider.is_series(url)


async def test_an_address_reaches_the_library_as_it_wants_it(context: ProviderContext) -> None:
    offer = {"language": "German Dub", "provider": "VOE"}
    calls = Calls([{"url": f"{SHOW}/staffel-1/episode-1", "series": "Wald", "offers": [offer]}])
    provider = AniworldProvider(replace(context, child=calls))
    (ref,) = await provider.episodes("http://www.AniWorld.to/anime/stream/wald/?a=1", Wish())
    assert calls.asked == [("episodes", {"url": SHOW})]
    assert ref.offers == (Offer(language="German Dub", provider="VOE"),)
    calls.result = [{"url": "https://a.example/1.m3u8", "headers": {}, **offer}]
    wish = Wish(language="German Dub", provider="VOE", health={"voe": 0.5})
    (source,) = await provider.sources(EpisodeRef(url=ref.url), wish)
    assert source == Source(url="https://a.example/1.m3u8", language="German Dub", provider="VOE")
    assert calls.asked[-1] == ("sources", {"url": ref.url, **offer, "health": {"voe": 0.5}})
