"""What a file's packets say about its wholeness, held against the manifest or against the source's own word.

The numbers, and why they are what they are:

- A gap is a span in which neither picture nor sound is presented. 0.5 s is more than any muxer's jitter and less than
  any segment that is used. Where there is no sound a picture may stand still, but not for as long as half a segment.
- The sum of what is presented must reach the manifest's sum. Half the shortest segment may be missing (segments
  below 1 s apart, which are tails), so that one lost segment is found among any number; on top comes 1 ms a segment
  for rounding. Where all durations are whole seconds they may be rounded to them (RFC 8216 4.3.2.1; some round up):
  less than 1 s a segment is then a doubt, to be cleared by what the stored segments themselves hold.
- One stream alone may pause within a segment, so only a pause of 1.5 segments (at least 5 s) counts.
- A plain file's own duration is written by the same muxer as its packets: 1 s covers what containers differ in.
- Sound and picture rarely end in the same frame: 3 s, 2 % or two segments apart is usual, more is a loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.packets import common_gaps
from aniworld_dl.media.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.formats.packets import Span, StreamPackets
    from aniworld_dl.media.mux.source_info import SourceInfo
    from aniworld_dl.model import Track

_GAP_S: Final = 0.5
_TAIL_S: Final = 1.0
_WHOLE_SECONDS_ROUNDING_S: Final = 1.0
_ROUNDING_S: Final = 0.001
_PAUSE_S: Final = 5.0
_PAUSE_SEGMENTS: Final = 1.5
_FILE_TOLERANCE_S: Final = 1.0
_STORED_SHARE: Final = 0.002
"""How far the timestamps of 500 s may be from the truth: where a segment of sound ends is not exactly known."""
_ENDS_S: Final = 3.0
_ENDS_SHARE: Final = 0.02
_ENDS_SEGMENTS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something is missing: what, and where on the timeline (nothing when that cannot be told).

    `doubtful` says that rounded durations would explain it as well.
    """

    reason: str
    spans: tuple[Span, ...] = ()
    doubtful: bool = False


def timeline_fault(track: Track, streams: Sequence[StreamPackets]) -> Fault | None:
    """Hold the streams of a segmented track against its manifest; None when all is there."""
    if track.duration_s is None or not track.duration_s:
        return None
    durations = [segment.duration_s or 0.0 for segment in track.segments]
    start = min(stream.start_s for stream in streams)
    silent = [(left - start, right - start) for left, right in common_gaps(streams)]
    limit = _GAP_S
    if all(stream.kind == "video" for stream in streams):
        limit = max(_GAP_S, median(durations) / 2)
        silent = [gap for gap in silent if gap[1] - gap[0] > limit]
    gaps = [gap for gap in silent if gap[1] - gap[0] > limit]
    if holes := _without_discontinuities(track, gaps):
        return Fault(reason="nothing is presented for a time in the middle", spans=tuple(holes))
    if pauses := [gap for stream in streams for gap in stream.gaps if gap[1] - gap[0] > _longest_pause_s(durations)]:
        spans = tuple((left - start, right - start) for left, right in pauses)
        return Fault(reason="picture or sound is missing for a time in the middle", spans=spans)
    presented = max(stream.end_s for stream in streams) - start - sum(right - left for left, right in silent)
    lacking = track.duration_s - presented
    if lacking > _tolerance_s(durations):
        reason = f"it plays {presented:.1f} s of the {track.duration_s:.1f} s that the playlist announces"
        spans = ((presented, track.duration_s),) if not silent else ()
        return Fault(reason=reason, spans=spans, doubtful=_rounding_explains(lacking, durations))
    return None


def holds_less(streams: Sequence[StreamPackets], stored_s: float) -> bool:
    """Tell whether a result plays less than the stored segments that it was made of, by their timestamps."""
    return _presented_s(streams) < stored_s - max(_GAP_S, stored_s * _STORED_SHARE)


def file_fault(info: SourceInfo, streams: Sequence[StreamPackets]) -> Fault | None:
    """Hold the streams of a plain file against the duration in its own header; None when all is there."""
    if info.duration_s is None:
        return None
    end = max(stream.end_s for stream in streams)
    # some containers count from 0, some from where they start
    if end + max(info.start_s, 0.0) < info.duration_s - _FILE_TOLERANCE_S:
        reason = f"it plays {end:.1f} s of the {info.duration_s:.1f} s that the file itself announces"
        return Fault(reason=reason, spans=((end, info.duration_s),))
    return None


def ends_fault(streams: Sequence[StreamPackets], longest_segment_s: float) -> Fault | None:
    """Compare where picture and sound end; None when they end together."""
    ends = {kind: [stream.end_s for stream in streams if stream.kind == kind] for kind in ("video", "audio")}
    if not all(ends.values()):
        return None
    first, last = sorted((max(ends["video"]), max(ends["audio"])))
    if last - first <= max(_ENDS_S, last * _ENDS_SHARE, longest_segment_s * _ENDS_SEGMENTS):
        return None
    shorter = "picture" if max(ends["video"]) == first else "sound"
    return Fault(reason=f"the {shorter} ends {last - first:.1f} s early", spans=((first, last),))


def _tolerance_s(durations: Sequence[float]) -> float:
    usual = [duration for duration in durations if duration >= _TAIL_S] or list(durations)
    return min(usual) / 2 + _ROUNDING_S * len(durations)


def _rounding_explains(lacking_s: float, durations: Sequence[float]) -> bool:
    whole_seconds = all(duration == int(duration) for duration in durations)
    return whole_seconds and lacking_s < _WHOLE_SECONDS_ROUNDING_S * len(durations)


def _presented_s(streams: Sequence[StreamPackets]) -> float:
    length_s = max(stream.end_s for stream in streams) - min(stream.start_s for stream in streams)
    return length_s - sum(right - left for left, right in common_gaps(streams))


def _longest_pause_s(durations: Sequence[float]) -> float:
    return max(_PAUSE_S, max(durations) * _PAUSE_SEGMENTS)


def _without_discontinuities(track: Track, gaps: Sequence[Span]) -> list[Span]:
    """Leave out gaps at the places where the manifest itself says that the timeline jumps (RFC 8216 4.3.2.3)."""
    reach = max(segment.duration_s or 0.0 for segment in track.segments)
    jumps = [
        start
        for segment, (start, _) in zip(track.segments, Timeline(track).spans, strict=True)
        if segment.discontinuity and segment.index
    ]
    return [gap for gap in gaps if not any(gap[0] - reach <= jump <= gap[1] + reach for jump in jumps)]
