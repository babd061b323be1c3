"""One WebVTT file out of the segments of a text track, with times of the file that is being made.

Which timeline the times of a segment are on:

- DASH: times inside boxes, and in WebVTT and TTML as they are, become those of the presentation by the segment's
  `shift_s` (ISO/IEC 23009-1 5.3.2, 5.3.9.2.2). A timestamp map is of HLS and not looked at.
- HLS with X-TIMESTAMP-MAP (RFC 8216 3.5): the cue time LOCAL is the MPEG-2 timestamp MPEGTS, on the timeline of the
  segment's discontinuity sequence. MPEGTS starts again after 2^33 ticks: the turn that is nearest to where the segment
  lies is meant.
- HLS with boxes: their times are those of the other tracks of the same discontinuity sequence.
- HLS WebVTT without a map: the RFC takes a cue time of 0 for a timestamp of 0, as Safari and newer versions of hls.js
  do. But such files are mostly written to a presentation that begins at 0, by people whose segmenter lets the
  timestamps begin at 1.4 s or 10 s, and would be shown early by that. So the times are taken for times of the
  presentation, unless a segment's cues all lie outside the segment then, and inside by the RFC's reading.

A cue that several segments repeat, or that is cut at the end of a segment or sample, becomes one again: what has the
same text and settings in different ones, and overlaps or touches.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import SegmentInvalidError, UnsupportedMediaError
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.samples import text_samples, text_track
from aniworld_dl.media.text.ttml import parse_ttml, sample_cues
from aniworld_dl.media.text.webvtt import SIGNATURE, Cue, WebVtt, format_webvtt, parse_webvtt
from aniworld_dl.media.text.webvtt_join import joined_cues
from aniworld_dl.media.text.webvtt_single import single_cues
from aniworld_dl.media.text.wvtt import wvtt_cues
from aniworld_dl.media.timeline import Timeline
from aniworld_dl.model import Container
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from aniworld_dl.media.formats.packets import Span
    from aniworld_dl.media.text.samples import TextTrack
    from aniworld_dl.model import InitSection, Segment, Track

_TICKS_PER_S: Final = 90_000
_TURN_S: Final = 2**33 / _TICKS_PER_S
_OPEN_END_S: Final = 5.0
"""How long a text is shown that has no end, in a segment whose duration is not known."""


def merge_cues(
    track: Track,
    bodies: Iterable[tuple[Segment, bytes]],
    inits: Mapping[InitSection, bytes],
    to_output: Callable[[int, float], float],
    *,
    one_at_a_time: bool = False,
) -> str:
    """Return the subtitles of a text track as one WebVTT file.

    `bodies` are segments with their stored bytes, in order, `inits` the bytes of the init sections that they name.
    `to_output` is given a number of discontinuities that lie before a segment and a timestamp in seconds, and returns
    the time in the output; what is on the presentation's timeline already is not given to it. `one_at_a_time` is for
    a file that cannot show two cues together, which is MP4.

    Raises:
        SegmentInvalidError: a segment's bytes are no such subtitles.
        UnsupportedMediaError: they are of a kind that is not read.
    """
    reader = _Reader(track, inits, to_output)
    cues = joined_cues(document for one in bodies for document in reader.documents(*one))
    return format_webvtt(single_cues(cues) if one_at_a_time else cues)


class _Reader:
    """Turns segments into documents, of which each is a list of cues in times of the output."""

    def __init__(
        self, track: Track, inits: Mapping[InitSection, bytes], to_output: Callable[[int, float], float]
    ) -> None:
        self._container = track.container
        self._spans = Timeline(track).spans
        self._jumps = [segment.index for segment in track.segments if segment.discontinuity and segment.index]
        self._inits = inits
        self._to_output = to_output
        self._tracks: dict[InitSection | None, TextTrack] = {}

    def documents(self, segment: Segment, body: bytes) -> list[list[Cue]]:
        """Return what a segment has: one document, or one for each sample.

        Raises:
            SegmentInvalidError: its bytes are no such subtitles.
            UnsupportedMediaError: they are of a kind that is not read.
        """
        try:
            return [self._with_ends(segment, cues) for cues in self._read(segment, body)]
        except StructureError as error:
            url = without_query(segment.uri)
            raise SegmentInvalidError(index=segment.index, url=url, reason=str(error)) from error

    def _read(self, segment: Segment, body: bytes) -> Iterator[list[Cue]]:
        if self._container is Container.WEBVTT:
            yield self._webvtt(segment, body)
        elif self._container is Container.TTML:
            yield _moved(parse_ttml(body), segment.shift_s or 0.0)
        elif self._container is Container.FMP4:
            for cues in self._boxed(segment, body):
                yield self._on_timeline(segment, cues) if segment.shift_s is None else _moved(cues, segment.shift_s)
        else:
            raise UnsupportedMediaError(what=f"subtitles in {self._container}")

    def _webvtt(self, segment: Segment, body: bytes) -> list[Cue]:
        text = body.decode("utf-8-sig", errors="replace").lstrip()
        if not text.startswith(SIGNATURE):
            # the header is the init section (RFC 8216 3.5), or there is none
            header = self._inits[segment.init].decode(errors="replace") if segment.init else SIGNATURE
            text = f"{header.strip()}\n\n{text}"
        return self._placed(segment, parse_webvtt(text))

    def _placed(self, segment: Segment, vtt: WebVtt) -> list[Cue]:
        cues = list(vtt.cues)
        if segment.shift_s is not None:
            return _moved(cues, segment.shift_s)
        if vtt.timestamp_map:
            raw = _moved(cues, vtt.timestamp_map.ticks / _TICKS_PER_S - vtt.timestamp_map.local_s)
            return self._nearest_turn(segment, self._on_timeline(segment, raw))
        span = self._spans[segment.index]
        literal = self._on_timeline(segment, cues)
        return literal if _meet(literal, span) and not _meet(cues, span) else cues

    def _boxed(self, segment: Segment, body: bytes) -> Iterator[list[Cue]]:
        if segment.init not in self._tracks:
            if segment.init is None:
                raise StructureError("it has no init section")
            self._tracks[segment.init] = text_track(self._inits[segment.init])
        track = self._tracks[segment.init]
        if track.codec not in {"wvtt", "stpp"}:
            raise UnsupportedMediaError(what=f"subtitles of the codec {track.codec!r}")
        read = wvtt_cues if track.codec == "wvtt" else sample_cues
        return (read(sample) for sample in text_samples(track, body))

    def _on_timeline(self, segment: Segment, cues: Sequence[Cue]) -> list[Cue]:
        sequence = bisect_right(self._jumps, segment.index)
        return [
            replace(cue, start_s=self._to_output(sequence, cue.start_s), end_s=self._to_output(sequence, cue.end_s))
            for cue in cues
        ]

    def _nearest_turn(self, segment: Segment, cues: list[Cue]) -> list[Cue]:
        if not cues:
            return []
        away_s = self._spans[segment.index][0] - cues[0].start_s
        return _moved(cues, round(away_s / _TURN_S) * _TURN_S)

    def _with_ends(self, segment: Segment, cues: list[Cue]) -> list[Cue]:
        stop_s = self._spans[segment.index][1]
        return [
            replace(cue, end_s=stop_s if stop_s > cue.start_s else cue.start_s + _OPEN_END_S)
            if math.isinf(cue.end_s)
            else cue
            for cue in cues
        ]


def _moved(cues: Iterable[Cue], by_s: float) -> list[Cue]:
    return [replace(cue, start_s=cue.start_s + by_s, end_s=cue.end_s + by_s) for cue in cues]


def _meet(cues: Iterable[Cue], span: Span) -> bool:
    return any(cue.start_s < span[1] and span[0] < cue.end_s for cue in cues)
