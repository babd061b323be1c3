"""Which episodes of a series are wanted, by season and number: `S02`, `S03-`, `5-12`, `S01E05-E12`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from aniworld_dl.errors import RequestInvalidError

LONGEST_TEXT: Final = 500
_SEASONS: Final = re.compile(r"S(\d{1,6})(?:(-)(?:S(\d{1,6}))?)?", re.ASCII)
_NUMBERS: Final = re.compile(r"(?:S(\d{1,6})E|E)?(\d{1,6})(?:(-)(?:E?(\d{1,6}))?)?", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s,;]+")
_MEND: Final = "write seasons and numbers such as 'S02', 'S03-', '5-12', 'S01E05-E12', with commas between them"


@dataclass(frozen=True, slots=True)
class _Span:
    """Whole numbers from the first to the last, None for no end."""

    first: int
    last: int | None

    def __contains__(self, value: int) -> bool:
        return self.first <= value and (self.last is None or value <= self.last)


@dataclass(frozen=True, slots=True)
class _Part:
    """Seasons, None for all that are not specials, and numbers in them, None for all."""

    seasons: _Span | None
    numbers: _Span | None

    def fits(self, season: int, number: int | None) -> bool:
        if season not in self.seasons if self.seasons is not None else season == 0:
            return False
        return self.numbers is None or (number is not None and number in self.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is wanted: what fits one of its parts, everything if it has none. Specials (season 0) only if it says so."""

    parts: tuple[_Part, ...] = ()
    specials: bool = False

    def wants(self, season: int | None, number: int | None) -> bool:
        """Tell whether an episode is wanted; one whose season is not known is of the first."""
        season = 1 if season is None else season
        if season == 0 and self.specials:
            return True
        if not self.parts:
            return season != 0
        return any(part.fits(season, number) for part in self.parts)


def normal_text(text: str) -> str:
    """Return the text of a filter as it is kept.

    Raises:
        RequestInvalidError: it is none.
    """
    words = _words(text)
    for word in words:
        _part(word)
    return ", ".join(words)


def parse_filter(text: str, *, specials: bool) -> Filter:
    """Read a filter; no text means everything.

    Raises:
        RequestInvalidError: it is none.
    """
    return Filter(parts=tuple(map(_part, _words(text))), specials=specials)


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text.upper()) if word]


def _part(word: str) -> _Part:
    if match := _SEASONS.fullmatch(word):
        return _Part(_span(word, match[1], match[2], match[3]), None)
    if match := _NUMBERS.fullmatch(word):
        season = None if match[1] is None else _Span(int(match[1]), int(match[1]))
        return _Part(season, _span(word, match[2], match[3], match[4]))
    raise RequestInvalidError(field="episodes", value=word[:80], mend=_MEND)


def _span(word: str, first: str, dash: str | None, last: str | None) -> _Span:
    end = int(last) if last else None if dash else int(first)
    if end is not None and end < int(first):
        raise RequestInvalidError(field="episodes", value=word[:80], mend="the first number comes before the last")
    return _Span(int(first), end)
