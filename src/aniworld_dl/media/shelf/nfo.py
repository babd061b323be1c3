"""What media servers read about a file, as far as it is certain: https://kodi.wiki/view/NFO_files.

Local metadata wins over what a server would find by itself, so nothing is written that was not given.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aniworld_dl.media.shelf.naming import Entry

SERIES_NFO: Final = "tvshow.nfo"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OURS: Final = "<!-- written by aniworld-dl -->\n"
"""By this a file is known that may be removed with the last episode."""
_YEAR: Final = re.compile(r"\s*\((\d{4})\)\s*$")
_IDS: Final = re.compile(r"\s*[\[{](tvdb|tmdb|imdb)(?:id)?-(\w+)[\]}]")


def series_nfo(series: str) -> bytes:
    """Return `tvshow.nfo`: title, and the year and ids that the title has as media servers write them."""
    return _document("tvshow", *_named(series))


def entry_nfo(entry: Entry) -> bytes | None:
    """Return the NFO of an episode or film, None where its title is not known: a title is what servers demand.

    Of several episodes in one file each has a block of its own, as Kodi wants it.
    """
    if entry.is_film:
        return _document("movie", *_named(entry.title or entry.series))
    if not _legal(entry.title or "").strip():
        return None
    blocks = [
        _block(
            "episodedetails",
            _text("title", entry.title or ""),
            _text("showtitle", entry.series),
            _text("season", str(entry.season)),
            _text("episode", str(number)),
        )
        for number in range(entry.number or 0, (entry.last_number or entry.number or 0) + 1)
    ]
    return (_HEAD + OURS + "".join(blocks)).encode()


def _named(title: str) -> list[str]:
    ids = _IDS.findall(title)
    plain = _IDS.sub("", title).strip()
    year = _YEAR.search(plain)
    elements = [_text("title", _YEAR.sub("", plain) or plain)]
    elements += [_text("year", year[1])] if year else []
    for place, (kind, value) in enumerate(ids):
        default = ' default="true"' if not place else ""
        elements.append(f'<uniqueid type="{kind}"{default}>{value}</uniqueid>\n')
    return elements


def _document(root: str, *elements: str) -> bytes:
    return (_HEAD + OURS + _block(root, *elements)).encode()


def _block(name: str, *elements: str) -> str:
    return f"<{name}>\n{''.join(f'  {element}' for element in elements)}</{name}>\n"


def _text(name: str, text: str) -> str:
    return f"<{name}>{escape(_legal(text), quote=False)}</{name}>\n"


def _legal(text: str) -> str:
    """Return what XML can hold of a text. The pattern takes long to compile, and few want such files."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
