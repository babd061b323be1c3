"""How far the download of one episode is: counted while bytes arrive, taken back when an attempt fails."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Self

from aniworld_dl.media.download.segment_states import SegmentStates
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from aniworld_dl.model import Media, Segment, Track
    from aniworld_dl.progress import Meter

_ALMOST: Final = 0.99
"""What a segment may count while it is not checked and stored yet."""
_KIND_WEIGHTS: Final = {TrackKind.MUXED: 1.0, TrackKind.VIDEO: 1.0, TrackKind.AUDIO: 0.06, TrackKind.TEXT: 0.001}
"""Bytes of a second of a track, compared with those of a picture, as usual in manifests."""


class DownloadProgress:
    """Segments and bytes of an episode, for display. One event loop only; reading costs next to nothing."""

    __slots__ = (
        "_bytes_by_host",
        "_done_weight",
        "_finished_bytes",
        "_finished_weight",
        "_highest",
        "_known_total",
        "_total_weight",
        "_under_way",
        "_weights",
        "bytes_done",
        "meter",
        "retries",
        "segments",
        "segments_done",
        "segments_reused",
        "segments_total",
        "wasted_bytes",
    )

    def __init__(self, media: Media, meter: Meter) -> None:
        self.meter = meter
        self.retries = 0
        self.wasted_bytes = 0
        """Bytes that came and do not count: of attempts that failed, or that another one was faster than."""
        self.segments = SegmentStates()
        """Where each of them stands."""
        self._bytes_by_host: Counter[str] = Counter()
        self._highest = 0.0
        self._under_way: set[Attempt] = set()
        self.begin(media)

    def begin(self, media: Media) -> None:
        """Count the segments of a media from the start; again when a live one has grown, all it had being reused."""
        self.segments_total = media.segment_count
        self.segments_done = 0
        self.segments_reused = 0
        self.bytes_done = 0
        self._weights = _weights(media)
        self._total_weight = sum(self._weights.values())
        self._done_weight = 0.0
        self._finished_weight = 0.0
        self._finished_bytes = 0
        self._known_total = _known_total(media)
        self.segments.begin(media)

    def reuse(self, track: int, index: int, size_bytes: int) -> None:
        """Count a segment that an earlier run has stored."""
        self.segments_reused += 1
        self.bytes_done += size_bytes
        self._finish(track, index, size_bytes)
        self.segments.reused((track, index))

    def take_back(self, track: int, index: int, size_bytes: int) -> None:
        """Count a stored segment no more, since it is fetched again."""
        self.bytes_done -= size_bytes
        self.wasted_bytes += size_bytes
        self._count((track, index), -size_bytes, -1)
        self.segments.doubted((track, index))

    @property
    def fetched_bytes(self) -> int:
        """Bytes that came over the network, those that do not count included."""
        return self.meter.total_bytes

    @property
    def lost_bytes(self) -> int:
        """Bytes that came and would not count if it stopped now."""
        return self.wasted_bytes + sum(attempt.bytes_done for attempt in self._under_way)

    def bytes_by_host(self) -> Counter[str]:
        """Return how many bytes came from each server."""
        found = self._bytes_by_host.copy()
        for attempt in self._under_way:
            found[attempt.host] += attempt.bytes_done
        return found

    def attempt(
        self, track: int, index: int, expected_bytes: int | None, *, spare: bool = False, host: str | None = None
    ) -> Attempt:
        """Start to count one attempt at a segment (or, negative index, an init section) at a server.

        A `spare` one runs beside another for the same segment; its bytes count only if it is kept.
        """
        attempt = Attempt(self, (track, index), expected_bytes, spare=spare, host=host or "")
        self._under_way.add(attempt)
        return attempt

    def fraction(self) -> float:
        """Return what is done, from 0 to 1. It never falls, also when an attempt's bytes are taken back."""
        if self.segments_done >= self.segments_total:
            self._highest = 1.0
        elif self._total_weight:
            under_way: dict[tuple[int, int], float] = {}
            for attempt in self._under_way:  # of two at the same segment the one that is further
                under_way[attempt.key] = max(under_way.get(attempt.key, 0.0), self._weight_under_way(attempt))
            reached = (self._done_weight + sum(under_way.values())) / self._total_weight
            self._highest = max(self._highest, min(reached, _ALMOST))
        return self._highest

    def total_bytes(self) -> int | None:
        """Return the bytes of the whole episode: as announced, else by what a second took so far; None at first."""
        if self.segments_done >= self.segments_total:
            return self.bytes_done
        if self._known_total is not None:
            return max(self._known_total, self.bytes_done)
        size, weight = self._finished_bytes, self._finished_weight
        if not weight:
            announced = [item for item in self._under_way if item.expected_bytes and self._weights.get(item.key)]
            size = sum(item.expected_bytes or 0 for item in announced)
            weight = sum(self._weights[item.key] for item in announced)
        return max(round(size / weight * self._total_weight), self.bytes_done) if weight else None

    def _weight_under_way(self, attempt: Attempt) -> float:
        weight = self._weights.get(attempt.key, 0.0)
        expected = attempt.expected_bytes or self._average_bytes(weight)
        return weight * min(attempt.bytes_done / expected, _ALMOST) if expected else 0.0

    def _average_bytes(self, weight: float) -> float:
        return self._finished_bytes / self._finished_weight * weight if self._finished_weight else 0.0

    def _finish(self, track: int, index: int, size_bytes: int) -> None:
        self._count((track, index), size_bytes, 1)

    def _count(self, key: tuple[int, int], size_bytes: int, sign: int) -> None:
        weight = self._weights[key] * sign
        self.segments_done += sign
        self._done_weight += weight
        self._finished_weight += weight
        self._finished_bytes += size_bytes

    def _ended(self, attempt: Attempt, *, kept: bool) -> None:
        self._under_way.discard(attempt)
        self._bytes_by_host[attempt.host] += attempt.bytes_done
        if kept:
            self.bytes_done += attempt.bytes_done if attempt.spare else 0
            if attempt.key in self._weights:
                self._finish(*attempt.key, attempt.bytes_done)
                self.segments.stored(attempt.key)
        else:
            self.bytes_done -= 0 if attempt.spare else attempt.bytes_done
            self.wasted_bytes += attempt.bytes_done


class Attempt:
    """One attempt at a segment. As a context manager it takes its bytes back unless `keep` was called."""

    __slots__ = ("_kept", "_progress", "bytes_done", "expected_bytes", "host", "key", "spare")

    def __init__(
        self, progress: DownloadProgress, key: tuple[int, int], expected_bytes: int | None, *, spare: bool, host: str
    ) -> None:
        self._progress = progress
        self._kept = False
        self.key = key
        self.host = host
        self.spare = spare
        self.expected_bytes = expected_bytes
        self.bytes_done = 0

    def add(self, size: int) -> None:
        """Count bytes that have just arrived."""
        self.bytes_done += size
        if not self.spare:
            self._progress.bytes_done += size
        self._progress.meter.add(size)

    def keep(self) -> None:
        """Say that the segment is stored."""
        self._kept = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress._ended(self, kept=self._kept)  # noqa: SLF001 - the two are one thing in two classes


def _weights(media: Media) -> dict[tuple[int, int], float]:
    segments = [(number, track, segment) for number, track in enumerate(media.tracks) for segment in track.segments]
    # bytes where all are announced, else seconds: never both in one sum
    weigh = _bytes_of if all(segment.byte_range is not None for _, _, segment in segments) else _seconds_of
    return {(number, segment.index): weigh(track, segment) for number, track, segment in segments}


def _bytes_of(track: Track, segment: Segment) -> float:
    assert segment.byte_range is not None, track
    return float(segment.byte_range.length)


def _seconds_of(track: Track, segment: Segment) -> float:
    return (segment.duration_s or 1.0) * _KIND_WEIGHTS[track.kind]


def estimated_bytes(media: Media) -> int | None:
    """Return the bytes of a media by its manifest: what it announces, else bandwidth times duration; None without both.

    The average bandwidth where there is one; else it is the highest of a stream, so that this may be more than what
    comes, seldom less.
    """
    sizes = [_track_bytes(track) or _by_bandwidth(track) for track in media.tracks]
    return sum(size for size in sizes if size) or None


def _by_bandwidth(track: Track) -> int:
    return round((track.average_bandwidth_bps or track.bandwidth_bps or 0) * (track.duration_s or 0.0) / 8)


def _known_total(media: Media) -> int | None:
    sizes = [_track_bytes(track) for track in media.tracks]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _track_bytes(track: Track) -> int | None:
    if track.size_bytes is not None:
        return track.size_bytes
    ranges = [segment.byte_range for segment in track.segments if segment.byte_range is not None]
    return sum(item.length for item in ranges) if len(ranges) == len(track.segments) else None
