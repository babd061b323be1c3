"""Whether what is stored is all there is: the timestamps of segments against their durations and their neighbours.

The numbers, and why they are what they are:

- A manifest says how long a segment plays (EXTINF), its timestamps say how long it does. Players want the two to agree
  to half a second; 10 % more is granted to long segments, a second where the manifest rounds to whole seconds (RFC 8216
  4.3.2.1), and a second to the last one, unless all the others show that durations are exact here.
- Where a segment starts and the one before it ends, a stream that goes on steadily leaves nothing between them. How
  steadily it goes on is measured: nine of ten borders tell what is usual for it, and three times that is doubtful, at
  least one frame of 30 a second. A stream that does not (pictures that stand still, sound that pauses) is held to half
  a second, and only together with the others.
- The counters of MPEG-TS packets go on from segment to segment where one encoder numbered them all. Where nine of ten
  borders agree to that, one that does not has lost packets, be it part of the last picture.
- Times that go back, or forward further than the segments around could hold, are the source's way of cutting where it
  does so often: nothing follows from them, as at a discontinuity, and only the durations are left to hold a segment
  against. Where nearly all others go on, it is a segment of another place.
- What is doubtful is fetched again. The same bytes a second time are confirmed: from here no more can be had. That is
  the end of a doubt, but of no hole: what is clearly missing, whoever lost it, is missing. Clear is a time of 0.2 s in
  which no stream goes on, 0.5 s in which one that is steady does not, a frame where the counters jump as well, and a
  last segment that is short by more than 0.1 s where nine of ten durations agree with the timestamps to that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.media.timeline import Timeline
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.media.formats.spans import StreamSpan
    from aniworld_dl.media.store.ledger import Entry, Ledger
    from aniworld_dl.model import Media, Segment, Track

_SHOWN: Final = frozenset({"video", "audio"})
_SHORT_S: Final = 0.5
_SHORT_SHARE: Final = 0.1
_ROUNDING_S: Final = 1.0
_LAST_S: Final = 1.0
_STEADY_SHARE: Final = 0.9
_STEADY_BORDERS: Final = 4
_STEADY_S: Final = 0.1
_STEADY_TIMES: Final = 3
_FRAME_S: Final = 1 / 30
_PAUSE_S: Final = 0.5
_CLEAR_S: Final = 0.2
_CLEAR_ALONE_S: Final = 0.5
_AGREEMENT_S: Final = 0.1
_BACK_S: Final = -1.0
_WRAP_US: Final = (1 << 33) * 100 // 9
"""After this long the timestamps of MPEG-TS, and of the tags of packed audio, begin again (33 bits of 90 kHz)."""
_WRAPPING: Final = frozenset({Container.MPEG_TS, Container.PACKED_AUDIO})
_PROVABLE: Final = frozenset({Container.MPEG_TS, Container.FMP4, Container.PACKED_AUDIO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A time of the episode, in seconds from its start, that a stored segment should play and does not."""

    track: int
    index: int
    start_s: float
    end_s: float


class _Border(NamedTuple):
    """What lies between two segments that follow one another in one stream: seconds of nothing.

    `jumps` tells that it can be no loss of either, `counted` whether the counters go on from the one to the other, None
    where there are none.
    """

    left: int
    right: int
    gap_s: float
    jumps: bool = False
    counted: bool | None = None


def held_s(spans: Iterable[StreamSpan]) -> float | None:
    """Return how long a segment plays by its picture or its sound, whichever is longer; None when they do not say."""
    lengths = [span.end_us - span.start_us for span in spans if span.kind in _SHOWN]
    return max(lengths) / 1e6 if any(lengths) else None


def shortage_s(segment: Segment, spans: Sequence[StreamSpan], *, rounded: bool = False, last: bool = False) -> float:
    """Return how much less than its announced duration a segment plays, 0 when it is nearly as much.

    `rounded` says that its track has durations rounded to whole seconds, `last` that it is the track's last segment.
    """
    held = held_s(spans)
    if held is None or not segment.duration_s:
        return 0.0
    allowed = max(_SHORT_S, segment.duration_s * _SHORT_SHARE)
    allowed += _ROUNDING_S if rounded else 0.0
    allowed += _LAST_S if last else 0.0
    lacking = segment.duration_s - held
    return lacking if lacking > allowed else 0.0


def _is_timed(segment: Segment) -> bool:
    """Tell whether a segment's duration is its own, as in HLS: of the last one of DASH it is the rest of its period."""
    return segment.shift_s is None


def holes(media: Media, ledger: Ledger, *, final: bool = False) -> list[Hole]:
    """Return what is missing in stored segments by their timestamps, in the order of the tracks and of time.

    Of segments that a second fetch has confirmed only clear holes are among it, and only at the end, when nothing more
    will be fetched (`final`). A hole between two segments of which neither is the shorter one is charged to both.
    """
    found: list[Hole] = []
    for number, track in enumerate(media.tracks):
        if track.container in _PROVABLE and track.kind is not TrackKind.TEXT:
            entries = {index: entry for index in ledger.done(number) if (entry := ledger.entry(number, index))}
            found += _TrackHoles(number, track, entries, final=final).find()
    return found


def stored_s(track: Track, number: int, ledger: Ledger) -> float:
    """Return how long the stored segments of a track play, by the stream that plays longest; 0 when none says so."""
    entries = {index: entry for index in ledger.done(number) if (entry := ledger.entry(number, index))}
    return _TrackHoles(number, track, entries).stored_s()


class _TrackHoles:
    """The holes of one track."""

    def __init__(self, number: int, track: Track, entries: dict[int, Entry], *, final: bool = False) -> None:
        self._number = number
        self._track = track
        self._entries = entries
        self._final = final
        self._starts = [start for start, _ in Timeline(track).spans]
        self._found: dict[int, Hole] = {}

    def stored_s(self) -> float:
        """Return how long the stream plays that plays longest; what two segments both hold counts once."""
        lengths: dict[int, float] = {}
        for entry in self._entries.values():
            for span in _shown(entry):
                lengths[span.stream] = lengths.get(span.stream, 0.0) + (span.end_us - span.start_us) / 1e6
        for stream, borders in self._streams().items():
            lengths[stream] += sum(min(0.0, border.gap_s) for border in borders if not border.jumps)
        return max(lengths.values(), default=0.0)

    def find(self) -> list[Hole]:
        """Return the holes in the order of time."""
        every = self._streams()
        streams = {stream: [border for border in borders if not border.jumps] for stream, borders in every.items()}
        for borders in every.values():
            self._out_of_place(borders)
        self._between(streams)
        self._by_duration({border.left for borders in streams.values() for border in borders})
        return [self._found[index] for index in sorted(self._found)]

    def _streams(self) -> dict[int, list[_Border]]:
        numbers = {span.stream for entry in self._entries.values() for span in _shown(entry)}
        return {stream: list(self._borders(stream)) for stream in sorted(numbers)}

    def _borders(self, stream: int) -> Iterable[_Border]:
        spans = {
            index: span
            for index, entry in sorted(self._entries.items())
            for span in _shown(entry)
            if span.stream == stream and span.end_us > span.start_us
        }
        for left, right in pairwise(spans):
            between = self._track.segments[left + 1 : right + 1]
            if any(segment.discontinuity or segment.gap for segment in between):
                continue
            gap_s = self._distance_us(spans[left].end_us, spans[right].start_us) / 1e6
            # more than this the segments around cannot have lost
            most_s = sum(segment.duration_s or 0.0 for segment in self._track.segments[left : right + 1]) + _ROUNDING_S
            jumps = not _BACK_S < gap_s < most_s
            yield _Border(left, right, gap_s, jumps, _counted(spans[left], spans[right]))

    def _distance_us(self, earlier: int, later: int) -> int:
        distance = later - earlier
        if self._track.container in _WRAPPING:
            return (distance + _WRAP_US // 2) % _WRAP_US - _WRAP_US // 2
        return distance

    def _out_of_place(self, borders: Sequence[_Border]) -> None:
        """Find segments whose times are those of another place."""
        jumps = _exceptions([border for border in borders if border.jumps], len(borders))
        sides = Counter(index for border in borders for index in (border.left, border.right))
        jumping = Counter(index for border in jumps for index in (border.left, border.right))
        for index, count in jumping.items():
            # one jump alone is a cut that the manifest does not tell of
            if count == sides[index]:
                start_s = self._starts[index]
                self._note(index, start_s, start_s + (self._track.segments[index].duration_s or 0.0))

    def _between(self, streams: dict[int, list[_Border]]) -> None:
        """Find what is missing where one segment ends and the next begins."""
        common_s: dict[tuple[int, int], float] = {}
        for border in (border for borders in streams.values() for border in borders):
            place = (border.left, border.right)
            common_s[place] = min(common_s.get(place, border.gap_s), border.gap_s)
        steady = {stream: limit for stream, borders in streams.items() if (limit := _steady_limit_s(borders))}
        for stream, borders in streams.items():
            for border in _exceptions([border for border in borders if border.counted is False], len(borders)):
                self._charge(border, clear=border.gap_s > _FRAME_S)
            for border in borders:
                if stream in steady and border.gap_s > steady[stream]:
                    clear = border.gap_s > _CLEAR_ALONE_S or common_s[border.left, border.right] > _CLEAR_S
                    self._charge(border, clear=clear)
        for (left, right), gap_s in {} if steady else common_s.items():
            if gap_s > _PAUSE_S:
                self._charge(_Border(left, right, gap_s))

    def _charge(self, border: _Border, *, clear: bool = False) -> None:
        """Note a hole for the segments that may have lost what is missing."""
        lacks = {index: self._lacks_s(index) for index in range(border.left, border.right + 1)}
        most = max(lacks.values())
        told = border.gap_s > _FRAME_S and most >= border.gap_s / 2
        guilty = [index for index, lack in lacks.items() if told and lack > most - border.gap_s / 2]
        start_s = self._starts[border.left] + self._plays_s(border.left)
        for index in guilty or lacks:  # where none lacks anything the source's clock has jumped
            self._note(index, start_s, start_s + max(border.gap_s, _FRAME_S), clear=clear and told)

    def _by_duration(self, joined: set[int]) -> None:
        """Find segments that play too short a time where nothing follows from the next one's timestamps."""
        last = len(self._track.segments) - 1
        exact = not self._track.rounded and self._durations_agree(last)
        short: dict[int, float] = {}
        for index, entry in self._entries.items():
            segment = self._track.segments[index]
            if lacking_s := shortage_s(segment, entry.spans, rounded=self._track.rounded, last=index == last):
                short[index] = lacking_s
        if exact and _is_timed(self._track.segments[last]) and self._lacks_s(last) > _AGREEMENT_S:
            short[last] = self._lacks_s(last)
        if len(short) > len(self._entries) / 2 and len(self._entries) > 2:  # noqa: PLR2004 - more than first and last
            return  # what the manifest says of durations is not to be believed
        for index, lacking_s in short.items():
            if index not in joined:
                end_s = self._starts[index] + (self._track.segments[index].duration_s or 0.0)
                clear = exact and _is_timed(self._track.segments[index])
                self._note(index, end_s - lacking_s, end_s, clear=clear)

    def _durations_agree(self, but: int) -> bool:
        """Tell whether the manifest knows how long its segments play, by all `but` the one at question."""
        differences = [abs(self._lacks_s(index)) for index in self._entries if index != but]
        agreeing = sum(difference <= _AGREEMENT_S for difference in differences)
        return len(differences) >= _STEADY_BORDERS and agreeing >= len(differences) * _STEADY_SHARE

    def _lacks_s(self, index: int) -> float:
        return (self._track.segments[index].duration_s or 0.0) - self._plays_s(index)

    def _plays_s(self, index: int) -> float:
        entry = self._entries.get(index)
        return (held_s(entry.spans) if entry else None) or 0.0

    def _note(self, index: int, start_s: float, end_s: float, *, clear: bool = False) -> None:
        entry = self._entries.get(index)
        if entry is None or index in self._found:
            return
        if not entry.confirmed or (clear and self._final):
            self._found[index] = Hole(track=self._number, index=index, start_s=start_s, end_s=end_s)


def _steady_limit_s(borders: Sequence[_Border]) -> float | None:
    """Return from where on a gap is doubtful in a stream that goes on steadily; None when it does not."""
    if len(borders) < _STEADY_BORDERS:
        return None
    gaps = sorted(abs(border.gap_s) for border in borders)
    usual = gaps[int((len(gaps) - 1) * _STEADY_SHARE)]
    return max(_FRAME_S, usual * _STEADY_TIMES) if usual <= _STEADY_S else None


def _counted(left: StreamSpan, right: StreamSpan) -> bool | None:
    if left.counters is None or right.counters is None:
        return None
    return right.counters[0] == (left.counters[1] + 1) % 16


def _exceptions(odd: Sequence[_Border], count: int) -> Sequence[_Border]:
    """Return the odd ones among so many borders, nothing where they are too many to be the exception."""
    return odd if count >= _STEADY_BORDERS and len(odd) <= max(2.0, count * (1 - _STEADY_SHARE)) else ()


def _shown(entry: Entry) -> list[StreamSpan]:
    return [span for span in entry.spans if span.kind in _SHOWN]
