"""Jobs as they come from the queue of another installation, or from a copy of this one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.model.queue import Episode, EpisodeRef, ErrorInfo


class AddressState(StrEnum):
    """What is to become of an address that stands for episodes."""

    PENDING = "pending"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRecord:
    """An episode, whose ids mean nothing, with its place: which address it comes from, and its number among those."""

    episode: Episode
    address: int
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """An address that is not expanded. Times are seconds since the epoch."""

    ref: EpisodeRef
    address: int
    state: AddressState
    paused: bool
    error: ErrorInfo | None
    created_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job with all that belongs to it. Times are seconds since the epoch."""

    anime_title: str
    language: str | None
    provider: str | None
    priority: int
    bandwidth_limit_bytes_per_s: int | None
    requested_episodes: int | None
    created_at: float
    episodes: tuple[EpisodeRecord, ...]
    addresses: tuple[AddressRecord, ...]
    standing: bool | int | None = None
