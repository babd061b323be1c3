"""An episode that is downloaded, or was until it was interrupted, as those see it who watch it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.errors import PartNotReadyError
from aniworld_dl.media.download.wishes import Wishes
from aniworld_dl.media.store.ledger import fingerprint
from aniworld_dl.media.timeline import Timeline
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.source.sniff import Kind
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media, Track

LONGEST_WAIT_S: Final = 30.0
"""For a part that is being fetched; the player asks again then."""
_MOST_KEPT: Final = 64
_CUT_LENGTH: Final = 16


@dataclass(eq=False, kw_only=True)
class Show:
    """A work folder and what is wished of it. `is_growing` tells whether the episode is still being recorded.

    One event loop only.
    """

    work: WorkFolder
    clock: Clock
    file_kind: Kind | None = None
    """What a plain file is, None for what comes in segments."""
    is_growing: Callable[[], bool] = lambda: False
    is_running: bool = True
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def media(self) -> Media:
        """What there is to play, as far as it is known now."""
        return self.work.ledger.media

    @cached_property
    def cut(self) -> str:
        """What tells these segments from those of another attempt that are cut in another way."""
        return fingerprint(self.work.media)[:_CUT_LENGTH]

    def knows(self, track: int, index: int) -> bool:
        """Tell whether there is such a segment or (negative index) init section."""
        tracks = self.media.tracks
        if not 0 <= track < len(tracks):
            return False
        segments = tracks[track].segments
        return index < len(segments) if index >= 0 else any(segment.init for segment in segments)

    async def stored(self, track: int, index: int, *, longest_s: float | None = LONGEST_WAIT_S) -> None:
        """Wait until a piece is stored, and let it be fetched before others.

        Raises:
            PartNotReadyError: it does not come, or not in that time, None for however long.
        """
        found = self.media.tracks[track]
        if index >= 0 and found.kind is not TrackKind.TEXT and found.container is not Container.FILE:
            self.wishes.place = (track, index)
        ledger = self.work.ledger
        if ledger.has(track, index):
            return
        if (gone := self._ended()) is not None:
            raise gone
        with self.wishes.wish((track, index)) as settled:
            if not await wait_for(settled, self.clock, longest_s):
                raise PartNotReadyError(reason="slow")
        if not ledger.has(track, index):
            raise self._ended() or PartNotReadyError(reason="missing")

    def _ended(self) -> PartNotReadyError | None:
        return None if self.is_running else PartNotReadyError(reason="not_running")

    def stored_shares(self) -> list[tuple[float, float]]:
        """Return which parts of the episode are stored, as shares of its length from 0 to 1: of the first track."""
        track = next((each for each in self.media.tracks if each.kind is not TrackKind.TEXT), None)
        if track is None:
            return []
        done = self.work.ledger.done(self.media.tracks.index(track))
        spans = _bytes_of(track, sorted(done)) if track.container is Container.FILE else Timeline(track).ranges(done)
        whole = track.size_bytes if track.container is Container.FILE else track.duration_s
        return [(min(start / whole, 1.0), min(stop / whole, 1.0)) for start, stop in spans] if whole else []


def _bytes_of(track: Track, done: Sequence[int]) -> list[tuple[float, float]]:
    """Return where the stored pieces of a plain file lie in it, neighbours joined."""
    spans: list[tuple[float, float]] = []
    for index in done:
        found = track.segments[index].byte_range
        if found is None:
            continue
        if spans and spans[-1][1] == found.start:
            spans[-1] = (spans[-1][0], found.stop)
        else:
            spans.append((found.start, found.stop))
    return spans


class Shows:
    """The shows of the episodes that run, and of the last ones that were interrupted. One event loop only."""

    def __init__(self) -> None:
        self._shows: dict[int, Show] = {}

    def of(self, episode_id: int) -> Show | None:
        """Return the show of an episode, None when it has not begun to download since the service started."""
        return self._shows.get(episode_id)

    @contextmanager
    def running(self, episode_id: int, show: Show) -> Iterator[Show]:
        """Count a show as running for the length of the block; it is kept for a while after it."""
        self._shows.pop(episode_id, None)
        self._shows[episode_id] = show
        try:
            yield show
        finally:
            show.is_running = False
            show.wishes.all_settled()
            self._forget()

    def _forget(self) -> None:
        ended = [episode_id for episode_id, show in self._shows.items() if not show.is_running]
        for episode_id in islice(ended, max(len(ended) - _MOST_KEPT, 0)):
            del self._shows[episode_id]
