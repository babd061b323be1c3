"""The rows that the store in memory keeps, and what it does with one of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, Hold, HoldReason, Job, Status, moves_into
from aniworld_dl.queue.results import Moved
from aniworld_dl.queue.rows import hundredths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.model import JobRequest, Selection
    from aniworld_dl.queue.store import Details, Expansion


@dataclass(slots=True, kw_only=True)
class AddressRow:
    expansion: Expansion
    state: str = "pending"
    paused: bool
    error: ErrorInfo | None = None
    ended_at: float | None = None
    duplicates: int = 0


@dataclass(slots=True, kw_only=True)
class JobRow:
    id: int
    position: float
    request: JobRequest
    priority: int
    limit: int | None
    title: str
    created_at: float
    duplicates: int = 0
    addresses: dict[int, AddressRow] = field(default_factory=dict)
    last_ended_at: float | None = None


class Rows:
    """Jobs, episodes and addresses in dicts."""

    def __init__(self) -> None:
        self._jobs: dict[int, JobRow] = {}
        self._episodes: dict[int, Episode] = {}
        self._job_ids = itertools.count(1)
        self._episode_ids = itertools.count(1)
        self._expansion_ids = itertools.count(1)

    def _add_episode(
        self, job_id: int, place: tuple[int, int], ref: EpisodeRef, *, paused: bool, now: float
    ) -> Episode:
        row = Episode(
            id=next(self._episode_ids),
            job_id=job_id,
            position=max((each.position for each in self._of_job(job_id)), default=0) + 1,
            rank=place[0] * 1_000_000.0 + place[1],
            ref=ref,
            status=Status.PAUSED if paused else Status.QUEUED,
            created_at=now,
        )
        self._episodes[row.id] = row
        return row

    def _move(self, row: Episode, after: Status, now: float, details: Details) -> Moved:
        percentage = row.progress_percentage if details.percentage is None else hundredths(details.percentage) / 100
        size = row.bytes_downloaded if details.bytes_downloaded is None else details.bytes_downloaded
        season = row.ref.season if details.season is None else details.season
        number = row.ref.number if details.number is None else details.number
        moved = replace(
            row,
            ref=replace(row.ref, season=season, number=number),
            status=after,
            completed_at=now if after.ended else None,
            progress_percentage=100.0 if after is Status.COMPLETED else percentage,
            bytes_downloaded=size,
            total_bytes=row.total_bytes if details.total_bytes is None else details.total_bytes,
            path=row.path if details.path is None else details.path,
            existing=row.existing if details.existing is None else details.existing,
            taken=details.taken or row.taken,
            standing=details.standing or row.standing,
            error=details.error,
            hold=details.hold,
            retries=0 if row.status.ended else row.retries if details.retries is None else details.retries,
        )
        self._episodes[row.id] = moved
        if after.ended:
            self._note_end(row.job_id, now)
        return Moved(before=row.status, episode=moved)

    def _chosen(self, selection: Selection) -> list[int]:
        return sorted(self._jobs) if selection.everything else sorted(selection.jobs & self._jobs.keys())

    def _turn(self, row: Episode) -> tuple[float, ...]:
        job = self._jobs[row.job_id]
        return -job.priority, job.position, job.id, -row.priority, row.rank, row.id

    def _selected(self, jobs: Iterable[int], episodes: Iterable[int]) -> list[Episode]:
        chosen = {row.id: row for job_id in jobs for row in self._of_job(job_id)}
        chosen |= {row_id: self._episodes[row_id] for row_id in episodes if row_id in self._episodes}
        return sorted(chosen.values(), key=lambda row: (row.job_id, row.rank, row.id))

    def _move_addresses(self, job: JobRow, after: Status, before: frozenset[Status], now: float) -> list[int]:
        """Return the job's id once for each address that was changed."""
        known = {key: replace(address) for key, address in job.addresses.items()}
        for address in job.addresses.values():
            is_held = address.error is not None and not address.paused
            if address.state != "pending" or (is_held and after is Status.QUEUED):
                if after is Status.QUEUED and Status.CANCELLED in before:
                    address.state, address.paused, address.error, address.ended_at = "pending", False, None, None
                    address.duplicates = 0
            elif after is Status.PAUSED and Status.QUEUED in before:
                address.paused = True
            elif after is Status.QUEUED and Status.PAUSED in before:
                address.paused = False
            elif after is Status.CANCELLED and Status.QUEUED in before:
                address.state, address.ended_at = "cancelled", now
                self._note_end(job.id, now)
        return [job.id for key, address in job.addresses.items() if address != known[key]]

    def _fail(self, address: AddressRow, error: ErrorInfo, ended_at: float | None) -> None:
        address.error = error
        if ended_at is not None:
            address.state, address.ended_at = "failed", ended_at
            self._note_end(address.expansion.job_id, ended_at)

    def _note_end(self, job_id: int, now: float) -> None:
        job = self._jobs[job_id]
        job.last_ended_at = max(job.last_ended_at or now, now)

    def _addresses(self) -> Iterable[AddressRow]:
        found = [address for job in self._jobs.values() for address in job.addresses.values()]
        return sorted(found, key=lambda address: address.expansion.id)

    def _pending(self, expansion_id: int) -> AddressRow | None:
        found = [each for each in self._addresses() if each.expansion.id == expansion_id and each.state == "pending"]
        return found[0] if found else None

    def _of_job(self, job_id: int) -> list[Episode]:
        found = [row for row in self._episodes.values() if row.job_id == job_id]
        return sorted(found, key=lambda row: (row.rank, row.id))

    def _views(self) -> list[Job]:
        return [self._view(job) for job in self._jobs.values()]

    def _in_queue_order(self) -> list[Job]:
        return sorted(self._views(), key=lambda job: (-job.priority, job.position))

    def _view(self, job: JobRow) -> Job:
        rows = self._of_job(job.id)
        addresses = list(job.addresses.values())
        statuses = [row.status for row in rows]
        view = Job(
            id=job.id,
            anime_title=job.title,
            language=job.request.language,
            provider=job.request.provider,
            priority=job.priority,
            position=job.position,
            bandwidth_limit_bytes_per_s=job.limit,
            created_at=job.created_at,
            requested_episodes=job.request.total_episodes,
            counts={status: statuses.count(status) for status in Status if status in statuses},
            progress_sum=sum(hundredths(row.progress_percentage) for row in rows) / 100,
            standing=job.request.standing,
            duplicates=job.duplicates + sum(each.duplicates for each in addresses),
            pending_expansions=sum(each.state == "pending" for each in addresses),
            paused_expansions=sum(each.state == "pending" and each.paused for each in addresses),
            expansion_error=next((each.error for each in addresses if each.state == "failed"), None),
            hold=None if any(map(is_ready, rows)) else _first_hold(rows) or _hold_of(addresses),
            episode_error=next((row.error for row in rows if row.status is Status.FAILED), None),
        )
        return replace(view, completed_at=job.last_ended_at) if view.status.ended else view

    def _release(self, rows: Iterable[Episode]) -> Sequence[Episode]:
        released = tuple(replace(row, hold=None) for row in rows)
        self._episodes.update((row.id, row) for row in released)
        return released


def place_by_age(job: Job) -> tuple[float, ...]:
    return (-job.id,)


def place_in_queue(job: Job) -> tuple[float, ...]:
    return (int(job.status is not Status.DOWNLOADING), -job.priority, job.position, job.id)


def allowed(after: Status, before: frozenset[Status] | None) -> frozenset[Status]:
    return moves_into(after) if before is None else moves_into(after) & before


def is_ready(row: Episode) -> bool:
    return row.status is Status.QUEUED and row.hold is None


def _first_hold(rows: list[Episode]) -> Hold | None:
    return next((row.hold for row in rows if row.hold is not None), None)


def _hold_of(addresses: list[AddressRow]) -> Hold | None:
    waiting = [each.error for each in addresses if each.state == "pending" and not each.paused]
    errors = [error for error in waiting if error is not None]
    if not errors or len(errors) < len(waiting):
        return None
    return Hold(reason=HoldReason(errors[0].code), params=errors[0].params)
