"""Every packet of a finished file, as a demuxer sees it: how many, from when to when, and where none are."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from fractions import Fraction
from operator import add, sub
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

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of all streams, those without packets too."""
        return tuple(value for (_, fact), value in sorted(self._facts.items()) if fact == "media_type")

    def _stream(self, number: int) -> StreamPackets:
        return stream_packets(
            kind=self._facts[number, "media_type"],
            codec=self._facts[number, "codec_id"],
            times=self._times[number],
            durations=self._durations[number],
            tick_s=Fraction(self._facts[number, "tb"]),
        )


def stream_packets(
    *, kind: str, codec: str, times: Sequence[int], durations: Sequence[int], tick_s: Fraction
) -> StreamPackets:
    """Return what a stream's packets say, of which there is at least one. A duration of 0 is one that is not known."""
    shown = sorted(times)
    distances = list(map(sub, shown[1:], shown))
    # a container need not say how long a picture is shown: then as long as most are
    usual = median_low(distances or [0])
    lasting = [duration or usual for duration in durations]
    noted = int(_NOTED_GAP_S / tick_s)
    gaps = _gaps(sorted(zip(times, lasting, strict=True)), noted) if max(distances, default=0) > noted else []
    return StreamPackets(
        kind=kind,
        codec=codec,
        packets=len(shown),
        start_s=float(shown[0] * tick_s),
        end_s=float(max(map(add, times, lasting)) * tick_s),
        gaps=tuple((float(start * tick_s), float(stop * tick_s)) for start, stop in gaps),
    )


def _gaps(packets: Sequence[tuple[int, int]], noted: int) -> list[tuple[int, int]]:
    """Return the spans longer than `noted` that no packet covers. All in ticks."""
    gaps = []
    end = packets[0][0]
    for time, duration in packets:
        if time - end > noted:
            gaps.append((end, time))
        end = max(end, time + duration)
    return gaps


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
