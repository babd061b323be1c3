"""Stored segments of 4 s whose timestamps are made up, picture and sound in each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.ledger import Entry
from tests.media_builders import hls_track

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.model import Track

COUNT = 12
LAST = COUNT - 1
S = 1_000_000


def exact_track(**changes: Any) -> Track:
    """Durations that nobody rounded to seconds."""
    track = hls_track(COUNT, **changes)
    return replace(track, segments=(replace(track.segments[0], duration_s=3.999), *track.segments[1:]))


class KnownLedger:
    """A ledger that says what a test wants; none of its segments is on a disk."""

    def __init__(self, *tracks: Mapping[int, Entry]) -> None:
        self._tracks = tracks

    def done(self, track: int) -> frozenset[int]:
        return frozenset(self._tracks[track])

    def entry(self, track: int, index: int) -> Entry | None:
        return self._tracks[track].get(index)


def entry(*spans: StreamSpan, **fields: Any) -> Entry:
    return Entry(size_bytes=1, crc32=1, spans=spans, **fields)


def video(start_s: float, end_s: float, **fields: Any) -> StreamSpan:
    values = {"stream": 256, "kind": "video", "start_us": round(start_s * S), "end_us": round(end_s * S), **fields}
    return StreamSpan(**values)


def audio(start_s: float, end_s: float) -> StreamSpan:
    return video(start_s, end_s, stream=257, kind="audio")


def episode(count: int = COUNT, offset_s: float = 10.0) -> dict[int, Entry]:
    """Picture and sound that go on steadily, the sound with the small steps of its frames."""
    return {
        index: entry(
            video(offset_s + 4 * index, offset_s + 4 * index + 4),
            audio(offset_s + 4 * index + 0.01 * (index % 3), offset_s + 4 * index + 4 + 0.01 * ((index + 1) % 3)),
        )
        for index in range(count)
    }


def cut(entries: dict[int, Entry], index: int, by_s: float) -> dict[int, Entry]:
    """Let a segment lose so much at its end."""
    spans = tuple(replace(span, end_us=span.end_us - round(by_s * S)) for span in entries[index].spans)
    return {**entries, index: replace(entries[index], spans=spans)}


def moved(entries: dict[int, Entry], move: Callable[[int], float]) -> dict[int, Entry]:
    """Move the timestamps of each segment by some seconds."""
    return {
        index: replace(
            item,
            spans=tuple(
                replace(
                    span, start_us=span.start_us + round(move(index) * S), end_us=span.end_us + round(move(index) * S)
                )
                for span in item.spans
            ),
        )
        for index, item in entries.items()
    }
