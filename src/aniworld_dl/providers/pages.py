"""Web pages whose media is in plain sight: what `<video>`, `og:video` and JSON-LD say, and bot walls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.net.address import parse
from aniworld_dl.providers.answers import usable_poster

LARGEST_PAGE_BYTES: Final = 2 * 1024 * 1024
_MOST_FOUND: Final = 50
_DEEPEST: Final = 8
_DOCUMENTS: Final = ("<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta", "<div", "<p>", "<!--")
_OPEN_GRAPH: Final = frozenset({"og:video", "og:video:url", "og:video:secure_url", "og:audio", "og:audio:secure_url"})
_PICTURES: Final = frozenset({"og:image", "og:image:url", "og:image:secure_url"})
_WALLS: Final = (
    "<title>just a moment",
    "<title>attention required",
    "challenges.cloudflare.com",
    "cf_chl_opt",
    'class="g-recaptcha',
    'class="h-captcha',
    'class="cf-turnstile',
    "<altcha-widget",
    "ddos protection by",
)


def is_page(head: bytes, content_type: str | None) -> bool:
    """Tell by its beginning whether an answer is a web page for people."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower().decode("latin-1")
    if kind in {"text/html", "application/xhtml+xml"}:
        return not text.startswith(("#extm3u", "<?xml", "<mpd"))
    return text.startswith(_DOCUMENTS)


def is_wall(page: str) -> bool:
    """Tell whether a page wants to see a person before it shows anything."""
    lower = page.lower()
    return any(mark in lower for mark in _WALLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class InPage:
    """What a page names: the addresses of its media, those it plays first, and of its picture (`og:image`)."""

    media: list[str]
    poster: str | None


def media_in(page: str, url: str) -> InPage:
    """Return what a page at `url` names. Takes time: not for the loop."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    base = urljoin(url, reader.base) if reader.base else url
    graph = () if reader.graph_type.startswith("text/html") else reader.graph
    found: dict[str, None] = {}
    for each in (*reader.played, *reader.described, *graph):
        address = _address(base, each)
        if address is not None and address != url:
            found[address] = None
    poster = next(filter(None, (usable_poster(each, base) for each in reader.pictures)), None)
    return InPage(media=list(found)[:_MOST_FOUND], poster=poster)


def _address(base: str, reference: str) -> str | None:
    try:
        return parse(urljoin(base, reference.strip())).url
    except (ValueError, UrlInvalidError):
        return None


@dataclass
class _Reader(HTMLParser):
    """Collects references to media while it reads a page."""

    base: str | None = None
    graph_type: str = ""
    played: list[str] = field(default_factory=list)
    graph: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    _script: list[str] | None = None

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        values = {name: value or "" for name, value in attrs}
        if tag in {"video", "audio", "source"} and values.get("src") and _plays(values):
            self.played.append(values["src"])
        elif tag == "base" and self.base is None:
            self.base = values.get("href")
        elif tag == "meta":
            self._meta((values.get("property") or values.get("name", "")).lower(), values.get("content", ""))
        elif tag == "script" and values.get("type", "").strip().lower() == "application/ld+json":
            self._script = []

    def handle_data(self, data: str) -> None:
        """Keep the text of a description."""
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Read a description that has ended."""
        if tag == "script" and self._script is not None:
            text, self._script = "".join(self._script), None
            try:
                self.described.extend(_content_urls(json.loads(text), _DEEPEST))
            except (ValueError, RecursionError):
                return  # many pages carry one that is broken

    def _meta(self, name: str, content: str) -> None:
        if name in _OPEN_GRAPH and content:
            self.graph.append(content)
        elif name in _PICTURES and content:
            self.pictures.append(content)
        elif name == "og:video:type":
            self.graph_type = content.strip().lower()


def _plays(values: dict[str, str]) -> bool:
    """Tell a `<source>` of sound or picture from one of a `<picture>`, which has `srcset` or an image's type."""
    return not values.get("type", "").lower().startswith("image/")


def _content_urls(document: Any, depth: int) -> list[str]:
    if depth == 0:
        return []
    if isinstance(document, list):
        return [url for each in document for url in _content_urls(each, depth - 1)]
    if not isinstance(document, dict):
        return []
    own = document.get("contentUrl")
    found = [own] if isinstance(own, str) else []
    return found + [url for each in document.values() for url in _content_urls(each, depth - 1)]
