"""Names of finished files: portable over file systems, stable over runs, and never outside the download folder."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from hashlib import blake2s
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from pathvalidate import is_valid_filename

from aniworld_dl.media.shelf.place import Place, place_of, series_of
from aniworld_dl.media.shelf.template import Field, parse_template, template_error

if TYPE_CHECKING:
    from aniworld_dl.media.shelf.template import Component

__all__ = ["Place", "check_template", "episode_path", "place_of", "series_of"]

_COMPONENT_LIMIT_BYTES: Final = 255
"""The longest name that ext4, APFS, NTFS and exFAT all take."""

_DASHED: Final = str.maketrans(dict.fromkeys("/\\:|", "-"))
_DROPPED: Final = frozenset('*?"<>\u200b\u2060\ufeff')
_DIRECTION_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They can make a name look like another one; letters have their direction without them."""
_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cs"})
_JOINER: Final = "\u200d"
_ALSO_RESERVED: Final = ("CONIN$", "CONOUT$")
_SHORTEST_SERIES_BYTES: Final = 24
_NAMELESS: Final = "Untitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    series: str
    season: int
    number: int
    title: str


def check_template(template: str) -> None:
    """Check a naming template.

    Raises:
        ConfigError: it has unknown fields or formats, would lead out of the folder, or could give two episodes of a
            series the same name. It names `naming_template`.
    """
    parse_template(template)


def episode_path(
    template: str, *, series: str, season: int, number: int, title: str | None, suffix: str
) -> PurePosixPath:
    """Return the path of an episode's file, relative to the download folder.

    Each part is a legal name on Linux, macOS and Windows, whatever the titles are, and at most 255 bytes long. Where
    that is too short the title is cut, then the series, never the numbers: two episodes of a series never get the
    same path. `suffix` has its dot.

    Raises:
        ConfigError: the template is not usable.
    """
    components = parse_template(template)
    values = _Values(
        series=_harmless(series) or f"{_NAMELESS} {_digest(series)}",
        season=season,
        number=number,
        title=_harmless(title or ""),
    )
    *folders, last = (_shortened(template, component, values, len(suffix.encode())) for component in components)
    return PurePosixPath(*map(_unreserved, folders), _unreserved(last) + suffix)


def _harmless(text: str) -> str:
    """Return a title as it may stand inside a name: one line of legal characters, composed (Unicode NFC)."""
    composed = unicodedata.normalize("NFC", text).translate(_DASHED)
    blanks = " ".join(composed.split())
    kept = (character for character in blanks if _is_kept(character))
    return " ".join("".join(kept).split()).strip(" .-")


def _is_kept(character: str) -> bool:
    if character in _DROPPED or character in _DIRECTION_CONTROLS:
        return False
    return unicodedata.category(character) not in _DROPPED_CATEGORIES


def _digest(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return blake2s(composed.encode(errors="surrogatepass"), digest_size=4).hexdigest()


# ---------------------------------------------------------------------------------------------------- one component


def _shortened(template: str, component: Component, values: _Values, suffix_bytes: int) -> str:
    limit = _COMPONENT_LIMIT_BYTES - suffix_bytes - 1  # one is kept for `_unreserved`
    if over := _excess(component, values, "title", limit):
        values = replace(values, title=_cut(values.title, len(values.title.encode()) - over))
    if over := _excess(component, values, "series", limit):
        mark = f"~{_digest(values.series)}"
        room = len(values.series.encode()) - over - len(mark)
        if room < _SHORTEST_SERIES_BYTES:
            raise template_error(template, "what it adds to the series leaves too little room in 255 bytes")
        values = replace(values, series=_cut(values.series, room) + mark)
    return _cleaned(_filled(component, values), keep_dashes=bool(values.title))


def _excess(component: Component, values: _Values, name: str, limit: int) -> int:
    """Return by how many bytes each occurrence of a field must shrink for the component to fit."""
    over = len(_filled(component, values).encode()) - limit
    if over <= 0:
        return 0
    occurrences = sum(isinstance(item, Field) and item.name == name for item in component)
    return -(-over // max(occurrences, 1))


def _filled(component: Component, values: _Values) -> str:
    return "".join(
        format(getattr(values, item.name), item.spec) if isinstance(item, Field) else item.text for item in component
    )


def _cleaned(text: str, *, keep_dashes: bool) -> str:
    """Make a filled component a legal name. A dash left over by a missing title goes."""
    ends = " ." if keep_dashes else " .-"
    return " ".join(unicodedata.normalize("NFC", text).split()).strip(ends) or _NAMELESS


def _cut(text: str, limit_bytes: int) -> str:
    """Cut a text at a character, not above the limit."""
    return text.encode()[: max(limit_bytes, 0)].decode(errors="ignore").rstrip(f" .-{_JOINER}")


def _unreserved(name: str) -> str:
    """Keep away from the names of devices: on Windows `NUL`, `nul.txt` and `NUL .txt` are all the same."""
    stem, dot, rest = name.partition(".")
    device = stem.rstrip()
    if is_valid_filename(device, platform="universal", additional_reserved_names=_ALSO_RESERVED):
        return name
    return f"{device}_{dot}{rest}"
