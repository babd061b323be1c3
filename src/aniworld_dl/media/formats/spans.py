"""When the streams inside one segment play, by their own timestamps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpan:
    """One stream of one segment: from its first decoding timestamp to the end of its last frame, in microseconds.

    `stream` is the PID of MPEG-TS, the track id of ISO boxes, 0 of packed audio. `kind` is "video", "audio" or "other".
    Timestamps are as they stand in the bytes: neither shifted nor freed of MPEG-TS's wrap at 2**33 ticks of 90 kHz.
    """

    stream: int
    kind: str
    start_us: int
    end_us: int
    counters: tuple[int, int] | None = None
    """Of MPEG-TS: the first and the last continuity counter (ISO/IEC 13818-1 2.4.3.3), which go on from segment to
    segment where nobody numbers them anew."""
