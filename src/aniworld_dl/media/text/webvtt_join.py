"""Cues of many documents as those of one: what was repeated or cut where documents meet becomes one cue again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aniworld_dl.media.text.webvtt import Cue

_TOUCH_S: Final = 0.02
"""Less than a picture lasts: times are rounded to milliseconds, or to the ticks of a track."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    order: int
    document: int
    cue: Cue


def joined_cues(documents: Iterable[Sequence[Cue]]) -> list[Cue]:
    """Return the cues of documents by their start, those that start together in the order in which they were found.

    Cues with the same text and settings in different documents that overlap or touch are one; so are equal ones in
    the same. What one document shows again is kept. Nothing begins before 0, and what shows nothing is left out.
    """
    alike: defaultdict[tuple[str, str], list[_Found]] = defaultdict(list)
    every = ((number, cue) for number, cues in enumerate(documents) for cue in cues)
    for order, (number, cue) in enumerate(every):
        start_s = max(cue.start_s, 0.0)
        if cue.text.strip() and start_s < cue.end_s:
            found = _Found(order=order, document=number, cue=replace(cue, start_s=start_s))
            alike[cue.text, cue.settings].append(found)
    joined = (found for group in alike.values() for found in _joined(group))
    return [found.cue for found in sorted(joined, key=lambda found: (found.cue.start_s, found.order))]


def _joined(alike: list[_Found]) -> Iterator[_Found]:
    """Yield what cues of one text become."""
    first, *others = sorted(alike, key=lambda found: (found.cue.start_s, found.order))
    current, documents = first, {first.document}
    for found in others:
        touches = found.cue.start_s <= current.cue.end_s + _TOUCH_S
        if touches and found.document not in documents:
            end_s = max(current.cue.end_s, found.cue.end_s)
            current = replace(current, cue=replace(current.cue, end_s=end_s))
            documents.add(found.document)
        elif found.cue != current.cue:
            yield current
            current, documents = found, {found.document}
    yield current
