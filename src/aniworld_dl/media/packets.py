"""Every packet of a finished file, as ffmpeg's demuxer sees it: how many, from when to when, and where none are."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER: Final = re.compile(r"#(tb|media_type|codec_id) (\d+): (\S+)")
_UNKNOWN: Final = "NOPTS"
_NOTED_GAP_S: Final = 0.2
"""Shorter than this is jitter between two packets."""

Span = tuple[float, float]
"""Seconds from, seconds to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPackets:
    """One stream's packets. Times are seconds of presentation; `gaps` are where nothing is presented in between."""

    kind: str
    codec: str
    packets: int
    start_s: float
    end_s: float
    gaps: tuple[Span, ...]


class PacketList:
    """Takes the lines of ffmpeg's `framecrc` format, one packet each: stream, dts, pts, duration, size, CRC."""

    def __init__(self) -> None:
        self._facts: dict[tuple[int, str], str] = {}
        self._times: dict[int, array[int]] = {}
        self._durations: dict[int, array[int]] = {}

    def add_line(self, line: str) -> None:
        """Take the next line; what is no packet and no known header line is passed over."""
        if line.startswith("#"):
            if match := _HEADER.match(line):
                self._facts[int(match[2]), match[1]] = match[3]
            return
        stream, decoded, shown, duration, _ = line.split(",", 4)
        time = shown if _UNKNOWN not in shown else decoded
        if _UNKNOWN in time:
            return
        number = int(stream)
        if number not in self._times:
            self._times[number], self._durations[number] = array("q"), array("q")
        self._times[number].append(int(time))
        self._durations[number].append(int(duration))

    def streams(self) -> list[StreamPackets]:
        """Return what was seen, in the order of the file. A stream without packets has none to show and is left out."""
        return [self._stream(number) for number in sorted(self._times)]

    def _stream(self, number: int) -> StreamPackets:
        tick_s = Fraction(self._facts[number, "tb"])
        packets = sorted(zip(self._times[number], self._durations[number], strict=True))
        gaps, end = _gaps(packets, int(_NOTED_GAP_S / tick_s))
        return StreamPackets(
            kind=self._facts[number, "media_type"],
            codec=self._facts[number, "codec_id"],
            packets=len(packets),
            start_s=float(packets[0][0] * tick_s),
            end_s=float(end * tick_s),
            gaps=tuple((float(start * tick_s), float(stop * tick_s)) for start, stop in gaps),
        )


def _gaps(packets: Sequence[tuple[int, int]], noted: int) -> tuple[list[tuple[int, int]], int]:
    """Return the spans longer than `noted` that no packet covers, and where the last packet ends. All in ticks."""
    times = [time for time, _ in packets]
    # a container need not say how long a picture is shown: then as long as most are
    usual = median_low([right - left for left, right in pairwise(times)] or [0])
    gaps = []
    end = times[0]
    for time, duration in packets:
        if time - end > noted:
            gaps.append((end, time))
        end = max(end, time + (duration or usual))
    return gaps, end


def common_gaps(streams: Sequence[StreamPackets]) -> list[Span]:
    """Return the spans in which none of the streams presents anything, from the first start to the last end."""
    start = min(stream.start_s for stream in streams)
    end = max(stream.end_s for stream in streams)
    common: list[Span] = [(start, end)]
    for stream in streams:
        silent = [(start, stream.start_s), *stream.gaps, (stream.end_s, end)]
        common = [
            (max(left[0], right[0]), min(left[1], right[1]))
            for left in common
            for right in silent
            if min(left[1], right[1]) > max(left[0], right[0])
        ]
    return common
