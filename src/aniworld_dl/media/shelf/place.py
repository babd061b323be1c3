"""Which series, season and episode an address speaks of, as far as its words tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from string import capwords
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from aniworld_dl.media.shelf.naming import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.model import EpisodeRef

_REMEMBERED: Final = 4096
_PARTS_LIMIT: Final = 32
_PART_LIMIT_CHARACTERS: Final = 255
_GAP: Final = r"[\s._-]{0,3}"
_BEFORE: Final = r"(?<![^\W_])"
_AFTER: Final = r"(?![^\W_])"

_SEASON_WORD: Final = r"(?:seasons?|staffel|saison|temporada)"
_EPISODE_WORD: Final = r"(?:episode|episodio|épisode|folge|ep|e|#)"
_BOTH: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_BEFORE}s(\d{{1,3}}){_GAP}ep?(\d{{1,4}})(?!\d)(?:-?ep?(\d{{1,4}})(?!\d))?",
        rf"{_BEFORE}(\d{{1,2}})x(\d{{1,3}})(?:-\1x(\d{{1,3}}))?{_AFTER}",
        rf"{_BEFORE}{_SEASON_WORD}{_GAP}(\d{{1,3}}){_GAP}{_EPISODE_WORD}{_GAP}(\d{{1,4}})(){_AFTER}",
    )
)
"""Season, number, and the number of the last of several episodes in one file."""
_FILM: Final = re.compile(rf"{_BEFORE}(?:film|movie){_GAP}(\d{{1,3}}){_AFTER}", re.IGNORECASE)
_SEASON: Final = re.compile(rf"{_BEFORE}(?:{_SEASON_WORD}{_GAP}|s)(\d{{1,3}}){_AFTER}", re.IGNORECASE)
_EPISODE: Final = re.compile(rf"{_BEFORE}{_EPISODE_WORD}{_GAP}(\d{{1,4}})(?:v\d)?{_AFTER}", re.IGNORECASE)
_DASHED: Final = re.compile(r"\s-\s(\d{1,4})(?:v\d)?(?=\s|$)")
_BARE: Final = re.compile(r"(\d{1,4})")
_PICTURE_HEIGHTS: Final = frozenset({"144", "240", "360", "480", "540", "576", "720", "1080", "1440", "2160", "4320"})

_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_BRACKETS: Final = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}")
_SEPARATORS: Final = re.compile(r"[\s._+]+")
_GENERIC: Final = re.compile(
    r"(?:index|master|main|playlist|manifest|video|media|stream|streams|hls|dash|chunklist|prog_index|download|files?"
    r"|anime|serien?|series|shows|filme?|films|movies?|episodes?|watch|v|e|tv|content|v?\d+p?|\d+x\d+"
    r"|[0-9a-f]{16,})(?:[ _-]?\d*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Season and number of an episode, None where nothing tells."""

    season: int | None = None
    number: int | None = None
    last_number: int | None = None
    """Of the last of several episodes in one file."""
    is_film: bool = False
    """A film of a series, `number` being its number among them."""


@lru_cache(maxsize=_REMEMBERED)
def place_of(url: str) -> Place:
    """Read season and number from an address: `S01E04`, `1x04`, `Episode 4`, `staffel-1/episode-4`, `Show - 04`.

    `S01E01-E02` is a file of two episodes; `film-3` alone, between slashes, is a film, which has season 0.

    The file name counts more than the folders above it; what stands in the query is not looked at. Never raises.
    What was asked for last is remembered: the same episodes are shown again and again.
    """
    season = number = None
    for depth, part in enumerate(_parts(url)):
        both = _first_match(_BOTH, part)
        if both and number is None:
            last = int(both[3] or 0)
            return Place(season=int(both[1]), number=int(both[2]), last_number=last if last > int(both[2]) else None)
        if number is None and (film := _FILM.fullmatch(part)):
            return Place(season=0, number=int(film[1]), is_film=True)
        if season is None and (match := _SEASON.search(part)):
            season = int(match[1])
        if number is None:
            number = _number(part, is_file_name=depth == 0)
    return Place(season=season, number=number)


def place_in_series(ref: EpisodeRef, position: int) -> tuple[int, int]:
    """Return season and number of an episode: as given, else read from its address, else season 1 and its position."""
    season, number = ref.season, ref.number
    if season is None or number is None:
        read = place_of(ref.url)
        season = read.season if season is None else season
        number = read.number if number is None else number
    return 1 if season is None else season, position if number is None else number


def placed_by_name(ref: EpisodeRef, file_name: str) -> EpisodeRef | None:
    """Return an episode with season and number as the name has them that its server gives the file.

    None where the request, the provider or the address tell one of them, and where the name does not tell both: what
    a server calls `1.mp4` may be anything.
    """
    read = place_of(ref.url)
    if any(known is not None for known in (ref.season, ref.number, read.season, read.number)):
        return None
    found = place_of(quote(file_name, safe=""))
    return (
        None if found.season is None or found.number is None else replace(ref, season=found.season, number=found.number)
    )


def entry_of(ref: EpisodeRef, position: int, anime_title: str) -> Entry:
    """Return what the name of an episode's file is made from.

    A film is what its address calls one, or what is said to be of season 0 and has no number.
    """
    season, number = place_in_series(ref, position)
    read = place_of(ref.url)
    is_alone = ref.season == 0 and ref.number is None and read.number is None
    is_several = read.last_number is not None and (read.season, read.number) == (season, number)
    return Entry(
        series=ref.series or anime_title,
        season=season,
        number=None if is_alone else number,
        last_number=read.last_number if is_several else None,
        title=ref.title,
        is_film=is_alone or (read.is_film and season == 0),
    )


def series_of(url: str) -> str:
    """Return a readable title for the series of an address, for a user who gave none. Never empty, never raises."""
    for part in _parts(url):
        title = _title(part)
        if title:
            return title
    return _host(url) or "Episode"


def _parts(url: str) -> Iterator[str]:
    """Yield the parts of the path from the last to the first, the last without its suffix, decoded and bounded."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return
    parts = [part for part in path.split("/") if part.strip()][-_PARTS_LIMIT:]
    for depth, part in enumerate(reversed(parts)):
        yield (part if depth else _SUFFIX.sub("", part))[:_PART_LIMIT_CHARACTERS]


def _first_match(patterns: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.search(text))), None)


def _number(part: str, *, is_file_name: bool) -> int | None:
    match = _EPISODE.search(part)
    if match is None and is_file_name:
        plain = _BRACKETS.sub(" ", part).strip()
        match = _DASHED.search(plain) or _BARE.fullmatch(plain)
        if match and match[1] in _PICTURE_HEIGHTS:
            return None
    return int(match[1]) if match else None


def _title(part: str) -> str:
    """Return what stands in a part before the place, without what releases add to it."""
    plain = _BRACKETS.sub(" ", part)
    ends = [
        match.start() for pattern in (*_BOTH, _FILM, _SEASON, _EPISODE, _DASHED) if (match := pattern.search(plain))
    ]
    words = _SEPARATORS.sub(" ", plain[: min(ends, default=len(plain))]).strip(" -")
    if not any(character.isalpha() for character in words) or _GENERIC.fullmatch(words):
        return ""
    return capwords(words.replace("-", " ")) if words.islower() else words


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
