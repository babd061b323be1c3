"""An episode's sources: found again when their links have expired, and read as mirrors only when one is needed."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import NoEpisodesError, StalledError
from aniworld_dl.model import Media, Source
from aniworld_dl.queue.links import Linker
from tests.fakes.clock import FakeClock
from tests.media_builders import hls_track

A, B = "https://a.example/v.m3u8?t=1", "https://b.example/v.m3u8?t=1"


class Site:
    """A provider and what its sources lead to: one cut, whatever the address."""

    def __init__(self) -> None:
        self.found = [Source(url=A, headers={"Cookie": "1"}), Source(url=B)]
        self.finds = 0
        self.loaded: list[str] = []
        self.linker = Linker(find=self._find, load=self.load, clock=FakeClock(auto_advance=True))

    async def _find(self) -> list[Source]:
        self.finds += 1
        return self.found

    async def load(self, source: Source, mirror: int = 0) -> Media:
        self.loaded.append(f"{source.url}#{mirror}" if mirror else source.url)
        if "down" in source.url:
            raise StalledError(host="a", timeout_s=1.0)
        return Media(url=source.url, tracks=(hls_track(2),))


async def test_the_first_is_the_one_that_was_read_and_the_rest_wait() -> None:
    site = Site()
    media = await site.load(site.found[0])
    main, mirror = site.linker.links(media, site.found, 0).values()
    assert (main.media.url, main.headers) == (A, {"Cookie": "1"})
    assert site.loaded == [A]
    await mirror.read()
    assert (site.loaded, site.finds, mirror.media.url) == ([A, B], 0, B)
    assert site.linker.links(media, site.found, 1)[1].headers == {}
    assert len(site.linker.links(media, site.found, 1)) == 1


async def test_a_mirror_whose_address_has_expired_is_asked_for_anew() -> None:
    site = Site()
    clock = FakeClock(auto_advance=True)
    late = Source(url=B, expires_at=clock.time() + 10)
    site.found = [site.found[0], late]
    main, in_time = site.linker.links(await site.load(site.found[0]), site.found, 0).values()
    await in_time.read()
    assert site.finds == 0
    site.found = [site.found[0], Source(url=B, expires_at=clock.time() - 1)]
    _, expired = site.linker.links(main.media, site.found, 0).values()
    await expired.read()
    assert site.finds == 1


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([B, "https://a.example/v.m3u8?t=2"], "https://a.example/v.m3u8?t=2"),
        (["https://moved.example/v.m3u8", B], "https://moved.example/v.m3u8"),
    ],
    ids=["same address", "same place"],
)
async def test_a_source_is_found_again(found: list[str], expected: str) -> None:
    site = Site()
    main, _ = site.linker.links(await site.load(site.found[0]), site.found, 0).values()
    site.found = [Source(url=url) for url in found]
    assert await main.renew(0)
    assert (main.media.url, site.finds) == (expected, 1)


async def test_a_mirror_whose_links_expire_is_found_again_too() -> None:
    site = Site()
    _, mirror = site.linker.links(await site.load(site.found[0]), site.found, 0).values()
    await mirror.read()
    await mirror.renew(1)
    assert (site.loaded, site.finds) == ([A, B, B], 1)


async def test_what_is_in_another_language_is_no_mirror_and_nobody_is_taken_for_somebody_else() -> None:
    """The order of sources may have changed when they are found again."""
    site = Site()
    dub = Source(url=A, language="German Dub", provider="VOE")
    site.found = [dub, Source(url=B, language="German Sub", provider="VOE")]
    links = site.linker.links(await site.load(dub), site.found, 0)
    assert list(links) == [0]
    moved = Source(url="https://moved.example/v", language="German Dub", provider="VOE")
    site.found = [site.found[1], moved]
    await links[0].renew(0)
    assert links[0].media.url == moved.url


async def test_a_source_that_is_not_there_any_more_is_an_error() -> None:
    site = Site()
    main, *_ = site.linker.links(await site.load(site.found[1]), site.found, 1).values()
    site.found = [Source(url=A)]
    with pytest.raises(NoEpisodesError, match=r"b\.example"):
        await main.renew(0)


async def test_a_mirror_that_cannot_be_read_says_why() -> None:
    site = Site()
    site.found[1] = Source(url="https://down.example/")
    _, mirror = site.linker.links(await site.load(site.found[0]), site.found, 0).values()
    with pytest.raises(StalledError):
        await mirror.read()


async def test_further_servers_of_one_source_are_read_when_they_are_needed() -> None:
    site = Site()
    first, second = site.linker.mirrors(await site.load(site.found[0]), site.found, 0, 2)
    assert site.loaded == [A]
    await second.read()
    await first.read()
    assert (site.loaded[1:], first.headers) == ([f"{A}#2", f"{A}#1"], {"Cookie": "1"})
    await second.renew(1)
    assert (site.loaded[3:], site.finds) == ([f"{A}#2"], 1)
