"""Feeds with enclosures: RSS, Atom, JSON Feed. Each entry that has media, or leads to it, is an episode."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from aniworld_dl.errors import NoEpisodesError, UrlInvalidError
from aniworld_dl.model import EpisodeRef
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.providers.answers import LONGEST_TEXT, MOST_EPISODES, usable_poster
from aniworld_dl.providers.direct import looks_like_media

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from aniworld_dl.model import Source, Wish
    from aniworld_dl.providers.base import Provider, ProviderContext

LARGEST_FEED_BYTES: Final = 16 * 1024 * 1024
_NAMED: Final = re.compile(r"(?:.*\.(?:rss|atom)|(?:feed|rss|atom|podcast)(?:\.(?:xml|json))?)", re.IGNORECASE)
_WORDS: Final = ("rss", "atom", "feed", "podcast")
_TAG: Final = re.compile(r"\{[^}]*\}")


class FeedProvider:
    """Asked about addresses that end as those of feeds do, and about what is named to be one.

    What an entry leads to is the business of `media`, the provider for single addresses.
    """

    name = "feed"

    def __init__(self, context: ProviderContext, *, media: Provider) -> None:
        self._http = context.http
        self._media = media

    def matches(self, url: str) -> bool:
        """Tell whether the address is meant for the web; what is behind it shows when it is read."""
        return url.strip().lower().startswith(("http://", "https://"))

    def is_series(self, url: str) -> bool:
        """Take what is asked about for a feed, unless it looks like media, as the entries of most feeds do."""
        return looks_like_feed(url) or not looks_like_media(url)

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the entries of a feed that have an enclosure or a link, the oldest first; media is itself.

        Raises:
            NoEpisodesError: it is no feed, or has no such entries.
            NetError: it could not be read.
        """
        if not self.is_series(url):
            return [EpisodeRef(url=parse(url).url)]
        fetched = await self._http.get_bytes(url, limit_bytes=LARGEST_FEED_BYTES)
        found = await asyncio.to_thread(entries_of, fetched.body, fetched.url)
        if not found:
            raise NoEpisodesError(url=without_query(url))
        return found

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return what the entry's address gives.

        Raises:
            ProviderError: it gives no media.
            NetError: it could not be read.
        """
        return await self._media.sources(episode, wish)


def looks_like_feed(url: str) -> bool:
    """Tell whether an address is a feed's by its last part."""
    text = url.lower()
    if not any(word in text for word in _WORDS):  # tens of thousands of addresses may come at once
        return False
    try:
        path = urlsplit(url.strip()).path
    except ValueError:
        return False
    return _NAMED.fullmatch(path.rstrip("/").rpartition("/")[2]) is not None


def entries_of(body: bytes, url: str) -> list[EpisodeRef]:
    """Return the episodes of a feed that was found at `url`, nothing for what is no feed. Takes time."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        found = list(_of_json(json.loads(text), url)) if text.startswith(b"{") else list(_of_xml(fromstring(text), url))
    except (ValueError, RecursionError, ParseError, DefusedXmlException):
        return []
    unique = {ref.url: ref for ref in found[:MOST_EPISODES]}
    return list(unique.values())[::-1]


def _of_json(document: Any, url: str) -> Iterator[EpisodeRef]:
    """Read a JSON Feed (jsonfeed.org, version 1.1)."""
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return
    for item in document["items"]:
        if isinstance(item, dict):
            attached = item.get("attachments")
            addresses = (
                [each.get("url") for each in attached if isinstance(each, dict)] if isinstance(attached, list) else []
            )
            ref = _episode([*addresses, item.get("url")], url, document.get("title"), item.get("title"))
            if ref is not None:
                poster = usable_poster(document.get("icon"), url) or usable_poster(item.get("image"), url)
                yield replace(ref, poster=poster)


def _of_xml(root: Element, url: str) -> Iterator[EpisodeRef]:
    """Read RSS 2.0 or Atom (RFC 4287)."""
    channel = next((each for each in root if _name(each) == "channel"), root)
    series, poster = _text(channel, "title"), _poster(channel, url)
    for item in channel:
        if _name(item) in {"item", "entry"}:
            ref = _episode(_addresses(item), url, series, _text(item, "title"))
            if ref is not None:
                season, number = _number(item, "season"), _number(item, "episode")
                ref = replace(ref, poster=poster or _poster(item, url))
                yield ref if number is None else replace(ref, season=season, number=number)


def _addresses(item: Element) -> Iterable[str | None]:
    """Return the addresses of an entry, its media first."""
    media: list[str | None] = []
    pages: list[str | None] = []
    for each in item:
        name = _name(each)
        if name == "enclosure":
            media.append(each.get("url"))
        elif name == "link":
            (media if each.get("rel") == "enclosure" else pages).append(each.get("href") or each.text)
    return [*media, *pages]


def _episode(addresses: Iterable[Any], url: str, series: Any, title: Any) -> EpisodeRef | None:
    for address in addresses:
        if isinstance(address, str) and address.strip():
            try:
                found = parse(urljoin(url, address.strip())).url
            except (ValueError, UrlInvalidError):
                continue
            return EpisodeRef(url=found, series=_short(series), title=_short(title))
    return None


def _poster(element: Element, url: str) -> str | None:
    """Return the picture of a channel or an entry: `itunes:image`, `media:thumbnail`, `image`, Atom's `logo`."""
    for each in element:
        name = _name(each)
        if name in {"image", "thumbnail", "logo"}:
            found = each.get("href") or each.get("url") or _text(each, "url") or each.text
            if (poster := usable_poster(found, url)) is not None:
                return poster
    return None


def _name(element: Element) -> str:
    return _TAG.sub("", str(element.tag)).lower()


def _text(element: Element, name: str) -> str | None:
    return next((each.text for each in element if _name(each) == name and each.text), None)


def _number(element: Element, name: str) -> int | None:
    """Return the number of an entry, as podcasts give it (`itunes:season`, `itunes:episode`)."""
    text = (_text(element, name) or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000") else None


def _short(value: Any) -> str | None:
    return value.strip()[:LONGEST_TEXT] or None if isinstance(value, str) else None
