"""What changes of the queue have done, so that subscribers can be told and tasks can follow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.model import Episode, Job, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An episode whose status has changed: the status it had, and the row as it is now."""

    before: Status
    episode: Episode


class Undone(StrEnum):
    """What can be undone. Kept in the database and shown to clients by these names."""

    CANCEL = "cancel"
    REMOVE = "remove"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """Something that can be undone until a time: how many jobs and episodes it took. Times are seconds since the epoch.

    `folder` is the download folder out of which it moves finished files, None where they stay.
    """

    id: int
    action: Undone
    jobs: int
    episodes: int
    folder: Path | None
    created_at: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What a move has changed: episodes in the order of their jobs, and of each address that followed the job's id."""

    episodes: tuple[Moved, ...] = ()
    addresses: tuple[int, ...] = ()
    undo: Undoable | None = None

    @property
    def jobs(self) -> frozenset[int]:
        """The ids of the jobs of which something has changed."""
        return frozenset(moved.episode.job_id for moved in self.episodes).union(self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What is no more: ids of jobs, and episodes as they were. `owners` has their jobs by id, gone or not."""

    jobs: frozenset[int]
    episodes: tuple[Episode, ...]
    owners: Mapping[int, Job]
    undo: Undoable | None = None

    @property
    def left(self) -> frozenset[int]:
        """The ids of the jobs that have lost episodes and are still there."""
        return frozenset(self.owners) - self.jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What some other change of the queue has touched: the ids of jobs, and episodes as they are now."""

    jobs: frozenset[int] = frozenset()
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Changed):
    """What has come back; `count` of episodes, those of jobs that came back whole too, which `episodes` leaves out."""

    undo: Undoable
    count: int
