"""What was seen of a playlist that grows, and what a newer reading of it adds. Pure: the caller gives the time.

A reading may be an old copy from a cache, and a server that starts anew counts from the beginning again. So a reading
that does not go on from what was seen is believed only when it stays: after `DOUBT_TARGETS` target durations, or, when
it looks like an old copy, when it still grows after as long as a playlist without news is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.segments import SEGMENTS_LIMIT
from aniworld_dl.model import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.hls.playlist import MediaPlaylist
    from aniworld_dl.model import ByteRange

DOUBT_TARGETS: Final = 2
DEAD_TARGETS: Final = 3
"""Without news for so many target durations, and at least `DEAD_AFTER_S`, a playlist is dead."""
DEAD_AFTER_S: Final = 30.0
SHORTEST_TARGET_S: Final = 1.0
LONGEST_TARGET_S: Final = 300.0
"""Nobody is waited for longer, whatever a playlist says."""

_SHORTEST_SEGMENT_S: Final = 0.1
_SLACK_TARGETS: Final = 10

Name = tuple[str, "ByteRange | None"]


class _Verdict(Enum):
    GOES_ON = auto()
    OLD_COPY = auto()
    """It ends before what was seen, and what it lists was seen."""
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """Readings that do not go on, without one that does between them: the first one's time, and where it ended."""

    since_s: float
    stop: int
    stirs: bool = False
    """Whether it may become news yet: an old copy that does not grow will not."""


class Window:
    """What was seen, from `playlist` on. `news_s`: when there was something new. Times are those of one clock."""

    def __init__(self, playlist: MediaPlaylist, *, url: str, now_s: float) -> None:
        self.news_s = now_s
        self.target_s = SHORTEST_TARGET_S
        self._url = url
        self._count = len(playlist.segments)
        self._doubt: _Doubt | None = None
        self._other_names: Mapping[int, Name] = {}
        self._names_tell = True
        self._remember(playlist, now_s)

    @property
    def dead_after_s(self) -> float:
        """How long a playlist may stay without news."""
        return max(DEAD_TARGETS * self.target_s, DEAD_AFTER_S)

    @property
    def goes_on(self) -> bool:
        """Whether the last reading was one that goes on from what was seen, so that its end is the end."""
        return self._doubt is None

    def take(self, playlist: MediaPlaylist, *, now_s: float) -> tuple[Segment, ...]:
        """Return the segments that are new in a reading, with indexes that go on.

        What was listed and removed between two readings comes as segments with `gap`, each as long as the target
        duration. Those of a server that started anew come all, the first one with `discontinuity`.

        Raises:
            ManifestError: there are more than any episode can have.
        """
        verdict = self._verdict(playlist, now_s)
        if verdict is _Verdict.GOES_ON:
            new = self._following(playlist)
        elif self._is_believed(playlist, verdict, now_s):
            new = _marked(playlist.segments)
        else:
            return ()
        if self._count + len(new) > SEGMENTS_LIMIT:
            raise ManifestError(line=1, reason=f"more than {SEGMENTS_LIMIT} segments came, which no episode can have")
        numbered = tuple(replace(segment, index=index) for index, segment in enumerate(new, start=self._count))
        self._count += len(new)
        self._doubt, self._other_names = None, {}
        self._remember(playlist, now_s)
        if new:
            self.news_s = now_s
        return numbered

    def is_dead(self, *, now_s: float) -> bool:
        """Whether there was nothing new for too long, and nothing that may become new."""
        since_s = self._doubt.since_s if self._doubt and self._doubt.stirs else self.news_s
        return now_s - since_s >= self.dead_after_s

    def _remember(self, playlist: MediaPlaylist, now_s: float) -> None:
        self.target_s = min(max(playlist.target_duration_s, SHORTEST_TARGET_S), LONGEST_TARGET_S)
        self._read_s = now_s
        self._next = _stop(playlist)
        self._names = _names(playlist)
        self._discontinuities = playlist.discontinuity_sequence + sum(item.discontinuity for item in playlist.segments)

    # ------------------------------------------------------------------------------------------- what a reading is

    def _verdict(self, playlist: MediaPlaylist, now_s: float) -> _Verdict:
        if not self._count:
            return _Verdict.GOES_ON
        names = _names(playlist)
        alike = _alike(self._names, names)
        if alike is False and self._names_tell:
            # a server that names the same anew each time says nothing by its names
            self._names_tell = _alike(self._other_names, names) is not False
            self._other_names = names
            if self._names_tell:
                return _Verdict.OTHER
        if _stop(playlist) < self._next:
            return _Verdict.OTHER if alike is None else _Verdict.OLD_COPY
        return _Verdict.GOES_ON if self._hole_is_plausible(playlist, now_s) else _Verdict.OTHER

    def _hole_is_plausible(self, playlist: MediaPlaylist, now_s: float) -> bool:
        """Whether so much can have come and gone since the last reading, taken generously."""
        hole = playlist.media_sequence - self._next
        durations = [segment.duration_s or 0.0 for segment in playlist.segments] or [self.target_s]
        mean_s = max(sum(durations) / len(durations), _SHORTEST_SEGMENT_S)
        return hole * mean_s <= 2 * (now_s - self._read_s) + _SLACK_TARGETS * self.target_s

    def _is_believed(self, playlist: MediaPlaylist, verdict: _Verdict, now_s: float) -> bool:
        doubt = self._doubt or _Doubt(since_s=now_s, stop=_stop(playlist))
        is_other = verdict is _Verdict.OTHER
        self._doubt = replace(doubt, stirs=bool(playlist.segments) and (is_other or _stop(playlist) > doubt.stop))
        patience_s = DOUBT_TARGETS * self.target_s if is_other else self.dead_after_s
        return self._doubt.stirs and now_s - doubt.since_s >= patience_s

    # --------------------------------------------------------------------------------------------- what it adds

    def _following(self, playlist: MediaPlaylist) -> tuple[Segment, ...]:
        hole = playlist.media_sequence - self._next if self._count else 0
        if hole <= 0:
            return playlist.segments[-hole:]
        missing = Segment(index=0, uri=self._url, duration_s=self.target_s, gap=True)
        there = playlist.segments
        if there and playlist.discontinuity_sequence > self._discontinuities:
            there = _marked(there)
        room = SEGMENTS_LIMIT - self._count + 1
        return (missing,) * min(hole, room) + there


def _marked(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Return them with a discontinuity before the first one."""
    return tuple(replace(segment, discontinuity=True) if not at else segment for at, segment in enumerate(segments))


def _stop(playlist: MediaPlaylist) -> int:
    """Return the media sequence number after the last segment's."""
    return playlist.media_sequence + len(playlist.segments)


def _names(playlist: MediaPlaylist) -> dict[int, Name]:
    """Return, by media sequence number, what is known to stay the same while folders and tokens may change."""
    return {
        number: (segment.uri.partition("?")[0].rpartition("/")[2], segment.byte_range)
        for number, segment in enumerate(playlist.segments, start=playlist.media_sequence)
    }


def _alike(left: Mapping[int, Name], right: Mapping[int, Name]) -> bool | None:
    """Whether any number has the same name in both, None when they have no number in common."""
    common = left.keys() & right.keys()
    return any(left[number] == right[number] for number in common) if common else None
