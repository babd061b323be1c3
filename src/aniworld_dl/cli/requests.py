"""What a command line asks for, as requests: one for each series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.shelf.place import series_of
from aniworld_dl.model import EpisodeRef, JobRequest

if TYPE_CHECKING:
    from collections.abc import Sequence


def requests_for(
    urls: Sequence[str], *, title: str | None, language: str | None, provider: str | None
) -> list[JobRequest]:
    """Return one request for each series that the addresses speak of; all are one when a title is given."""
    by_title: dict[str, list[EpisodeRef]] = {}
    for url in urls:
        by_title.setdefault(title or series_of(url), []).append(EpisodeRef(url=url))
    return [
        JobRequest(anime_title=title, episodes=tuple(refs), language=language, provider=provider)
        for title, refs in by_title.items()
    ]
