from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import NoProviderError, UrlInvalidError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aniworld_dl.providers.base import ProviderContext
    from aniworld_dl.providers.child.nursery import Nursery

MEDIA = "https://a.example/e1.m3u8"
DEMO = "http://127.0.0.1:8123/aniworld-dl-demo/series/wald/"
PLUGIN = """
class SiteProvider:
    name = {name!r}
    def __init__(self, context): self.http = context.http
    def matches(self, url): return "site.example" in url
    def is_series(self, url): return True
    async def episodes(self, url, wish): return []
    async def sources(self, episode, wish): return []
"""


class Named:
    """A provider that knows one host."""

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.host = host

    def matches(self, url: str) -> bool:
        return self.host in url

    def is_series(self, url: str) -> bool:
        return False

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        return [EpisodeRef(url=url)]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        return [Source(url=episode.url)]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages that ends with the test."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def install(packages: Path, name: str, code: str, *, target: str = "SiteProvider") -> None:
    """Install a package with one provider, as a wheel would be."""
    (packages / f"{name}_plugin.py").write_text(code)
    facts = packages / f"{name}_plugin-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[aniworld_dl.providers]\n{name} = {name}_plugin:{target}\n")


def test_the_built_in_ones_need_no_installation(context: ProviderContext, nursery: Nursery) -> None:
    registry = Registry.load(context.http, nursery)
    assert registry.names() == ["demo", "aniworld", "local", "feed", "ytdlp", "direct"]
    assert registry.for_url(MEDIA).name == "direct"
    assert registry.for_url(DEMO).name == "demo"


def test_a_package_brings_a_provider_and_goes_before_the_built_in_ones(
    context: ProviderContext, nursery: Nursery, packages: Path
) -> None:
    install(packages, "site", PLUGIN.format(name="site"))
    registry = Registry.load(context.http, nursery)
    assert registry.names() == ["site", "demo", "aniworld", "local", "feed", "ytdlp", "direct"]
    assert registry.for_url("https://site.example/series/1").name == "site"
    assert registry.broken == {}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_library", "no_such_library"),
        ("class SiteProvider: pass", "SiteProvider() takes no arguments"),
        ("class SiteProvider:\n    def __init__(self, context): pass", "it lacks something that every provider has"),
        ("raise SyntaxError('half a file')", "half a file"),
        ("other = 1", "SiteProvider"),
        (PLUGIN.format(name="direct"), "the name 'direct' is taken"),
    ],
)
def test_a_package_that_gives_no_provider_is_named_and_harms_nothing(
    context: ProviderContext, nursery: Nursery, packages: Path, code: str, reason: str
) -> None:
    install(packages, "bad", code)
    install(packages, "good", PLUGIN.format(name="good"))
    registry = Registry.load(context.http, nursery)
    assert registry.names() == ["good", "demo", "aniworld", "local", "feed", "ytdlp", "direct"]
    assert set(registry.broken) == {"bad"}
    assert reason in registry.broken["bad"]


def test_the_first_that_knows_the_address_is_taken() -> None:
    first, second, last = Named("a", "a.example"), Named("b", "a.example"), Named("c", "")
    registry = Registry([first, second, last])
    assert registry.for_url(MEDIA).name == "a"
    assert registry.for_url("https://other.example/").name == "c"


def test_a_provider_that_is_named_is_the_only_one_asked() -> None:
    first, second = Named("a", "a.example"), Named("b", "")
    registry = Registry([first, second])
    assert registry.for_url(MEDIA, " B ").name == "b"
    with pytest.raises(NoProviderError):
        registry.for_url("https://other.example/", "a")


@pytest.mark.parametrize("wanted", ["VOE", "", None])
def test_any_other_name_is_a_wish_for_a_hoster(wanted: str | None) -> None:
    only = Named("a", "a.example")
    assert Registry([only]).for_url(MEDIA, wanted).name == "a"


def test_an_address_that_nobody_knows_is_an_error_without_its_query(context: ProviderContext, nursery: Nursery) -> None:
    with pytest.raises(NoProviderError) as caught:
        Registry.load(context.http, nursery).for_url("ftp://a.example/x?token=secret", "VOE")
    assert caught.value.params["url"] == "ftp://a.example/x"


def test_series_among_many_addresses_are_found_by_their_places(context: ProviderContext, nursery: Nursery) -> None:
    registry = Registry.load(context.http, nursery)
    assert registry.series_among([MEDIA, DEMO, MEDIA, DEMO]) == {1, 3}
    with pytest.raises(UrlInvalidError):
        registry.series_among([MEDIA, "https://"])
    with pytest.raises(NoProviderError):
        registry.series_among([MEDIA], wanted="demo")


def test_providers_in_a_chain_are_asked_in_its_order() -> None:
    """Who names hosters as well has everybody asked when none of these knows the address."""
    registry = Registry(
        [Named("first", "example.org"), Named("second", "example.org"), Named("third", "other.example")]
    )
    url = "https://example.org/e1"
    assert registry.for_url(url, "second > first").name == "second"
    assert registry.for_url(url, "VOE > Second").name == "second"
    assert registry.for_url(url, "VOE > any").name == "first"
    assert registry.for_url(url, "third > any").name == "first"
    with pytest.raises(NoProviderError):
        registry.for_url(url, "third")
