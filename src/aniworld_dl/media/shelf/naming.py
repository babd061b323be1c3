"""Names of finished files: portable over file systems, stable over runs, and never outside the download folder."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.shelf.portable import (
    COMPONENT_LIMIT_BYTES,
    NAMELESS,
    PATH_LIMIT_UNITS,
    Portable,
    name_key,
    portable,
    unreserved,
)
from aniworld_dl.media.shelf.template import (
    BUILT_IN,
    EPISODES,
    FILMS,
    PROFILES,
    Field,
    Literal,
    parse_film_template,
    parse_template,
    template_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.media.shelf.template import Component

_SUFFIX_ROOM_BYTES: Final = 32
"""Kept at the end of a file's name for `.mkv`, and for what stands beside it: `.zh-Hant-TW.forced.sdh.2.srt`."""
_SUFFIX_UNITS: Final = 4
_SHORTEST_SERIES: Final = 12
"""Characters that are left of a title at least; a template with so much text of its own that fewer fit is no good."""
_EPISODE_LIKE: Final = re.compile(r"s\d+e\d+(?:-e\d+)?$", re.IGNORECASE)
"""How the flat profile ends the name of an episode: no film may end so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a name is made from. `last_number` is that of the last of several episodes in one file.

    `number` is None only of a film that is none of several.
    """

    series: str
    season: int
    number: int | None
    last_number: int | None = None
    title: str | None = None
    is_film: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where files go: two templates, or names of profiles. Without one for films it is the profile's, else Jellyfin's.

    Made only of templates that are usable.
    """

    episodes: str
    films: str | None = None

    def __post_init__(self) -> None:
        """Look at the templates.

        Raises:
            ConfigError: one has unknown fields or formats, would lead out of the folder, leaves too little room, or
                could give two episodes of a series, or two films, the same name. It names the setting.
        """
        for is_film in (False, True):
            longest = Entry(series="x" * 999, season=99, number=9999, last_number=9999, title="x", is_film=is_film)
            if self.template(longest)[0] not in BUILT_IN:  # those of the profiles are known to do
                self.path(longest, ".mkv")

    def path(self, entry: Entry, suffix: str) -> PurePosixPath:
        """Return the path of a file, relative to the download folder.

        Each part is a legal name on Linux, macOS and Windows, whatever the titles are, and at most 255 bytes long; all
        of it is at most 230 UTF-16 units long. Where that is too short the title is cut, then the series, never the
        numbers: two episodes never get the same path, not even where capitals and small letters are the same.
        `suffix` has its dot.
        """
        *folders, last = _fitted(self, entry)
        return PurePosixPath(*folders, last + suffix)

    def series_folder(self, entry: Entry) -> PurePosixPath | None:
        """Return the folder that has the series' files and no other's, None where there is none."""
        _, _, components = self.template(entry)
        for place, component in enumerate(components[:-1]):
            if not entry.is_film and any(isinstance(item, Field) and item.name == "series" for item in component):
                return PurePosixPath(*self.path(entry, "").parts[: place + 1])
        return None

    def template(self, entry: Entry) -> tuple[str, str, tuple[Component, ...]]:
        """Return the template for an entry, with its setting and its parts."""
        if entry.is_film:
            films = self.films or (self.episodes if self.episodes in PROFILES else "jellyfin")
            return films, FILMS, parse_film_template(films)
        return self.episodes, EPISODES, parse_template(self.episodes)


@lru_cache(maxsize=16)
def layout_of(episodes: str, films: str | None = None) -> Layout:
    """Return a layout, made once.

    Raises:
        ConfigError: as for `Layout`.
    """
    return Layout(episodes=episodes, films=films)


def _fitted(layout: Layout, entry: Entry) -> list[str]:
    template, key, components = layout.template(entry)
    series = portable(_film_name(entry) if entry.is_film else entry.series)
    title = portable(entry.title).text if entry.title and name_key(entry.title) else ""

    def parts(title_length: int, series_length: int) -> list[str]:
        values = _Values(entry=entry, series=series, series_length=series_length, title=_cut(title, title_length))
        return [unreserved(values.filled(component)) for component in components]

    whole = len(series.text)
    if _fits(found := parts(len(title), whole)):
        return found
    if _fits(parts(0, whole)):
        return parts(_most(lambda length: _fits(parts(length, whole)), len(title)), whole)
    length = _most(lambda length: _fits(parts(0, length)), whole)
    if length < min(_SHORTEST_SERIES, whole):
        raise template_error(template, f"its own text leaves too little room for titles in {PATH_LIMIT_UNITS}", key)
    return parts(0, length)


def _film_name(entry: Entry) -> str:
    """Return what a film is called: the series, its number in it, its own title, as far as there are any."""
    number = "" if entry.number is None else f" - Film {entry.number:02}"
    title = entry.title if entry.title and name_key(entry.title) not in {"", name_key(entry.series)} else None
    name = f"{entry.series}{number}" + (f" - {title}" if title else "")
    return f"{name} (Film)" if _EPISODE_LIKE.search(name) else name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    entry: Entry
    series: Portable
    """Of a film its whole name."""
    series_length: int
    title: str

    def filled(self, component: Component) -> str:
        text = ""
        for item in component:
            text += item.text if isinstance(item, Literal) else self._value(item, text)
        ends = " ." if self.title else " .-"  # a dash that a missing title leaves behind goes
        return " ".join(unicodedata.normalize("NFC", text).split()).strip(ends) or NAMELESS

    def _value(self, field: Field, before: str) -> str:
        entry = self.entry
        if field.name == "title":
            return self.title
        if field.name in {"series", "film"}:
            is_short = field.name == "series" and entry.is_film
            return (portable(entry.series) if is_short else self.series).cut(self.series_length)
        if field.name == "season":
            return format(entry.season, field.spec)
        if field.name == "absolute" and entry.season != 1:
            return f"S{entry.season:02}E{self._numbers('02', 'E')}"
        return self._numbers(field.spec, before)

    def _numbers(self, spec: str, before: str) -> str:
        """Return one number, or the first and the last of several as media servers read them: `E01-E02`."""
        first, last = format(self.entry.number or 0, spec), self.entry.last_number
        if last is None:
            return first
        return f"{first}-{before[-1:] if before[-1:] in {'e', 'E'} else ''}{format(last, spec)}"


def _fits(parts: Sequence[str]) -> bool:
    units = sum(len(part.encode("utf-16-le")) // 2 + 1 for part in parts) + _SUFFIX_UNITS
    *folders, last = (len(part.encode()) for part in parts)
    longest = max(*folders, last + _SUFFIX_ROOM_BYTES, 0)
    return units <= PATH_LIMIT_UNITS and longest <= COMPONENT_LIMIT_BYTES


def _most(is_good: Callable[[int], bool], limit: int) -> int:
    """Return the largest number below a limit that is good, 0 when none is. What is above a bad one is bad too."""
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_good(middle) else (low, middle)
    return low


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip(" .-\u200c\u200d") if length < len(text) else text
