"""What a provider may answer: its types, lengths and numbers, checked before anything else sees it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, TypeVar
from urllib.parse import urljoin

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.model import EpisodeRef, Offer, Source
from aniworld_dl.net.address import parse

MOST_EPISODES: Final = 20_000
"""Episodes behind one address; the longest series there are have some ten thousand."""
MOST_SOURCES: Final = 100
MOST_OFFERS: Final = 200
LONGEST_TEXT: Final = 1000
"""Characters of a title or a name."""
_MOST_HEADERS: Final = 50
_LONGEST_HEADERS: Final = 16_384
_LARGEST_NUMBER: Final = 1_000_000
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

T = TypeVar("T")


class NonsenseError(Exception):
    """An answer breaks the contract; the message says how, as part of a sentence about the provider."""


def checked_episodes(answer: Any) -> list[EpisodeRef]:
    """Return an answer to `episodes` as a list.

    Raises:
        NonsenseError: it is none.
    """
    return [_episode(each) for each in _several(answer, EpisodeRef, MOST_EPISODES, "episodes")]


def checked_sources(answer: Any) -> list[Source]:
    """Return an answer to `sources` as a list.

    Raises:
        NonsenseError: it is none.
    """
    return [_source(each) for each in _several(answer, Source, MOST_SOURCES, "sources")]


def _several(answer: Any, kind: type[T], most: int, what: str) -> list[T]:
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes | Mapping):
        raise NonsenseError(f"it gave {type(answer).__name__} instead of a list of {what}")
    found = list(islice(answer, most + 1))
    if len(found) > most:
        raise NonsenseError(f"it gave more than {most} {what}")
    for each in found:
        if not isinstance(each, kind):
            raise NonsenseError(f"it gave {type(each).__name__} among its {what}")
    return found


def _episode(given: EpisodeRef) -> EpisodeRef:
    ref: Any = given  # its fields hold what the provider put there
    _address(ref.url)
    _poster(ref.poster)
    for name in ("series", "title"):
        _text(getattr(ref, name), name)
    for name in ("season", "number"):
        number = getattr(ref, name)
        if number is not None and (type(number) is not int or not 0 <= number <= _LARGEST_NUMBER):
            raise NonsenseError(f"its {name} {_shown(number)} is no number of one")
    if not isinstance(ref.titles, Mapping) or len(ref.titles) > MOST_OFFERS:
        raise NonsenseError("its titles are no mapping of a few")
    for language, title in ref.titles.items():
        _text(language, "language")
        _text(title, "title")
    offers = _several(ref.offers, Offer, MOST_OFFERS, "offers")
    for offer in offers:
        _text(offer.language, "language")
        _text(offer.provider, "provider")
    return replace(given, titles=dict(ref.titles), offers=tuple(offers))


def _source(given: Source) -> Source:
    source: Any = given
    _address(source.url)
    _text(source.language, "language")
    _text(source.provider, "provider")
    _text(source.fault, "fault")
    _poster(source.poster)
    end = source.expires_at
    if end is not None and (isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end)):
        raise NonsenseError(f"its time {_shown(end)} is none")
    if not isinstance(source.headers, Mapping) or len(source.headers) > _MOST_HEADERS:
        raise NonsenseError("its headers are no mapping of a few")
    for name, value in source.headers.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise NonsenseError(f"{_shown(name)} is no name of a header")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise NonsenseError(f"the value of its header {name} is none")
    if sum(map(len, source.headers.values())) > _LONGEST_HEADERS:
        raise NonsenseError("its headers are too long")
    return replace(given, headers=dict(source.headers))


def _address(url: Any) -> None:
    if not isinstance(url, str):
        raise NonsenseError(f"it gave {type(url).__name__} as an address")
    try:
        parse(url)
    except UrlInvalidError as error:
        raise NonsenseError(f"it gave an address that is none: {error.params['reason']}") from error


def _poster(url: Any) -> None:
    if url is not None:
        _address(url)


def usable_poster(url: Any, base: str = "") -> str | None:
    """Return the address of a picture, which may be relative to `base`, None where it can be none."""
    try:
        return parse(urljoin(base, url.strip())).url if isinstance(url, str) and url.strip() else None
    except (ValueError, UrlInvalidError):
        return None


def _text(value: Any, what: str) -> None:
    if value is None:
        return
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise NonsenseError(f"its {what} {_shown(value)} is no short text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NonsenseError(f"its {what} {_shown(value)} is half a character") from error


def _shown(value: Any) -> str:
    return ascii(value)[:80]
