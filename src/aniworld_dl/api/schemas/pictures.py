"""What clients get of what the pictures show. These models describe; at run time ready data is sent as it is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aniworld_dl.api.schemas.outputs import Output


class RecentOut(Output):
    """The last minutes, the oldest second first; five minutes at most."""

    step_s: int = Field(examples=[1])
    start: str = Field(alias="from", description="When the first step begins.", examples=["2026-01-31T18:00:00.000Z"])
    bytes_per_s: list[int | None] = Field(description="Of each step; null: not measured.")


class DayOut(Output):
    """The last day, the oldest minute first; null: not measured, the service was off."""

    step_s: int = Field(examples=[60])
    start: str = Field(alias="from", description="When the first step begins.", examples=["2026-01-31T18:00:00.000Z"])
    mean_bytes_per_s: list[int | None]
    peak_bytes_per_s: list[int | None] = Field(description="The best second of each step.")
    running: list[int | None] = Field(description="The most episodes at a time.")


class ThroughputOut(Output):
    """Bytes of segments that came over the network, of all downloads together."""

    recent: RecentOut
    day: DayOut


class SegmentCounts(Output):
    """How many segments stand where."""

    done: int
    retried: int = Field(description="Stored; asking for them had failed before.")
    repaired: int = Field(description="Stored; they had been given up, or what was stored of them was not good.")
    missing: int
    failed: int = Field(description="Missing, and asking for them has failed.")
    running: int


class TrackSegmentsOut(Output):
    """A track's segments in the order in which they play."""

    kind: Literal["muxed", "video", "audio", "text"]
    language: str | None
    count: int = Field(description="Segments.")
    per_cell: int = Field(description="How many segments one cell stands for: 1, unless there are more than 4096.")
    unit: Literal["seconds", "bytes", "segments"] = Field(description="Of `lengths`.")
    lengths: list[tuple[float, int]] = Field(description="Of the cells, each with how many neighbours have it.")
    states: str = Field(
        description="Of the cells, run by run: a letter and a number. d: done, t: retried, p: repaired, m: missing, "
        "f: failed, r: running. A cell of several shows the one of them that comes last in this list.",
        examples=["d120r3m277"],
    )
    counts: SegmentCounts


class SegmentsOut(Output):
    """Where the segments of an episode stand."""

    id: int
    source: Literal["download", "disk", "record"] | None = Field(
        description="How it is known: from the download that runs, from the disk, from the record of a completed one; "
        "null where nothing is known."
    )
    tracks: list[TrackSegmentsOut]
