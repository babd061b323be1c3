"""A store that keeps everything in dicts. It passes the same suite as the real one."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aniworld_dl.model import EVERYTHING, Episode, EpisodeRef, ErrorInfo, HoldReason, Job, Selection, Status
from aniworld_dl.queue.results import Moved, Moves, Removed
from aniworld_dl.queue.rows import cursor_of, place_of_cursor, title_key
from aniworld_dl.queue.store import LONGEST_HOLD_S, UNSET, Details, Expansion, Page, Unset
from tests.fakes.store_rows import AddressRow, JobRow, Rows, allowed, is_ready, place_by_age, place_in_queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aniworld_dl.model import JobRequest
    from aniworld_dl.queue.additions import Addition
    from aniworld_dl.queue.keys import Keys


class MemoryStore(Rows):
    """Implements `Store`. `die` makes it fail as a database does whose disk is gone."""

    def __init__(self) -> None:
        super().__init__()
        self._meta: dict[str, str] = {}
        self._failure: BaseException | None = None
        self._died = asyncio.Event()

    def die(self, error: BaseException) -> None:
        self._failure = error
        self._died.set()

    async def failed(self) -> BaseException:
        await self._died.wait()
        assert self._failure is not None
        return self._failure

    async def aclose(self) -> None: ...

    # ------------------------------------------------------------------------------------------------------- jobs

    async def add_jobs(self, requests: Sequence[Addition], *, now: float) -> Sequence[tuple[Job, bool]]:
        return [
            await self.add_job(each.request, series_indexes=each.series_indexes, duplicates=each.duplicates, now=now)
            for each in requests
        ]

    async def add_job(
        self,
        request: JobRequest,
        *,
        series_indexes: frozenset[int] = frozenset(),
        duplicates: int = 0,
        keys: Sequence[Keys] | None = None,
        now: float,
    ) -> tuple[Job, bool]:
        for known in self._jobs.values():
            if request.idempotency_key is not None and known.request.idempotency_key == request.idempotency_key:
                return self._view(known), False
        job = JobRow(
            position=max((each.position for each in self._jobs.values()), default=0) + 1,
            id=next(self._job_ids),
            request=request,
            priority=request.priority,
            limit=request.bandwidth_limit_bytes_per_s,
            title=request.anime_title,
            duplicates=duplicates,
            created_at=now,
        )
        self._jobs[job.id] = job
        for index, ref in enumerate(request.episodes):
            if index in series_indexes:
                expansion = Expansion(id=next(self._expansion_ids), job_id=job.id, request_index=index, ref=ref)
                job.addresses[expansion.id] = AddressRow(expansion=expansion, paused=request.paused)
            else:
                self._add_episode(job.id, (index, 0), ref, paused=request.paused, now=now)
        return self._view(job), True

    async def job(self, job_id: int) -> Job | None:
        return self._view(self._jobs[job_id]) if job_id in self._jobs else None

    async def jobs_by_id(self, job_ids: Iterable[int]) -> Mapping[int, Job]:
        return {job_id: self._view(self._jobs[job_id]) for job_id in job_ids if job_id in self._jobs}

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None = None,
        q: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        in_queue: bool = False,
    ) -> Page[Job]:
        place = place_in_queue if in_queue else place_by_age
        sign = 1 if in_queue else -1  # by age a cursor holds the job's id itself
        after = () if cursor is None else tuple(sign * part for part in place_of_cursor(cursor, 4 if in_queue else 1))
        found = [
            job
            for job in sorted(self._views(), key=place)
            if (statuses is None or job.status in statuses) and title_key(q or "") in title_key(job.anime_title)
            if not (in_queue and job.status.ended)
        ]
        rest = [job for job in found if place(job) > after]
        more = cursor_of(*(sign * part for part in place(rest[limit - 1]))) if len(rest) > limit else None
        return Page(items=tuple(rest[:limit]), next_cursor=more, total=len(found))

    async def active_jobs(self, limit: int) -> Sequence[Job]:
        active = [job for job in self._in_queue_order() if not job.status.ended]
        return tuple(sorted(active, key=lambda job: job.status is not Status.DOWNLOADING)[:limit])

    async def waiting_jobs(self, limit: int) -> Sequence[Job]:
        waiting = (Status.QUEUED, Status.PAUSED)
        return tuple([job for job in self._in_queue_order() if job.status in waiting][:limit])

    async def ended_jobs(self, limit: int) -> Sequence[Job]:
        ended = [job for job in self._views() if job.status.ended]
        return tuple(sorted(ended, key=lambda job: (-(job.completed_at or 0), -job.id))[:limit])

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> Job | None:
        job = self._jobs.get(job_id)
        if job is None:
            return None
        if priority is not None:
            job.priority = priority
        if anime_title is not None:
            job.title = anime_title
        if bandwidth_limit_bytes_per_s is not UNSET:
            job.limit = bandwidth_limit_bytes_per_s
        return self._view(job)

    async def jobs_of_statuses(self, statuses: Iterable[Status]) -> frozenset[int]:
        wanted = frozenset(statuses)
        return frozenset(job.id for job in self._views() if job.status in wanted)

    async def remove(self, selection: Selection) -> Removed:
        jobs = self._chosen(selection)
        episodes = self._selected(jobs, selection.episodes)
        owners = {row.job_id: self._view(self._jobs[row.job_id]) for row in episodes}
        for row in episodes:
            del self._episodes[row.id]
        empty = [job_id for job_id in owners if not self._of_job(job_id) and not self._jobs[job_id].addresses]
        gone = frozenset(jobs).union(empty)
        for job_id in gone:
            del self._jobs[job_id]
        return Removed(jobs=gone, episodes=tuple(episodes), owners=owners)

    async def counts(self) -> Mapping[Status, int]:
        statuses = [row.status for row in self._episodes.values()]
        return {status: statuses.count(status) for status in Status}

    # --------------------------------------------------------------------------------------------------- episodes

    async def episode(self, episode_id: int) -> Episode | None:
        return self._episodes.get(episode_id)

    async def episodes_by_id(self, episode_ids: Iterable[int]) -> Mapping[int, Episode]:
        return {episode_id: self._episodes[episode_id] for episode_id in episode_ids if episode_id in self._episodes}

    async def episodes(self, job_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[Episode]:
        after = place_of_cursor(cursor, 2) if cursor is not None else (-1.0, -1)
        found = self._of_job(job_id)
        rest = [row for row in found if (row.rank, row.id) > after]
        more = cursor_of(rest[limit - 1].rank, rest[limit - 1].id) if len(rest) > limit else None
        return Page(items=tuple(rest[:limit]), next_cursor=more, total=len(found))

    async def running_episodes(self) -> Sequence[Episode]:
        running = [row for row in self._episodes.values() if row.status is Status.DOWNLOADING]
        return tuple(sorted(running, key=lambda row: (row.started_at or 0, row.id)))

    async def claim(self, *, now: float, fair: bool = True) -> Episode | None:
        candidates = [job for job in self._in_queue_order() if any(map(is_ready, self._of_job(job.id)))]
        if fair:
            candidates.sort(key=lambda job: (-job.priority, job.counts.get(Status.DOWNLOADING, 0)))
        for job in candidates:
            rows = sorted(self._of_job(job.id), key=lambda row: (-row.priority, row.rank, row.id))
            return await self.start(next(filter(is_ready, rows)).id, now=now)
        return None

    async def start(self, episode_id: int, *, now: float) -> Episode | None:
        row = self._episodes.get(episode_id)
        if row is None or row.status is not Status.QUEUED:
            return None
        started = replace(
            row,
            status=Status.DOWNLOADING,
            attempt=row.attempt + 1,
            started_at=now,
            completed_at=None,
            error=None,
            hold=None,
        )
        self._episodes[row.id] = started
        return started

    async def held(self, reason: HoldReason, limit: int) -> Sequence[Episode]:
        found = [row for row in self._episodes.values() if row.hold is not None and row.hold.reason is reason]
        found.sort(key=lambda row: (row.hold.until or 0.0 if row.hold else 0.0, row.id))
        return tuple(found[:limit])

    async def next_hold_end(self) -> float | None:
        ends = [row.hold.until for row in self._episodes.values() if row.hold and row.hold.until is not None]
        return min(ends, default=None)

    async def end_holds(self, *, now: float) -> Sequence[Episode]:
        held = [row for row in self._episodes.values() if row.hold and row.hold.until is not None]
        latest = now + LONGEST_HOLD_S
        return self._release(row for row in held if row.hold and not now < (row.hold.until or 0) <= latest)

    async def end_holds_of(self, reason: HoldReason, episode_ids: Iterable[int]) -> Sequence[Episode]:
        wanted = frozenset(episode_ids)
        held = [row for row in self._episodes.values() if row.hold and row.hold.reason is reason]
        new = reason is HoldReason.RETRY_BACKOFF
        return self._release(replace(row, retries=0 if new else row.retries) for row in held if row.id in wanted)

    async def move(
        self,
        selection: Selection,
        after: Status,
        *,
        now: float,
        before: frozenset[Status] | None = None,
        live: Mapping[int, Details] | None = None,
    ) -> Moves:
        jobs = self._chosen(selection)
        moved = tuple(
            self._move(row, after, now, (live or {}).get(row.id, Details()))
            for row in self._selected(jobs, selection.episodes)
            if row.status in allowed(after, before)
        )
        addresses = [self._move_addresses(self._jobs[job_id], after, allowed(after, before), now) for job_id in jobs]
        return Moves(episodes=moved, addresses=tuple(itertools.chain.from_iterable(addresses)))

    async def start_now(self, selection: Selection, *, now: float, most: int) -> Moves:
        woken = frozenset({Status.PAUSED, Status.FAILED, Status.CANCELLED})
        queued = await self.move(selection, Status.QUEUED, now=now, before=woken)
        before = {moved.episode.id: moved.before for moved in queued.episodes}
        chosen = self._selected(self._chosen(selection), selection.episodes)
        waiting = [row for row in chosen if row.status is Status.QUEUED]
        first = {row.id for row in sorted(waiting, key=self._turn)[:most]}
        started = []
        for row in waiting:
            if row.id in first and (running := await self.start(row.id, now=now)):
                self._episodes[row.id] = replace(running, retries=0)
                started.append(Moved(before=before.get(row.id, Status.QUEUED), episode=self._episodes[row.id]))
        rest = [moved for moved in queued.episodes if moved.episode.id not in first]
        return Moves(episodes=(*started, *rest), addresses=queued.addresses)

    async def requeue_interrupted(self, *, now: float) -> Sequence[Episode]:
        moves = await self.move(EVERYTHING, Status.QUEUED, now=now, before=frozenset({Status.DOWNLOADING}))
        return tuple(sorted((moved.episode for moved in moves.episodes), key=lambda row: row.id))

    # ------------------------------------------------------------------------------------------------- expansions

    async def pending_expansions(self, job_id: int | None = None) -> Sequence[Expansion]:
        pending = [row.expansion for row in self._addresses() if row.state == "pending" and row.error is None]
        return tuple(each for each in pending if job_id is None or each.job_id == job_id)

    async def expand(
        self, expansion_id: int, refs: Sequence[EpisodeRef], *, duplicates: int = 0, now: float
    ) -> Sequence[Episode]:
        address = self._pending(expansion_id)
        if address is None:
            return ()
        job_id, index = address.expansion.job_id, address.expansion.request_index
        if duplicates and not refs:
            address.state, address.ended_at, address.duplicates = "cancelled", now, duplicates
            self._note_end(job_id, now)
            return ()
        self._jobs[job_id].duplicates += duplicates
        del self._jobs[job_id].addresses[expansion_id]
        return tuple(
            self._add_episode(job_id, (index, ordinal), ref, paused=address.paused, now=now)
            for ordinal, ref in enumerate(refs)
        )

    async def fail_expansion(self, expansion_id: int, error: ErrorInfo, *, now: float, held: bool = False) -> bool:
        address = self._pending(expansion_id)
        if address is not None:
            self._fail(address, error, None if held else now)
        return address is not None

    # ------------------------------------------------------------------------------------------------------- meta

    async def get_meta(self, key: str) -> Any:
        return json.loads(self._meta[key]) if key in self._meta else None

    async def set_meta(self, key: str, value: Any) -> None:
        self._meta[key] = json.dumps(value)
