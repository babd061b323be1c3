"""What files would be called: examples of every kind of episode under a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.shelf.naming import Entry, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

EXAMPLE_SERIES: Final = "Nordlicht"
EXAMPLE_TITLE: Final = "Wo ist Mia?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A kind of episode and the path of its file below the download folder."""

    kind: str
    path: PurePosixPath


def examples(
    layout: Layout, *, series: str = EXAMPLE_SERIES, title: str | None = EXAMPLE_TITLE, suffix: str = ".mkv"
) -> Sequence[Example]:
    """Return what the files of a series would be called; `title` is that of an episode."""
    entries = {
        "episode": Entry(series=series, season=1, number=4, title=title),
        "untitled": Entry(series=series, season=2, number=11),
        "special": Entry(series=series, season=0, number=1, title=title),
        "several": Entry(series=series, season=1, number=1, last_number=2, title=title),
        "long_running": Entry(series=series, season=1, number=1071, title=title),
        "film": Entry(series=series, season=0, number=None, is_film=True),
        "film_of_series": Entry(series=series, season=0, number=3, title=title, is_film=True),
    }
    return [Example(kind=kind, path=layout.path(entry, suffix)) for kind, entry in entries.items()]
