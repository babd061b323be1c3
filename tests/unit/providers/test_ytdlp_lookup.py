"""What yt-dlp says, in our words: formats become sources, its errors ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    HttpStatusError,
    NeedsPersonError,
    ProviderOutdatedError,
    ProviderRefusedError,
    UnsupportedMediaError,
)
from aniworld_dl.model import EpisodeRef, Wish
from aniworld_dl.providers.libraries import ytdlp
from aniworld_dl.providers.ytdlp import YtDlpProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.providers.base import ProviderContext

PAGE = "https://a.example/watch?v=1&token=secret"
HLS = {"protocol": "m3u8_native", "url": "https://a.example/v.m3u8", "manifest_url": "https://a.example/m.m3u8"}
FILE = {"protocol": "https", "url": "https://a.example/v.mp4", "vcodec": "avc1", "acodec": "mp4a"}


def answer(status: int) -> HTTPError:
    response = Response(fp=None, url=PAGE, headers={}, status=status)
    return HTTPError(response)


def told(cause: Exception) -> DownloadError:
    """Return what `extract_info` raises for an extractor's error."""
    return DownloadError(f"ERROR: \x1b[0;31m[site] 1:\x1b[0m {cause}", (type(cause), cause, None))


@pytest.mark.parametrize(
    ("cause", "expected", "words"),
    [
        (ExtractorError("Unable to download", cause=answer(404)), HttpStatusError, "a.example answered 404"),
        (ExtractorError("Unable to download", cause=TransportError("no route")), ConnectError, "Unable to download"),
        (UnsupportedError(PAGE), ProviderRefusedError, "Unsupported URL"),
        (ExtractorError("This video is private", expected=True), ProviderRefusedError, "This video is private"),
        (GeoRestrictedError("Not in your country"), ProviderRefusedError, "Not in your country"),
        (
            ExtractorError("Unable to extract title"),
            ProviderOutdatedError,
            'pip install --upgrade "aniworld-dl[ytdlp]"',
        ),
        (ExtractorError("This video is DRM protected", expected=True), UnsupportedMediaError, "DRM"),
        (
            ExtractorError("Sign in to confirm you're not a bot", expected=True),
            NeedsPersonError,
            "wants to see a person",
        ),
        (ExtractorError("see https://a.example/x?token=secret", expected=True), ProviderRefusedError, "a.example/x"),
    ],
)
def test_its_errors_in_our_words(cause: Exception, expected: type[AniworldDlError], words: str) -> None:
    found = ytdlp._translated(told(cause), PAGE)
    assert type(found) is expected
    assert words in str(found)
    assert "secret" not in str(found)
    assert "\x1b" not in str(found)


def test_of_the_formats_the_best_that_can_be_had_come_first() -> None:
    low = {**FILE, "url": "https://a.example/low.mp4"}
    alone = {**FILE, "url": "https://a.example/video.mp4", "acodec": "none"}
    dash = {"protocol": "http_dash_segments", "manifest_url": "https://a.example/m.mpd"}
    other = {"protocol": "rtmp", "url": "rtmp://a.example/x"}
    found = ytdlp._sources({"formats": [low, FILE, HLS, {**HLS, "height": 720}, dash, alone, other]})
    assert [each["url"] for each in found] == [dash["manifest_url"], HLS["manifest_url"], FILE["url"], low["url"]]


def test_what_has_no_formats_is_its_own() -> None:
    found = ytdlp._sources({"url": "https://a.example/v.mp4"})
    assert found == [{"url": "https://a.example/v.mp4", "headers": {}, "poster": None}]


@pytest.mark.parametrize(
    ("said", "poster"),
    [
        ({"thumbnail": "https://a.example/best.jpg", "thumbnails": [{"url": "https://a.example/1"}]}, "best.jpg"),
        ({"thumbnails": [{"url": "https://a.example/1"}, {"url": "https://a.example/2"}]}, "2"),
        ({"thumbnail": "data:image/png;base64,", "thumbnails": [5]}, None),
    ],
)
def test_its_picture_is_the_poster(said: dict[str, Any], poster: str | None) -> None:
    (source,) = ytdlp._sources({"url": "https://a.example/v.mp4", **said})
    assert source["poster"] == (poster and f"https://a.example/{poster}")


@pytest.mark.parametrize(
    ("formats", "words"),
    [
        ([{**FILE, "has_drm": True}], "locked by DRM"),
        ([{**FILE, "acodec": "none"}, {**FILE, "vcodec": "none"}], "picture and sound in files apart"),
        ([], "picture and sound"),
    ],
)
def test_what_cannot_be_had_is_said(formats: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=words):
        ytdlp._sources({"formats": formats})


def test_of_headers_and_cookies_only_what_the_media_wants() -> None:
    cookies = "sid=1; Domain=.a.example; Path=/; Secure; Expires=5; lang=de; Domain=a.example; Path=/"
    headers = {"Referer": "https://a.example/", "Accept-Encoding": "gzip", "Sec-Fetch-Mode": "navigate"}
    found = ytdlp._sources({"formats": [{**FILE, "http_headers": headers, "cookies": cookies}]})
    assert found[0]["headers"] == {"Referer": "https://a.example/", "Cookie": "sid=1; lang=de"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"_type": "url", "url": "https://a.example/2"}, "https://a.example/2"),
        ({"webpage_url": "https://a.example/2"}, "https://a.example/2"),
        ({"webpage_url": PAGE}, None),
        ({"_type": "url", "url": "site:2"}, None),
        ({"_type": "url", "url": "https://a.example/2#__youtubedl_smuggle=x"}, None),
        ({}, None),
    ],
)
def test_an_entry_has_an_address_of_its_own_or_not(entry: Mapping[str, Any], expected: str | None) -> None:
    assert ytdlp._own_address(entry, PAGE) == expected


class Calls:
    """A child process that answers what the test says."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def call(self, target: str, arguments: Mapping[str, Any], *, timeout_s: float = 1) -> Any:
        self.asked.append((target.rpartition(":")[2], arguments))
        return self.result


def provider_with(context: ProviderContext, calls: Calls) -> YtDlpProvider:
    return YtDlpProvider(replace(context, child=calls))


async def test_several_episodes_of_one_page_are_told_apart(context: ProviderContext) -> None:
    entry = {"url": None, "series": "Drei", "season": None, "number": 1, "title": "a"}
    calls = Calls([entry, {**entry, "number": 2}, {**entry, "url": "https://a.example/3", "number": 3}])
    provider = provider_with(context, calls)
    first, second, third = await provider.episodes("https://a.example/page?x=1", Wish())
    assert first.url == "https://a.example/page?x=1&aniworld-dl-entry=1"
    assert third == EpisodeRef(url="https://a.example/3", series="Drei", number=3, title="a")
    assert provider.is_series("https://a.example/page?x=1")
    assert not provider.is_series(second.url)
    calls.result = [{"url": "https://a.example/2.mp4", "headers": {"Referer": "x"}}]
    (source,) = await provider.sources(second, Wish())
    assert (source.url, source.headers) == ("https://a.example/2.mp4", {"Referer": "x"})
    assert calls.asked[-1] == ("sources", {"url": "https://a.example/page?x=1", "place": 2})


def test_any_address_of_the_web_may_be_its(context: ProviderContext) -> None:
    provider = YtDlpProvider(context)
    assert provider.matches("https://a.example/")
    assert not provider.matches("ftp://a.example/")
    assert provider.is_series("http://[::1")
