"""What the product speaks of: media, episodes, jobs, and the table of allowed moves. Data only, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

# ---------------------------------------------------------------------------------------------------------- statuses


class Status(StrEnum):
    """Where an episode or a job stands. Kept in the database and shown to clients by these names."""

    QUEUED = "queued"
    DOWNLOADING = "downloading"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in ENDED


ENDED: Final = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})

ALLOWED_MOVES: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.QUEUED: frozenset({Status.DOWNLOADING, Status.PAUSED, Status.CANCELLED}),
        Status.DOWNLOADING: frozenset(
            {Status.QUEUED, Status.PAUSED, Status.COMPLETED, Status.FAILED, Status.CANCELLED}
        ),
        Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
        Status.FAILED: frozenset({Status.QUEUED, Status.CANCELLED}),
        Status.CANCELLED: frozenset({Status.QUEUED}),
        Status.COMPLETED: frozenset(),
    }
)


def may_move(before: Status, after: Status) -> bool:
    """Tell whether an episode may go from `before` to `after`."""
    return after in ALLOWED_MOVES[before]


def moves_into(after: Status) -> frozenset[Status]:
    """Return every status from which an episode may go to `after`."""
    return frozenset(before for before, targets in ALLOWED_MOVES.items() if after in targets)


class Phase(StrEnum):
    """What a running episode is doing. Lives in memory only."""

    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    MUXING = "muxing"
    VERIFYING = "verifying"


# ------------------------------------------------------------------------------------------------------------- media


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Bytes `[start, stop)` of a resource."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How a segment is encrypted (RFC 8216 4.3.2.4). `iv` is final: the parser has applied the media sequence rule."""

    method: str
    uri: str
    iv: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSection:
    """What a decoder needs before the first segment (RFC 8216 4.3.2.5)."""

    uri: str
    byte_range: ByteRange | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The unit of download, of resume and of proof. `duration_s` is None where the source does not say."""

    index: int
    uri: str
    duration_s: float | None = None
    byte_range: ByteRange | None = None
    key: Key | None = None
    init: InitSection | None = None
    discontinuity: bool = False


class TrackKind(StrEnum):
    """What a track carries; MUXED is picture and sound in one."""

    MUXED = "muxed"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class Container(StrEnum):
    """How the bytes of a track are wrapped, which decides how they are checked and joined."""

    MPEG_TS = "mpegts"
    FMP4 = "fmp4"
    FILE = "file"
    """One whole file cut into byte ranges: only the joined ranges have a structure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A sequence of segments that play after one another."""

    kind: TrackKind
    container: Container
    segments: tuple[Segment, ...]
    language: str | None = None
    codecs: str | None = None
    bandwidth_bps: int | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    validator: str | None = None
    """For If-Range (RFC 9110 13.1.5): a strong ETag or a Last-Modified date of a whole file."""

    @property
    def duration_s(self) -> float | None:
        """Sum of the segments' durations, None when one is unknown."""
        durations = [segment.duration_s for segment in self.segments if segment.duration_s is not None]
        return sum(durations) if len(durations) == len(self.segments) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Everything that belongs to one episode's file: the tracks that were chosen, whatever the manifest's format."""

    url: str
    tracks: tuple[Track, ...]

    @property
    def segment_count(self) -> int:
        """Number of segments over all tracks."""
        return sum(len(track.segments) for track in self.tracks)

    @property
    def duration_s(self) -> float | None:
        """Duration of the longest track, None when none is known."""
        durations = [track.duration_s for track in self.tracks if track.duration_s is not None]
        return max(durations, default=None)


# ----------------------------------------------------------------------------------------- what providers hand over


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which version of an episode the user wants; None takes whatever comes first."""

    language: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRef:
    """One episode as an address and what is known about its place in a series."""

    url: str
    series: str | None = None
    season: int | None = None
    number: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An address that gives the media itself, with the request headers it wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


# ----------------------------------------------------------------------------------------------------- the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """A recorded failure: a stable code, its parameters, and the sentence for people (English)."""

    code: str
    params: Mapping[str, str | int | float | None]
    text: str


class Action(StrEnum):
    """What a user can do to an episode or a job."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a user asks for at once: a title and the addresses of episodes or series."""

    anime_title: str
    episodes: tuple[EpisodeRef, ...]
    language: str | None = None
    provider: str | None = None
    total_episodes: int | None = None
    priority: int = 0
    bandwidth_limit_bytes_per_s: int | None = None
    paused: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One row of the queue. Times are seconds since the epoch; `path` is relative to the download folder."""

    id: int
    job_id: int
    position: int
    ref: EpisodeRef
    status: Status
    attempt: int = 0
    progress_percentage: float = 0.0
    bytes_downloaded: int = 0
    total_bytes: int | None = None
    error: ErrorInfo | None = None
    path: PurePosixPath | None = None
    existing: bool = False
    created_at: float = 0.0
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request and what can be derived from its episodes; `status` is never stored."""

    id: int
    anime_title: str
    language: str | None
    provider: str | None
    priority: int
    bandwidth_limit_bytes_per_s: int | None
    created_at: float
    requested_episodes: int | None
    counts: Mapping[Status, int]
    progress_sum: float
    position: float = 0.0
    """Place among the jobs of one priority; lower goes first."""
    pending_expansions: int = 0
    """Addresses whose episodes are still to be listed; `paused_expansions` of them belong to what was paused."""
    paused_expansions: int = 0
    expansion_error: ErrorInfo | None = None
    """Why an address could not be expanded (the first one)."""
    episode_error: ErrorInfo | None = None
    """Why an episode failed (the first one that is failed)."""
    completed_at: float | None = None

    @property
    def total_episodes(self) -> int:
        """Number of episodes, with the request's own figure while an address is still to be expanded."""
        known = sum(self.counts.values())
        if self.pending_expansions:
            return max(known + self.pending_expansions, self.requested_episodes or 0)
        return known

    @property
    def status(self) -> Status:
        """Derived: runs if one runs, waits if one waits, ended only when all that could end has ended."""
        counts = self.counts
        if counts.get(Status.DOWNLOADING):
            return Status.DOWNLOADING
        if counts.get(Status.QUEUED) or self.pending_expansions > self.paused_expansions:
            return Status.QUEUED
        if counts.get(Status.PAUSED) or self.paused_expansions:
            return Status.PAUSED
        if counts.get(Status.FAILED) or self.expansion_error:
            return Status.FAILED
        return Status.COMPLETED if counts.get(Status.COMPLETED) else Status.CANCELLED
