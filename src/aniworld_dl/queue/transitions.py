"""Every change that subscribers are told of: written, then told, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.model import Selection, Status
from aniworld_dl.queue.duplicates import Added, Asked
from aniworld_dl.queue.intake import Intake
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.results import Changed, Undone
from aniworld_dl.queue.store import UNSET, Details

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, HoldReason, Job, JobRequest
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.archive import Archive
    from aniworld_dl.queue.duplicates import Sieve, Sifted
    from aniworld_dl.queue.results import Moved, Moves, Removed
    from aniworld_dl.queue.store import Expansion, Store, Unset

AnyChange = TypeVar("AnyChange", bound=Changed)


class Transitions:
    """The only way by which jobs and episodes change while the engine runs.

    One transition ends before the next begins, so what subscribers are told has the order of what was written, a
    job's figures never mix two states, and a claimed episode has its place among the running ones before anyone can
    move it elsewhere. Whoever decides calls a method here, looks at what it returns, and only then acts on tasks.
    """

    def __init__(self, *, store: Store, sieve: Sieve, archive: Archive, announcer: Announcer, clock: Clock) -> None:
        self._store = store
        self._sieve = sieve
        self._archive = archive
        self._announcer = announcer
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._intake = Intake(self._add_jobs)

    async def aclose(self) -> None:
        """Wait until requests that were made are stored."""
        await self._intake.aclose()

    async def add_job(self, request: JobRequest, series_indexes: frozenset[int]) -> Added:
        """Store what is new of a request and return its job; when nothing is, that of its first duplicate.

        Requests that come while others are being stored are stored together.
        """
        return await self._intake.take(Asked(request=request, series_indexes=series_indexes))

    async def _add_jobs(self, asked: Sequence[Asked]) -> list[Added | AniworldDlError]:
        """Store the first of some requests, those that have nothing in common, and say what became of each."""
        async with self._one_at_a_time:
            sifted = await self._sieve.sift_together(asked)
            known = [None if each.request.episodes else await self._store.job(each.known[0].job_id) for each in sifted]
            stored = iter(await self._stored([each for each, job in zip(sifted, known, strict=True) if job is None]))
            added = [next(stored) if job is None else Added(job, created=False) for job in known]
            if created := [each.job.id for each in added if isinstance(each, Added) and each.created]:
                await self._announcer.tell(created)
            return [await self._with_duplicates(*each) for each in zip(sifted, added, strict=True)]

    async def _stored(self, sifted: Sequence[Sifted]) -> list[Added | AniworldDlError]:
        """Store requests by one transaction; when one of them cannot be stored, each by its own."""
        now = self._clock.time()
        if len(sifted) > 1:
            with suppress(AniworldDlError):
                return [Added(*each) for each in await self._store.add_jobs([it.addition() for it in sifted], now=now)]
        return [await self._stored_alone(each, now) for each in sifted]

    async def _stored_alone(self, sifted: Sifted, now: float) -> Added | AniworldDlError:
        addition = sifted.addition()
        try:
            job, created = await self._store.add_job(
                addition.request,
                series_indexes=addition.series_indexes,
                duplicates=addition.duplicates,
                keys=addition.keys,
                now=now,
            )
        except AniworldDlError as error:
            return error
        return Added(job, created)

    async def _with_duplicates(self, sifted: Sifted, added: Added | AniworldDlError) -> Added | AniworldDlError:
        if isinstance(added, AniworldDlError):
            return added
        return added._replace(duplicates=sifted.known + await self._sieve.repeats(sifted))

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

    async def move(self, selection: Selection, after: Status, *, before: frozenset[Status]) -> Moves:
        """Move what is selected and whose status allows it; what is known of running ones is written down."""
        async with self._one_at_a_time:
            return await self._move(selection, after, before, self._announcer.details())

    async def cancel(self, selection: Selection, *, before: frozenset[Status]) -> Moves:
        """Move what is selected and may to cancelled, so that it can be undone."""
        async with self._one_at_a_time:
            live = self._announcer.details()
            moves = await self._archive.cancel(selection, before=before, now=self._clock.time(), live=live)
            await self._tell_moves(moves)
            return moves

    async def start_now(self, selection: Selection, *, most: int) -> tuple[Moves, Sequence[LiveEpisode]]:
        """Move what is selected to downloading, whatever it waits for, and return what is to be given tasks."""
        async with self._one_at_a_time:
            moves = await self._store.start_now(selection, now=self._clock.time(), most=most)
            started = [moved.episode for moved in moves.episodes if moved.episode.status is Status.DOWNLOADING]
            lives = [LiveEpisode(episode, self._clock) for episode in started]
            for live in lives:
                self._announcer.start(live)
            await self._announcer.tell(moves.jobs, [moved.episode for moved in moves.episodes])
            return moves, lives

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
            known = details or self._announcer.details_of(episode_id) or Details()
            moves = await self._move(Selection.of(episodes=[episode_id]), after, before, {episode_id: known})
            return moves.episodes[0] if moves.episodes else None

    async def _move(
        self, selection: Selection, after: Status, before: frozenset[Status] | None, live: Mapping[int, Details]
    ) -> Moves:
        moves = await self._store.move(selection, after, before=before, now=self._clock.time(), live=live)
        await self._tell_moves(moves)
        return moves

    async def _tell_moves(self, moves: Moves) -> None:
        if moves.jobs:
            await self._announcer.tell(moves.jobs, [moved.episode for moved in moves.episodes])

    async def end_holds(self) -> None:
        """Let those queued episodes start again whose hold has ended by now."""
        async with self._one_at_a_time:
            await self._tell(await self._store.end_holds(now=self._clock.time()))

    async def end_holds_of(self, reason: HoldReason, episode_ids: Iterable[int]) -> Sequence[Episode]:
        """Let these queued episodes start again, if it is for this reason that they are held; return those."""
        async with self._one_at_a_time:
            freed = await self._store.end_holds_of(reason, episode_ids)
            await self._tell(freed)
            return freed

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

    async def fail_expansion(self, expansion: Expansion, error: ErrorInfo, *, held: bool) -> None:
        """Record why an address could not be expanded; one that is `held` waits until somebody retries it."""
        async with self._one_at_a_time:
            await self._store.fail_expansion(expansion.id, error, now=self._clock.time(), held=held)
            await self._announcer.tell([expansion.job_id])

    async def remove(self, selection: Selection, folder: Path | None) -> Removed:
        """Forget what is selected, so that it can be undone; the tasks of what runs are still to be stopped.

        With a download folder the finished files are to be moved out of it.
        """
        async with self._one_at_a_time:
            return await self._remove(selection, Undone.REMOVE, folder)

    async def clear(self, statuses: Iterable[Status], folder: Path | None) -> Removed:
        """Do the same for all jobs of these statuses."""
        async with self._one_at_a_time:
            return await self._remove(
                Selection(jobs=await self._store.jobs_of_statuses(statuses)), Undone.CLEAR, folder
            )

    async def _remove(self, selection: Selection, action: Undone, folder: Path | None) -> Removed:
        live = self._announcer.details()
        removed = await self._archive.remove(selection, action, folder, now=self._clock.time(), live=live)
        await self._announcer.tell_removed(removed)
        return removed

    async def tell_settings(self, settings: Settings) -> None:
        """Tell of changed settings once what was begun by the ones before is written: a claimed episode runs then."""
        async with self._one_at_a_time:
            self._announcer.tell_settings(settings)

    async def carry_out(self, change: Callable[[], Awaitable[AnyChange]]) -> AnyChange:
        """Carry out a change that another part of the queue writes, and tell what it has touched, if anything."""
        async with self._one_at_a_time:
            changed = await change()
            if changed.jobs or changed.episodes:
                await self._announcer.tell(changed.jobs, changed.episodes)
            return changed

    async def _tell(self, episodes: Sequence[Episode]) -> None:
        await self._announcer.tell([episode.job_id for episode in episodes], episodes)
