"""Pages whose media is in plain sight, and what is none of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import (
    HttpStatusError,
    NeedsPersonError,
    NotMediaError,
    ProviderMissingError,
    ProviderRefusedError,
)
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.direct import DirectProvider
from aniworld_dl.providers.pages import is_page, is_wall, media_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.providers.conftest import Contexts

PAGE = "https://a.example/watch/e1"
REF = EpisodeRef(url=PAGE)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<video src="/e1.mp4"></video>', ["https://a.example/e1.mp4"]),
        ('<VIDEO><source SRC="e1.m3u8" type="application/x-mpegURL"></VIDEO>', ["https://a.example/watch/e1.m3u8"]),
        (
            "<video><source src='//cdn.example/1.mp4'><source src='2.mp4'></video>",
            ["https://cdn.example/1.mp4", "https://a.example/watch/2.mp4"],
        ),
        ('<base href="https://b.example/x/"><video src=e1.mp4>', ["https://b.example/x/e1.mp4"]),
        (
            '<meta property="og:video" content="https://a.example/e1.mp4?a=1&amp;b=2">',
            ["https://a.example/e1.mp4?a=1&b=2"],
        ),
        ('<meta name="og:video:secure_url" content="/e1.mp4">', ["https://a.example/e1.mp4"]),
        ('<meta property="og:video" content="/player"><meta property="og:video:type" content="text/html">', []),
        (
            '<script type="application/ld+json">{"@graph": [{"video": {"contentUrl": "/e1.mp4"}}]}</script>',
            ["https://a.example/e1.mp4"],
        ),
        (
            '<meta property="og:video" content="/2.mp4"><video src="/1.mp4"></video>',
            ["https://a.example/1.mp4", "https://a.example/2.mp4"],
        ),
        ('<video src="/1.mp4"></video><source src="/1.mp4">', ["https://a.example/1.mp4"]),
        ('<video src="blob:https://a.example/1"></video>', []),
        ('<video src="javascript:alert(1)"></video>', []),
        ('<video src="http://[::1"></video>', []),
        ('<video src="https://a.example/watch/e1"></video>', []),
        ('<picture><source src="/a.webp" type="image/webp"></picture>', []),
        ('<script type="application/ld+json">{"contentUrl": </script>', []),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", []),
        ('<script>var a = {"contentUrl": "/e1.mp4"}</script>', []),
        ("", []),
    ],
)
def test_media_in_a_page(page: str, found: list[str]) -> None:
    assert media_in(page, PAGE).media == found


@pytest.mark.parametrize(
    ("page", "poster"),
    [
        ('<meta property="og:image" content="/c.jpg">', "https://a.example/c.jpg"),
        (
            '<meta name="og:image" content="data:,"><meta property="og:image:secure_url" content="//b.example/c">',
            "https://b.example/c",
        ),
        ('<meta property="og:image" content="">', None),
        ('<img src="/c.jpg">', None),
    ],
)
def test_the_picture_of_a_page(page: str, poster: str | None) -> None:
    assert media_in(page, PAGE).poster == poster


@given(st.text(alphabet="<>/=\"' videosrcmetaogc:{}[]&#", max_size=200))
def test_any_page_can_be_read(page: str) -> None:
    assert isinstance(media_in(page, PAGE).media, list)


@pytest.mark.parametrize(
    ("head", "content_type", "expected"),
    [
        (b"<!DOCTYPE html><html>", None, True),
        (b"\xef\xbb\xbf  <html>", "application/octet-stream", True),
        (b"hello", "text/html; charset=utf-8", True),
        (b"#EXTM3U\n", "text/html", False),
        (b"<?xml version='1.0'?><MPD>", "text/html", False),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", False),
        (b"<MPD>", None, False),
    ],
)
def test_pages_are_told_from_media(head: bytes, content_type: str | None, *, expected: bool) -> None:
    assert is_page(head, content_type) is expected


def test_a_wall_is_told_from_a_page() -> None:
    assert is_wall('<html><div class="cf-turnstile" data-sitekey="x"></div>')
    assert not is_wall("<html><p>A film about a captcha</p></html>")


async def sources_of(
    contexts: Contexts, answer: httpx.Response, otherwise: Otherwise | None = None
) -> Sequence[Source]:
    async with contexts(lambda _: answer) as context:
        return await DirectProvider(context, otherwise=otherwise).sources(REF, Wish())


class Otherwise:
    """Is asked where a page names nothing."""

    name = "otherwise"

    def __init__(self, answer: Source | Exception) -> None:
        self._answer = answer

    def matches(self, url: str) -> bool:
        return True

    is_series = matches

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        return [EpisodeRef(url=url)]

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        assert episode == REF
        if isinstance(self._answer, Exception):
            raise self._answer
        return [self._answer]


async def test_a_page_leads_to_its_media(contexts: Contexts) -> None:
    found = await sources_of(contexts, httpx.Response(200, html='<video src="/e1.mp4">'))
    assert found == [Source(url="https://a.example/e1.mp4", headers={"Referer": PAGE})]


async def test_what_is_no_page_is_the_media(contexts: Contexts) -> None:
    assert await sources_of(contexts, httpx.Response(200, content=b"\0" * 4096)) == (Source(url=PAGE),)
    assert await sources_of(contexts, httpx.Response(200, content=b"#EXTM3U")) == (Source(url=PAGE),)


async def test_of_a_long_page_only_the_beginning_is_read(contexts: Contexts) -> None:
    page = '<html><video src="/e1.mp4"></video>' + " " * 3_000_000 + '<video src="/e2.mp4">'
    found = await sources_of(contexts, httpx.Response(200, html=page))
    assert [each.url for each in found] == ["https://a.example/e1.mp4"]


async def test_a_wall_needs_a_person(contexts: Contexts) -> None:
    with pytest.raises(NeedsPersonError) as caught:
        await sources_of(contexts, httpx.Response(200, html="<title>Just a moment...</title>"))
    assert caught.value.params == {"url": PAGE, "provider": "direct"}


async def test_a_page_that_is_not_there_is_told_as_it_is(contexts: Contexts) -> None:
    with pytest.raises(HttpStatusError):
        await sources_of(contexts, httpx.Response(404))


EMPTY = "<html>nothing</html>"
MISSING = ProviderMissingError(provider="o", library="l", command="c")
UNSUPPORTED = ProviderRefusedError(provider="o", url=PAGE, reason="Unsupported URL")
REFUSED = ProviderRefusedError(provider="o", url=PAGE, reason="it is private")


@pytest.mark.parametrize(
    ("otherwise", "error"),
    [
        (None, NotMediaError),
        (Otherwise(MISSING), NotMediaError),
        (Otherwise(UNSUPPORTED), NotMediaError),
        (Otherwise(REFUSED), ProviderRefusedError),
    ],
)
async def test_a_page_that_names_nothing_is_no_media(
    contexts: Contexts, otherwise: Otherwise | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await sources_of(contexts, httpx.Response(200, html=EMPTY), otherwise)


async def test_another_provider_may_know_what_a_page_does_not_name(contexts: Contexts) -> None:
    source = Source(url="https://a.example/e1.m3u8")
    assert await sources_of(contexts, httpx.Response(200, html=EMPTY), Otherwise(source)) == [source]
