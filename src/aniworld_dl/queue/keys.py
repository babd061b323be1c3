"""What an episode is recognised by when it is added again: hashes of its address and of its place in a series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.net import address
from aniworld_dl.queue.rows import title_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aniworld_dl.model import EpisodeRef

_KEY_BYTES: Final = 8
_NORMAL: Final = re.compile(
    r"(https?://(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*/[\w/-]*(?:\.\w+)*(?:\?[\w/=&.-]*)?)(?:#.*)?", re.ASCII
)
"""Addresses in which there is nothing to normalise but the fragment, as nearly all are."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an episode is recognised by, as the columns `address_key` and `place_key` of `episodes`."""

    address: int
    place: int | None


def key_columns(keys: Keys) -> dict[str, int | None]:
    """Return the keys as those columns."""
    return {"address_key": keys.address, "place_key": keys.place}


def keys_of(refs: Sequence[EpisodeRef], language: str | None, title: str) -> list[Keys]:
    """Return the keys of the episodes of a job with this language and title."""
    start = _start("address", language)
    return [
        Keys(_key(start, _normal(ref.url)), place_key(language, ref.series or title, ref.season, ref.number))
        for ref in refs
    ]


def address_key(language: str | None, url: str) -> int:
    """Return the key of an address: without its fragment, and as `net.address` writes it."""
    return _key(_start("address", language), _normal(url))


def place_key(language: str | None, series: str, season: int | None, number: int | None) -> int | None:
    """Return the key of a place in a series, None unless both season and number are given."""
    if season is None or number is None:
        return None
    return _key(_start("place", language), f"{title_key(series.strip())}\0{season}\0{number}")


def _normal(url: str) -> str:
    if plain := _NORMAL.fullmatch(url):
        return plain[1]
    try:
        return address.parse(url).url
    except UrlInvalidError:
        return url.partition("#")[0]


def _start(kind: str, language: str | None) -> str:
    return f"{kind}\0{title_key((language or '').strip())}\0"


def _key(start: str, text: str) -> int:
    """Hash to 64 bits: two of a hundred thousand keys are the same by accident once in four thousand million queues."""
    digest = blake2b((start + text).encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


FUNCTIONS: Final[Mapping[str, tuple[int, Callable[..., int | None]]]] = MappingProxyType(
    {"address_key": (2, address_key), "place_key": (4, place_key)}
)
"""What the statements of migrations call, by its name there: the number of arguments and the function."""
