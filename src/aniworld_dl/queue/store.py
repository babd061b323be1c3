"""What the queue keeps over restarts, as an interface. `sqlite.py` is the real one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from aniworld_dl.model import (
        Episode,
        EpisodeRef,
        ErrorInfo,
        Figures,
        Hold,
        HoldReason,
        Job,
        JobRequest,
        Selection,
        Standing,
        Status,
        Taken,
    )
    from aniworld_dl.queue.additions import Addition
    from aniworld_dl.queue.keys import Keys
    from aniworld_dl.queue.results import Moves, Removed

Item = TypeVar("Item")


class Unset(Enum):
    """The type of `UNSET`: a value that was not given, where None means something else."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
LONGEST_HOLD_S: Final = 2 * 86_400.0
"""No hold lasts so long. One that ends later was put there by a clock that was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list. `next_cursor` gives the next part, None at the end; `total` counts the whole list."""

    items: tuple[Item, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a move writes down besides the status. None leaves a column as it is, except `error` and `hold`.

    `error` and `hold` always replace what was recorded: None clears it. `percentage` is 0-100. `figures` go into the
    timeline, if it is an attempt that the move ends; `segments`, how its segments came, is kept with it.
    """

    percentage: float | None = None
    bytes_downloaded: int | None = None
    total_bytes: int | None = None
    error: ErrorInfo | None = None
    path: PurePosixPath | None = None
    existing: bool | None = None
    retries: int | None = None
    hold: Hold | None = None
    figures: Figures | None = None
    segments: bytes | None = None
    taken: Taken | None = None
    standing: Standing | None = None
    season: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """An address of a job that stands for episodes which are still to be listed. It waits until someone lists them."""

    id: int
    job_id: int
    request_index: int
    ref: EpisodeRef


class Store(Protocol):
    """Jobs, their episodes and a few settings. Every call is one transaction, on disk when it returns.

    A caller that is cancelled never leaves a transaction half done: what had begun is completed, what had not begun is
    left out. `now` is seconds since the epoch. Every method raises `StorageError` when the disk or the database
    refuses; nothing is changed then.

    What every move of an episode does besides: `error` is replaced (None clears it); `completed_at` is set when `after`
    is an end and cleared otherwise; `completed` sets the percentage to 100; leaving an end sets the retries to 0; a
    hold ends.
    """

    async def add_job(
        self,
        request: JobRequest,
        *,
        series_indexes: frozenset[int] = frozenset(),
        duplicates: int = 0,
        keys: Sequence[Keys] | None = None,
        now: float,
    ) -> tuple[Job, bool]:
        """Store a request, as an `Addition` describes it, and return its job and whether it is new.

        A request whose idempotency key is known stores nothing and returns the job of that time and False.
        """
        ...

    async def add_jobs(self, requests: Sequence[Addition], *, now: float) -> Sequence[tuple[Job, bool]]:
        """Store requests, all of them or none."""
        ...

    async def job(self, job_id: int) -> Job | None:
        """Return a job, None when there is none."""
        ...

    async def jobs_by_id(self, job_ids: Iterable[int]) -> Mapping[int, Job]:
        """Return those of these jobs that there are."""
        ...

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None = None,
        q: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        in_queue: bool = False,
    ) -> Page[Job]:
        """Return jobs, newest first: those with one of `statuses` whose title contains `q`, whatever the case.

        With `in_queue` only those that have not ended: those that run first, then in the order of the queue.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave for that order.
        """
        ...

    async def active_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that have not ended: those that run first, then in the order of the queue."""
        ...

    async def waiting_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that neither run nor have ended, in the order of the queue."""
        ...

    async def ended_jobs(self, limit: int) -> Sequence[Job]:
        """Return jobs that have ended, the latest first."""
        ...

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> Job | None:
        """Change what is given and return the job, None when there is none. A limit of None means no limit."""
        ...

    async def jobs_of_statuses(self, statuses: Iterable[Status]) -> frozenset[int]:
        """Return the ids of all jobs that have one of these statuses."""
        ...

    async def remove(self, selection: Selection) -> Removed:
        """Forget what is selected: jobs with all that belongs to them, episodes, and jobs that have none left."""
        ...

    async def counts(self) -> Mapping[Status, int]:
        """Count all episodes by status; each status has an entry."""
        ...

    async def episode(self, episode_id: int) -> Episode | None:
        """Return an episode, None when there is none."""
        ...

    async def episodes_by_id(self, episode_ids: Iterable[int]) -> Mapping[int, Episode]:
        """Return those of these episodes that there are."""
        ...

    async def episodes(self, job_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[Episode]:
        """Return a job's episodes in their order; an empty page when there is no such job.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        ...

    async def running_episodes(self) -> Sequence[Episode]:
        """Return every episode whose row says that it downloads, oldest start first."""
        ...

    async def claim(self, *, now: float, fair: bool = True) -> Episode | None:
        """Move the next queued episode that is not held to downloading and return it; None when there is none.

        The order: highest job priority, then, if `fair`, the job with the fewest running episodes, then the order of
        the jobs; in a job highest priority, then the order of its episodes. The attempt is counted up, `started_at`
        is set.
        """
        ...

    async def start(self, episode_id: int, *, now: float) -> Episode | None:
        """Move this episode to downloading as `claim` does, held or not; None when it is not queued."""
        ...

    async def held(self, reason: HoldReason, limit: int) -> Sequence[Episode]:
        """Return the first episodes that are held for a reason: those without an end, then by their end; then by id."""
        ...

    async def next_hold_end(self) -> float | None:
        """Return when the first hold that has an end ends, None when there is none."""
        ...

    async def end_holds(self, *, now: float) -> Sequence[Episode]:
        """End the holds whose time has come, or is further away than `LONGEST_HOLD_S`, and return their episodes."""
        ...

    async def end_holds_of(self, reason: HoldReason, episode_ids: Iterable[int]) -> Sequence[Episode]:
        """End the holds of these episodes that have this reason and return the episodes."""
        ...

    async def move(
        self,
        selection: Selection,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        live: Mapping[int, Details] | None = None,
    ) -> Moves:
        """Move to `after` what is selected, as far as the table of moves, and `before` if given, allow it.

        `live` has details by the id of the episode. The addresses of selected jobs follow: with `paused` their
        episodes will be paused when they are listed, with `queued` no longer, with `cancelled` they do not wait any
        more; moving from `cancelled` to `queued` lets failed and cancelled ones wait again.
        """
        ...

    async def start_now(self, selection: Selection, *, now: float, most: int) -> Moves:
        """Move what is selected to downloading, whatever it waits for, and return it with the status it had.

        What is paused, failed or cancelled is queued first. At most `most` start, in the order of claims; the others
        are queued. The addresses of selected jobs wait again, and not for being paused.
        """
        ...

    async def requeue_interrupted(self, *, now: float) -> Sequence[Episode]:
        """Start-up recovery: move every episode that was downloading back to queued."""
        ...

    async def pending_expansions(self, job_id: int | None = None) -> Sequence[Expansion]:
        """Return the addresses that wait to be expanded and are not held, of one job or of all, oldest first."""
        ...

    async def expand(
        self, expansion_id: int, refs: Sequence[EpisodeRef], *, duplicates: int = 0, now: float
    ) -> Sequence[Episode]:
        """Put the episodes in the place of the address they were listed from, and return them.

        `duplicates` counts what was left out of them; an address that led to nothing else ends as a cancelled one does.
        Returns nothing, and stores nothing, when the address does not wait any more (cancelled, deleted).
        """
        ...

    async def fail_expansion(self, expansion_id: int, error: ErrorInfo, *, now: float, held: bool = False) -> bool:
        """Record why an address cannot be expanded. Tell whether it was waiting.

        One that is `held` has not ended: it waits until it is queued again, like one that has.
        """
        ...

    async def get_meta(self, key: str) -> Any:
        """Return the JSON value stored under `key`, None when there is none."""
        ...

    async def set_meta(self, key: str, value: Any) -> None:
        """Store a JSON value under `key`."""
        ...

    async def failed(self) -> BaseException:
        """Wait until the store has died by itself and return why. A store that works never returns.

        All calls that change something raise `StorageError` from then on.
        """
        ...

    async def aclose(self) -> None:
        """Complete what was asked for and close. Calling it again does nothing."""
        ...
