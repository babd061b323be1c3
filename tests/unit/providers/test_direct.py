from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.direct import DirectProvider

if TYPE_CHECKING:
    from aniworld_dl.providers.base import ProviderContext


@pytest.mark.parametrize("url", ["https://a.example/x.m3u8", "HTTP://a.example", " http://a.example/x", "http://"])
def test_takes_every_address_of_the_web(context: ProviderContext, url: str) -> None:
    provider = DirectProvider(context)
    assert provider.matches(url)
    assert not provider.is_series(url)


@pytest.mark.parametrize("url", ["ftp://a.example/x", "file:///etc/passwd", "a.example/x.m3u8", "", "magnet:?xt=1"])
def test_takes_nothing_else(context: ProviderContext, url: str) -> None:
    assert not DirectProvider(context).matches(url)


async def test_the_address_is_the_episode_and_its_only_source(context: ProviderContext) -> None:
    provider, url = DirectProvider(context), "https://a.example/show/e1.m3u8?token=1"
    wish = Wish(language="German Sub", provider="VOE")
    assert await provider.episodes(url, wish) == (EpisodeRef(url=url),)
    assert await provider.sources(EpisodeRef(url=url, number=4), wish) == (Source(url=url, headers={}),)


@pytest.mark.parametrize("url", ["http://", "https:///path", "http://a b/", "http://a.example:99999/", "http://[::1/x"])
async def test_a_malformed_address_is_explained(context: ProviderContext, url: str) -> None:
    provider = DirectProvider(context)
    with pytest.raises(UrlInvalidError):
        await provider.episodes(url, Wish())
    with pytest.raises(UrlInvalidError):
        await provider.sources(EpisodeRef(url=url), Wish())
