"""What became of the attempts at an episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model.queue import ErrorInfo
    from aniworld_dl.model.status import HoldReason


class Outcome(StrEnum):
    """How an attempt at an episode ended. Kept in the database and shown to clients by these names."""

    COMPLETED = "completed"
    FAILED = "failed"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    REQUEUED = "requeued"
    """It was put back into the queue, because everything was paused."""
    HELD = "held"
    """It was put back into the queue and waits for something."""
    INTERRUPTED = "interrupted"
    """The service ended meanwhile; when exactly, and what had been fetched, nobody has noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What an attempt did. The bytes are those of the media, without manifests and keys."""

    provider: str | None = None
    host: str | None = None
    """The server that most bytes came from; the one that was asked while there are none."""
    bytes_by_host: Mapping[str, int] = field(default_factory=dict)
    """Bytes that came from each server."""
    fetched_bytes: int = 0
    wasted_bytes: int = 0
    """Those of the fetched bytes that were thrown away."""
    segments_retried: int = 0
    """How often a segment was asked for again after a failure."""
    fetching_s: float = 0.0
    """How long it fetched, in seconds; resolving, joining and verifying are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that has ended. Times are seconds since the epoch."""

    number: int
    started_at: float
    ended_at: float | None
    """None where nobody has noted it."""
    outcome: Outcome
    reason: HoldReason | None = None
    """Why it is held."""
    error: ErrorInfo | None = None
    figures: Figures | None = None
    """None where nobody has noted them."""
