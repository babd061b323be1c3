"""Feeds become episodes, the oldest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.contract import Samples, breaches, open_context
from aniworld_dl.providers.direct import DirectProvider
from aniworld_dl.providers.feed import FeedProvider, entries_of, looks_like_feed

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.providers.base import ProviderContext
    from tests.unit.providers.conftest import Contexts

URL = "https://a.example/show/feed.xml"
RSS = b"""<?xml version="1.0"?><rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<title>Wald</title>
<item><title>Moos</title><enclosure url="/2.mp4" type="video/mp4"/><itunes:season>2</itunes:season>
<itunes:episode>7</itunes:episode></item>
<item><title>Harz</title><link>https://a.example/1</link></item>
<item><title>Nichts</title></item><item><link>http://[::1</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Wald</title>
<entry><title>Moos</title><link href="/page"/><link rel="enclosure" href="/2.mp4"/></entry></feed>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Wald", "items": [
{"title": "Moos", "url": "/page", "attachments": [{"url": "/2.mp4"}]}, {"title": "Harz", "url": "/1"}, 5]}"""
BOMB = b"""<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>"""
OUTSIDE = b"""<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><title>&a;</title></channel></rss>"""
MOOS = EpisodeRef(url="https://a.example/2.mp4", series="Wald", title="Moos")
HARZ = EpisodeRef(url="https://a.example/1", series="Wald", title="Harz")


def feed(context: ProviderContext) -> FeedProvider:
    return FeedProvider(context, media=DirectProvider(context))


def test_rss() -> None:
    placed = EpisodeRef(url=MOOS.url, series="Wald", title="Moos", season=2, number=7)
    assert entries_of(RSS, URL) == [HARZ, placed]


def test_atom() -> None:
    assert entries_of(ATOM, URL) == [MOOS]


def test_json_feed() -> None:
    assert entries_of(JSON, URL) == [HARZ, MOOS]


@pytest.mark.parametrize(
    ("channel", "entry", "poster"),
    [
        ('<i:image href="/c.jpg"/>', '<i:image href="/e.jpg"/>', "https://a.example/c.jpg"),
        ("<image><url> https://b.example/c.png </url></image>", "", "https://b.example/c.png"),
        ("<image><title>x</title></image>", '<m:thumbnail url="e.jpg"/>', "https://a.example/show/e.jpg"),
        ('<i:image href="file:///etc/passwd"/>', "", None),
        ('<i:image href="http://[::1"/>', "", None),
        ("", "", None),
    ],
)
def test_the_picture_of_the_series_or_else_of_the_entry(channel: str, entry: str, poster: str | None) -> None:
    names = 'xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:m="http://search.yahoo.com/mrss/"'
    body = f'<rss {names}><channel>{channel}<item><enclosure url="/2.mp4"/>{entry}</item></channel></rss>'
    (ref,) = entries_of(body.encode(), URL)
    assert ref.poster == poster


@pytest.mark.parametrize(
    ("icon", "image", "poster"),
    [("/i.png", "/e.png", "https://a.example/i.png"), (5, "/e.png", "https://a.example/e.png")],
)
def test_the_picture_of_a_json_feed(icon: str | int, image: str, poster: str) -> None:
    body = json.dumps({"icon": icon, "items": [{"url": "/1", "image": image}]})
    (ref,) = entries_of(body.encode(), URL)
    assert ref.poster == poster


@pytest.mark.parametrize("body", [b"", b"<html><p>", b"{", b"{}", b'{"items": 5}', b"[]", BOMB, OUTSIDE, b"\xff\xfe"])
def test_what_is_no_feed_has_no_entries(body: bytes) -> None:
    assert entries_of(body, URL) == []


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(body: bytes) -> None:
    assert isinstance(entries_of(b"<rss><channel>" + body, URL), list)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, True),
        ("https://a.example/feed/", True),
        ("https://a.example/x.RSS?a=1", True),
        ("https://a.example/feeding", False),
        ("https://a.example/e1.m3u8", False),
        ("http://[::1", False),
    ],
)
def test_feeds_are_told_by_their_names(url: str, *, expected: bool) -> None:
    assert looks_like_feed(url) is expected


async def test_a_feed_without_entries_is_told(contexts: Contexts) -> None:
    async with contexts(lambda _: httpx.Response(200, content=b"<rss/>")) as context:
        with pytest.raises(NoEpisodesError):
            await feed(context).episodes(f"{URL}?token=secret", Wish())


async def test_an_entry_gives_what_its_address_gives(contexts: Contexts) -> None:
    async with contexts(lambda _: httpx.Response(200, content=RSS)) as context:
        (*_, last) = await feed(context).episodes(URL, Wish())
        assert await feed(context).sources(last, Wish()) == (Source(url=last.url),)


async def test_it_keeps_the_contract(tmp_path: Path) -> None:
    samples = Samples(episodes=["https://a.example/2.mp4"], series=[URL], foreign=["ftp://a.example/feed.xml"])
    body = RSS.replace(b"https://a.example/1", b"https://a.example/1.mp4")
    async with open_context(tmp_path, lambda _: httpx.Response(200, content=body)) as context:
        assert await breaches(feed, context, samples) == []
