"""Every change that subscribers are told of: written, then told, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aniworld_dl.queue.duplicates import Added
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.store import UNSET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, HoldReason, Job, JobRequest, Status
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.duplicates import Sieve
    from aniworld_dl.queue.store import Details, Expansion, Moved, Store, Unset


class Transitions:
    """The only way by which jobs and episodes change while the engine runs.

    One transition ends before the next begins, so what subscribers are told has the order of what was written, a
    job's figures never mix two states, and a claimed episode has its place among the running ones before anyone can
    move it elsewhere. Whoever decides calls a method here, looks at what it returns, and only then acts on tasks.
    """

    def __init__(self, *, store: Store, sieve: Sieve, announcer: Announcer, clock: Clock) -> None:
        self._store = store
        self._sieve = sieve
        self._announcer = announcer
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def add_job(self, request: JobRequest, series_indexes: frozenset[int]) -> Added:
        """Store what is new of a request and return its job; when nothing is, that of its first duplicate."""
        async with self._one_at_a_time:
            sifted = await self._sieve.sift(request, series_indexes)
            if not sifted.request.episodes and (known := await self._store.job(sifted.known[0].job_id)):
                return Added(job=known, created=False, duplicates=sifted.known)
            job, created = await self._store.add_job(
                sifted.request,
                series_indexes=sifted.series_indexes,
                duplicates=len(sifted.known) + len(sifted.repeated),
                now=self._clock.time(),
            )
            if created:
                await self._announcer.tell([job.id])
            repeats = await self._sieve.repeats(sifted)
            return Added(job=job, created=created, duplicates=sifted.known + repeats)

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> Job | None:
        """Change what is given of a job and return it, None when there is none."""
        async with self._one_at_a_time:
            job = await self._store.update_job(
                job_id,
                priority=priority,
                bandwidth_limit_bytes_per_s=bandwidth_limit_bytes_per_s,
                anime_title=anime_title,
            )
            await self._announcer.tell([job_id])
            return job

    async def claim(self, *, fair: bool) -> LiveEpisode | None:
        """Take the next queued episode as a running one; None when none is queued and not held."""
        async with self._one_at_a_time:
            episode = await self._store.claim(now=self._clock.time(), fair=fair)
            if episode is None:
                return None
            live = LiveEpisode(episode, self._clock)
            self._announcer.start(live)
            await self._announcer.tell([episode.job_id], [episode])
            return live

    async def move_episode(
        self,
        episode_id: int,
        after: Status,
        *,
        before: frozenset[Status] | None = None,
        details: Details | None = None,
    ) -> Moved | None:
        """Move one episode if its status allows it; `details` default to what is known while it runs."""
        async with self._one_at_a_time:
            moved = await self._store.move_episode(
                episode_id,
                after,
                before=before,
                now=self._clock.time(),
                details=details or self._announcer.details_of(episode_id),
            )
            if moved is not None:
                await self._announcer.tell([moved.episode.job_id], [moved.episode])
            return moved

    async def move_job(self, job_id: int, after: Status, *, before: frozenset[Status]) -> Sequence[Moved]:
        """Move those of a job's episodes whose status allows it; its waiting addresses follow."""
        async with self._one_at_a_time:
            moves = await self._store.move_job(
                job_id, after, before=before, now=self._clock.time(), live=self._announcer.details()
            )
            await self._announcer.tell([job_id], [moved.episode for moved in moves])
            return moves

    async def move_all(self, after: Status, *, before: frozenset[Status]) -> Sequence[Moved]:
        """Move every episode whose status allows it."""
        async with self._one_at_a_time:
            moves = await self._store.move_all(
                after, before=before, now=self._clock.time(), live=self._announcer.details()
            )
            await self._announcer.tell([moved.episode.job_id for moved in moves], [moved.episode for moved in moves])
            return moves

    async def end_holds(self) -> None:
        """Let those queued episodes start again whose hold has ended by now."""
        async with self._one_at_a_time:
            await self._tell(await self._store.end_holds(now=self._clock.time()))

    async def end_holds_of(self, reason: HoldReason, episode_ids: Iterable[int]) -> None:
        """Let these queued episodes start again, if it is for this reason that they are held."""
        async with self._one_at_a_time:
            await self._tell(await self._store.end_holds_of(reason, episode_ids))

    async def retry_expansions(self, job_id: int) -> int:
        """Let a job's failed and cancelled addresses wait again; return how many."""
        async with self._one_at_a_time:
            count = await self._store.retry_expansions(job_id)
            await self._announcer.tell([job_id])
            return count

    async def expand(self, expansion: Expansion, refs: Sequence[EpisodeRef]) -> None:
        """Put those of the listed episodes that are not queued yet in the place of their address."""
        async with self._one_at_a_time:
            job = await self._store.job(expansion.job_id)
            if job is None:
                return
            fresh = await self._sieve.sift_listed(job, refs)
            duplicates = len(refs) - len(fresh)
            await self._store.expand(expansion.id, fresh, duplicates=duplicates, now=self._clock.time())
            await self._announcer.tell([expansion.job_id])

    async def fail_expansion(self, expansion: Expansion, error: ErrorInfo) -> None:
        """Record why an address could not be expanded."""
        async with self._one_at_a_time:
            await self._store.fail_expansion(expansion.id, error, now=self._clock.time())
            await self._announcer.tell([expansion.job_id])

    async def delete_job(self, job_id: int, episode_ids: Sequence[int]) -> None:
        """Forget a job, of which nothing runs any more."""
        async with self._one_at_a_time:
            await self._store.delete_job(job_id)
            self._announcer.tell_removed(job_id, episode_ids)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Announcer]:
        """Hold back every other transition for the length of the block, which writes and then tells."""
        async with self._one_at_a_time:
            yield self._announcer

    async def _tell(self, episodes: Sequence[Episode]) -> None:
        await self._announcer.tell([episode.job_id for episode in episodes], episodes)
