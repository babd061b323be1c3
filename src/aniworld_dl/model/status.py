"""Where an episode or a job stands, and the table of allowed moves."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class HoldReason(StrEnum):
    """Why a queued episode is held back. Kept in the database and shown to clients by these names."""

    RETRY_BACKOFF = "retry_backoff"
    """Its last attempt failed in a way that may pass: it is tried again later."""
    HOST_COOLDOWN = "host_cooldown"
    """Its server wants to be left alone for a while."""
    DISK_RESERVE = "disk_reserve"
    """There is too little space where it goes."""
    NEEDS_PERSON = "needs_person"
    """Its page wants to see a person; whoever has shown themselves there lets it go on by a retry."""


class Phase(StrEnum):
    """What a running episode is doing. Lives in memory only."""

    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    RECORDING = "recording"
    """It downloads what is still being made, until that ends or the user says that it is enough."""
    MUXING = "muxing"
    VERIFYING = "verifying"


class Action(StrEnum):
    """What a user can do to an episode or a job."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    REPAIR = "repair"
    """Fetch what is missing of a failed episode; of one that was cancelled nothing is left to repair."""
    START = "start"
    """Run at once, whatever it waits for, beyond the number of slots."""


class Spot(StrEnum):
    """Where a job goes among the jobs, or an episode among those of its job."""

    TOP = "top"
    BOTTOM = "bottom"
    BEFORE = "before"
    AFTER = "after"
