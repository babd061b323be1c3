"""Cues as an MP4 file takes them: one at a time, and never long after one another.

Samples of a track play one after another, so that ffmpeg ends a text (`mov_text`) where the next one begins. And it
writes a pause as one sample, in microseconds and 32 bits: after one of more than 2147 s all that follows would be shown
as if there had been none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.text.webvtt import Cue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TEXTS_LIMIT: Final = 8
"""How many texts at once anybody could read: each more would make the work grow with the square of their number."""
_LONGEST_PAUSE_S: Final = 1800.0
_PAUSES_LIMIT: Final = 1000
_UNSEEN: Final = "\u200b"
_UNSEEN_S: Final = 0.01


def single_cues(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield cues that show the same at every time, of which no two overlap and no two are far apart.

    Those that are shown together become one, the lines of the earlier one first. `cues` end after they begin.
    """
    begin: defaultdict[float, list[tuple[int, Cue]]] = defaultdict(list)
    end: defaultdict[float, list[int]] = defaultdict(list)
    for number, cue in enumerate(cues):
        start_s, end_s = round(cue.start_s, 3), round(cue.end_s, 3)
        if start_s < end_s:
            begin[start_s].append((number, cue))
            end[end_s].append(number)
    shown: dict[int, Cue] = {}
    for start_s, end_s in pairwise(sorted({0.0, *begin, *end})):
        for number in end[start_s]:
            del shown[number]
        shown.update(begin[start_s])
        together = list(islice(shown.values(), _TEXTS_LIMIT))
        if together:
            text = "\n".join(cue.text for cue in together)
            yield replace(together[0], start_s=start_s, end_s=end_s, text=text)
        else:
            yield from _unseen(start_s, end_s)


def _unseen(start_s: float, end_s: float) -> Iterator[Cue]:
    """Yield cues that nobody sees, to part a pause."""
    for number in range(1, min(int((end_s - start_s) / _LONGEST_PAUSE_S), _PAUSES_LIMIT) + 1):
        time_s = start_s + number * _LONGEST_PAUSE_S
        if time_s + _UNSEEN_S < end_s:
            yield Cue(start_s=time_s, end_s=time_s + _UNSEEN_S, text=_UNSEEN)
