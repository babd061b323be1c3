"""Turns what the engine knows into public views for the hub: changes of status at once, progress calmly."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Phase, Status
from aniworld_dl.queue import views
from aniworld_dl.queue.notices import refusal_notice, standing_notices
from aniworld_dl.queue.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.errors import StorageError
    from aniworld_dl.limits import Limiter
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.events import Hub
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.results import Removed
    from aniworld_dl.queue.store import Details, Store
    from aniworld_dl.schedule import Spell

_PROGRESS_EVERY_S: Final = 0.25
_DISK_EVERY_S: Final = 5.0
_WAITING_JOBS_SHOWN: Final = 200
TOLD_ONE_BY_ONE: Final = 1000
"""A change of more rows than these is told by a new snapshot."""


class Announcer:
    """Knows the running episodes and their jobs, and tells the hub what becomes of them."""

    def __init__(
        self, *, store: Store, hub: Hub, clock: Clock, slots: Limiter, settings: Settings, queue_paused: bool
    ) -> None:
        self.queue_paused = queue_paused
        self.tally = Tally()
        self._notices: list[Mapping[str, Any]] = []
        self.refusals: dict[str, StorageError] = {}
        """Why nothing starts, of folders that cannot be written, by code; `tell_waiting` tells it."""
        self._spell: Spell | None = None
        self._limit_bytes_per_s: int | None = None
        self.figures: dict[str, Callable[[], Any]] = {}
        """Further figures of the whole queue, by name: what returns each as it is now."""
        self.told: list[Callable[[], None]] = []
        """Called after each change of jobs that was told."""
        self._store = store
        self._hub = hub
        self._clock = clock
        self._slots = slots
        self._settings = settings
        self._lives: dict[int, LiveEpisode] = {}
        self._jobs: dict[int, Job] = {}
        self._counts: Mapping[Status, int] = {}
        self._free_bytes: int | None = None
        self._busy = asyncio.Event()

    async def load(self) -> None:
        """Prepare the first snapshot."""
        self._notices = [*await standing_notices(self._store)]
        self._counts = await self._store.counts()
        self._free_bytes = await asyncio.to_thread(_free_bytes, self._settings)
        self._hub.load(
            jobs=await self._waiting(),
            waiting=self._waiting,
            stats=self.stats(),
            settings=views.settings_view(self._settings),
        )

    async def run(self) -> None:
        """Tell the progress of what runs, and the free space, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_progress(), name="announce-progress")
            group.create_task(self._tell_free_space(), name="announce-free-space")

    # ------------------------------------------------------------------------------------------- what is running

    def start(self, live: LiveEpisode) -> None:
        """Count an episode among the running ones."""
        self._lives[live.episode.id] = live
        self._busy.set()

    def end(self, live: LiveEpisode) -> None:
        """Count an episode no more, if it is still this attempt that counts."""
        if self._lives.get(live.episode.id) is live:
            del self._lives[live.episode.id]
            self.tally.fetched_bytes += live.fetched_bytes
            self.tally.wasted_bytes += live.figures().wasted_bytes
        if not self.lives_of(live.episode.job_id):
            self._jobs.pop(live.episode.job_id, None)
        if not self._lives:
            self._busy.clear()

    def finish_recordings(self, episode_id: int | None = None) -> int:
        """Let the recording of an episode, or every one, end with what it has; return how many there were."""
        lives = [live for live in self._lives.values() if episode_id in {None, live.episode.id}]
        recordings = [live for live in lives if live.phase is Phase.RECORDING]
        for live in recordings:
            live.enough.set()
        return len(recordings)

    def details_of(self, episode_id: int) -> Details | None:
        """Return what a move of a running episode should write down."""
        live = self._lives.get(episode_id)
        return None if live is None else live.details()

    def details(self) -> dict[int, Details]:
        """Return the same for all running episodes."""
        return {episode_id: live.details() for episode_id, live in self._lives.items()}

    def live(self, episode_id: int) -> LiveEpisode | None:
        """Return a running episode."""
        return self._lives.get(episode_id)

    @property
    def running(self) -> int:
        """How many episodes run."""
        return len(self._lives)

    def fetched_bytes(self) -> int:
        """Return how many bytes of segments have come since the start, over all episodes."""
        return self.tally.fetched_bytes + sum(live.fetched_bytes for live in self._lives.values())

    def lives_of(self, job_id: int) -> list[LiveEpisode]:
        """Return a job's running episodes."""
        return [live for live in self._lives.values() if live.episode.job_id == job_id]

    # --------------------------------------------------------------------------------------------------- telling

    async def tell(self, job_ids: Iterable[int], episodes: Sequence[Episode] = ()) -> None:
        """Tell the new state of these jobs and of the episodes that were moved; of very many by a new snapshot."""
        job_ids = dict.fromkeys(job_ids)
        if len(job_ids) + len(episodes) > TOLD_ONE_BY_ONE:
            await self._tell_anew(episodes)
            return
        found = await self._store.jobs_by_id(job_ids)
        jobs = {job_id: found.get(job_id) for job_id in job_ids}
        self._counts = await self._store.counts()
        # nothing is awaited from here on: who reads now sees the rows and the running episodes agree
        self._take_over(episodes)
        for job_id, job in jobs.items():
            if job is not None and self.lives_of(job_id):
                self._jobs[job_id] = job
        self._hub.publish(
            jobs={job_id: None if job is None else self.view_job(job) for job_id, job in jobs.items()},
            episodes={episode.id: self.view_episode(episode) for episode in episodes},
            stats=self.stats(),
            urgent=True,
        )
        self._call_back()

    def _call_back(self) -> None:
        for each in self.told:
            each()

    async def _tell_anew(self, episodes: Iterable[Episode]) -> None:
        """Tell what runs now and what waits first: whoever shows more than that has to read it again anyway."""
        waiting = await self._store.waiting_jobs(_WAITING_JOBS_SHOWN)
        running = await self._store.jobs_by_id({live.episode.job_id for live in self._lives.values()})
        self._counts = await self._store.counts()
        self._take_over(episodes)
        self._jobs = {job_id: job for job_id, job in running.items() if self.lives_of(job_id)}
        self._hub.renew(
            jobs=[self.view_job(job) for job in (*self._jobs.values(), *waiting)],
            episodes=[self.view_episode(live.episode) for live in self._lives.values()],
            stats=self.stats(),
        )
        self._call_back()

    def _take_over(self, episodes: Iterable[Episode]) -> None:
        for episode in episodes:
            if live := self._lives.get(episode.id):
                if episode.status is Status.DOWNLOADING:
                    live.episode = episode  # its place or its limit may have changed
                else:
                    self.end(live)

    async def tell_removed(self, removed: Removed) -> None:
        """Tell that jobs and episodes are no more."""
        self._counts = await self._store.counts()
        for episode in removed.episodes:
            if live := self._lives.get(episode.id):
                self.end(live)
        if len(removed.jobs) + len(removed.episodes) > TOLD_ONE_BY_ONE:
            await self._tell_anew(())
            return
        self._hub.publish(
            jobs=dict.fromkeys(removed.jobs),
            episodes=dict.fromkeys(episode.id for episode in removed.episodes),
            stats=self.stats(),
            urgent=True,
        )
        await self.tell(removed.left)

    def tell_settings(self, settings: Settings) -> None:
        """Tell changed settings."""
        self._settings = settings
        self._hub.publish(settings=views.settings_view(settings), stats=self.stats(), urgent=True)

    async def tell_queue_paused(self, queue_paused: bool) -> None:
        """Tell that everything is paused or goes on, which is also why the waiting jobs wait."""
        self.queue_paused = queue_paused
        await self.tell_waiting()

    def tell_spell(self, spell: Spell | None, limit_bytes_per_s: int | None) -> None:
        """Tell which rule of the schedule holds, and by which limit; None for no schedule."""
        if (spell, limit_bytes_per_s) != (self._spell, self._limit_bytes_per_s):
            self._spell, self._limit_bytes_per_s = spell, limit_bytes_per_s
            self._hub.publish(stats=self.stats())

    async def tell_waiting(self) -> None:
        """Tell the waiting jobs anew, since they wait for another reason."""
        jobs = await self._store.waiting_jobs(_WAITING_JOBS_SHOWN)
        self._hub.publish(jobs={job.id: self.view_job(job) for job in jobs}, stats=self.stats(), urgent=True)

    # ----------------------------------------------------------------------------------------------------- views

    def view_job(self, job: Job) -> views.View:
        """Return a job's public view as of now."""
        return views.job_view(job, self.lives_of(job.id), queue_paused=self.queue_paused, closed=self._closed())

    def view_queue_entry(self, job: Job) -> views.View:
        """Return a job's entry in the queue status as of now."""
        return views.queue_status_entry(
            job, self.lives_of(job.id), queue_paused=self.queue_paused, closed=self._closed()
        )

    def view_episode(self, episode: Episode) -> views.View:
        """Return an episode's public view as of now."""
        return views.episode_view(
            episode, self._lives.get(episode.id), queue_paused=self.queue_paused, closed=self._closed()
        )

    def stats(self) -> dict[str, Any]:
        """Return the figures of the whole queue."""
        return {
            "running": len(self._lives),
            "queued": self._counts.get(Status.QUEUED, 0),
            "slots": self._slots.slots,
            "speed_bytes_per_s": round(sum(live.speed_bytes_per_s() for live in self._lives.values())),
            "free_bytes": self._free_bytes,
            "queue_paused": self.queue_paused,
            "notices": [*self._notices, *map(refusal_notice, self.refusals.values())],
            "schedule": views.schedule_view(self._spell, self._limit_bytes_per_s),
            **{name: figure() for name, figure in self.figures.items()},
        }

    # ------------------------------------------------------------------------------------------------------ parts

    def _closed(self) -> views.Reason | None:
        """Return why nothing starts, apart from a pause."""
        for code, error in self.refusals.items():
            return views.Reason(code, params=error.params)
        return views.Reason("outside_schedule", self._spell.until) if self._spell and self._spell.stopped else None

    async def _waiting(self) -> Sequence[views.View]:
        return [self.view_job(job) for job in await self._store.waiting_jobs(_WAITING_JOBS_SHOWN)]

    async def _tell_progress(self) -> None:
        while True:
            await self._busy.wait()
            self._hub.publish(
                jobs={job_id: self.view_job(job) for job_id, job in self._jobs.items()},
                episodes={live.episode.id: self.view_episode(live.episode) for live in self._lives.values()},
                stats=self.stats(),
            )
            await self._clock.sleep(_PROGRESS_EVERY_S)

    async def _tell_free_space(self) -> None:
        while True:
            await self._clock.sleep(_DISK_EVERY_S)
            self._free_bytes = await asyncio.to_thread(_free_bytes, self._settings)
            self._hub.publish(stats=self.stats())


def _free_bytes(settings: Settings) -> int | None:
    try:
        return shutil.disk_usage(settings.download_dir).free
    except OSError:  # unmounted or gone; whoever writes there will say so
        return None
