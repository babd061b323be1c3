"""The running product without any face: what it can be told and asked, and the tasks that keep it running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.config import changed_settings
from aniworld_dl.engine.tasks import Tasks
from aniworld_dl.errors import MoveRefusedError
from aniworld_dl.logs import get_logger
from aniworld_dl.model import Selection, Status
from aniworld_dl.queue import views
from aniworld_dl.queue.closures import Closure
from aniworld_dl.queue.store import UNSET
from aniworld_dl.queue.versions import check_wishes, wish_of

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.engine.parts import Parts
    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.model import Action, Job, JobRequest
    from aniworld_dl.queue.duplicates import Added
    from aniworld_dl.queue.store import Unset

META_SETTINGS: Final = "settings"
"""Under this key the store keeps what was changed while the service ran."""
META_QUEUE_PAUSED: Final = "queue_paused"
_LOOKED_AT_ONCE: Final = 200
"""More addresses than these are looked at beside the event loop."""

_log = get_logger(__name__)


class Engine:
    """What the REST service, the command line and the Python API share.

    Made by `open_engine`. Everything it returns as a dict has the public shape of `docs/api.md`.
    """

    def __init__(self, settings: Settings, parts: Parts, *, queue_paused: bool) -> None:
        self.settings = settings
        self.hub = parts.hub
        self.store = parts.store
        self.history = parts.history
        self.exchange = parts.exchange
        self.actions = parts.actions
        self.throughput = parts.throughput
        self.segments = parts.segments
        self.planner = parts.planner
        self.overview = parts.overview
        self.watching = parts.watching
        self.versions = parts.versions
        self.subscriptions = parts.subscriptions
        self.access, self.trail = parts.access, parts.trail
        self.notices, self.posters, self.telemetry = parts.courier, parts.posters, parts.telemetry
        self.queue_paused = queue_paused
        self._parts = parts
        self._core = parts.core
        self._tasks = Tasks(parts.workers(), parts.store)

    @property
    def healthy(self) -> bool:
        """Whether all of the engine's own tasks are at work."""
        return self._tasks.healthy

    @property
    def death(self) -> AniworldDlError:
        """Why it is not, when one of them has failed and nothing downloads any more."""
        return self._tasks.death

    @property
    def hindrance(self) -> AniworldDlError | None:
        """Why no download can run, also where that passes: a folder that cannot be written."""
        return next(iter(self._core.announcer.refusals.values()), None) if self.healthy else self.death

    async def died(self) -> None:
        """Wait until one of them has failed."""
        await self._tasks.died.wait()

    async def start(self) -> None:
        """Recover what an earlier end interrupted and start the engine's tasks; no episode starts yet."""
        interrupted = await self.store.requeue_interrupted(now=self._parts.clock.time())
        if interrupted:
            _log.info("recovered", episodes=len(interrupted))
        await self.access.load()
        await self._core.announcer.load()
        await self.subscriptions.load()
        await self.posters.load()
        await self.notices.open()
        if self.queue_paused:
            await self._parts.closures.close(Closure.QUEUE_PAUSED)
        await self._parts.schedule.apply()
        self._tasks.start()

    async def aclose(self) -> None:
        """Stop everything. Nothing is written: the next start recovers, as it does after a crash."""
        await self._core.control.aclose()
        await self._core.transitions.aclose()
        await self._tasks.aclose()
        await self.trail.aclose()
        await self.notices.aclose()

    async def start_processing(self) -> None:
        """Start episodes as slots are free."""
        self._parts.closures.open(Closure.NOT_PROCESSING)

    async def stop_processing(self) -> None:
        """Start no more episodes and put those that run back into the queue."""
        await self._parts.closures.close(Closure.NOT_PROCESSING)

    async def set_queue_paused(self, paused: bool) -> None:
        """Pause or resume everything; kept over restarts."""
        await self.store.set_meta(META_QUEUE_PAUSED, paused)
        self.queue_paused = paused
        if paused:
            await self._parts.closures.close(Closure.QUEUE_PAUSED)
        else:
            self._parts.closures.open(Closure.QUEUE_PAUSED)
        await self._core.announcer.tell_queue_paused(paused)

    # ------------------------------------------------------------------------------------------------------- jobs

    async def add_job(self, request: JobRequest) -> Added:
        """Queue what is not queued yet of a request and return its job.

        The job is an older one if the idempotency key was known, or if all of it is queued already: that of the first.
        Nothing is asked of the network: a series address is expanded afterwards, by the job itself.

        Raises:
            RequestInvalidError: what it wishes for is no chain of names.
            UrlInvalidError: an address is none.
            NoProviderError: no provider knows one of the addresses.
        """
        check_wishes(request)
        wanted = wish_of(self.settings, request.language, request.provider).provider
        urls = [ref.url for ref in request.episodes]
        look = self._parts.registry.series_among
        few = len(urls) <= _LOOKED_AT_ONCE
        series = look(urls, wanted) if few else await asyncio.to_thread(look, urls, wanted)
        added = await self._core.transitions.add_job(request, series)
        if added.created:
            self._parts.expander.wake()
            self._core.supervisor.wake()
        return added

    def view_job(self, job: Job) -> dict[str, Any]:
        """Return a job that was read just now, with nothing awaited since."""
        return self._core.announcer.view_job(job)

    async def job(self, job_id: int) -> dict[str, Any]:
        """Return a job as it is now.

        Raises:
            NotFoundError: there is none of this id.
        """
        return self._core.announcer.view_job(await self._core.control.job(job_id))

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None,
        q: str | None,
        limit: int,
        cursor: str | None,
        in_queue: bool = False,
    ) -> dict[str, Any]:
        """Return a page of jobs, newest first; with `in_queue` what has not ended, in the order of the queue.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave for that order.
        """
        page = await self.store.jobs(statuses=statuses, q=q, limit=limit, cursor=cursor, in_queue=in_queue)
        return views.page_view(page, self._core.announcer.view_job)

    async def job_counts(self, q: str | None) -> dict[str, int]:
        """Return how many jobs have each status, of those whose title contains `q`."""
        pages = {status: await self.store.jobs(statuses=frozenset({status}), q=q, limit=1) for status in Status}
        return {status.value: page.total for status, page in pages.items()}

    async def act_on_job(self, job_id: int, action: Action) -> dict[str, Any]:
        """Pause, resume, cancel, retry, repair or start a job.

        Raises:
            NotFoundError: there is none of this id.
            MoveRefusedError: its status does not allow it.
        """
        job = await self._core.control.act_on_job(job_id, action)
        self._parts.expander.wake()
        return self._core.announcer.view_job(job)

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> dict[str, Any]:
        """Change what is given; a limit acts at once on what runs.

        Raises:
            NotFoundError: there is none of this id.
        """
        job = await self._core.transitions.update_job(
            job_id,
            priority=priority,
            bandwidth_limit_bytes_per_s=bandwidth_limit_bytes_per_s,
            anime_title=anime_title,
        )
        if job is not None:
            self._parts.throttles.limit_job(job)
        return await self.job(job_id)

    async def delete_job(self, job_id: int, *, files: bool = False) -> int:
        """Stop and forget a job and return the id by which that is undone; finished files stay unless they go too.

        Raises:
            NotFoundError: there is none of this id.
        """
        return await self.actions.remove_one(Selection.of(jobs=[job_id]), files=files)

    # --------------------------------------------------------------------------------------------------- episodes

    async def episode(self, episode_id: int) -> dict[str, Any]:
        """Return an episode as it is now.

        Raises:
            NotFoundError: there is none of this id.
        """
        return self._core.announcer.view_episode(await self._core.control.episode(episode_id))

    async def episodes(self, job_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of a job's episodes, in their order.

        Raises:
            NotFoundError: there is no job of this id.
            RequestInvalidError: the cursor is not one that this method gave.
        """
        await self._core.control.job(job_id)
        page = await self.store.episodes(job_id, limit=limit, cursor=cursor)
        return views.page_view(page, self._core.announcer.view_episode)

    async def act_on_episode(self, episode_id: int, action: Action) -> dict[str, Any]:
        """Pause, resume, cancel, retry, repair or start an episode.

        Raises:
            NotFoundError: there is none of this id.
            MoveRefusedError: its status does not allow it.
        """
        return self._core.announcer.view_episode(await self._core.control.act_on_episode(episode_id, action))

    async def finish_episode(self, episode_id: int) -> dict[str, Any]:
        """Let the recording of a live episode end with what it has by now.

        Raises:
            NotFoundError: there is none of this id.
            MoveRefusedError: it is not being recorded.
        """
        episode = await self._core.control.episode(episode_id)
        if not self._core.announcer.finish_recordings(episode_id):
            raise MoveRefusedError(what="episode", id=episode_id, action="finish", status=episode.status.value)
        return self._core.announcer.view_episode(episode)

    def finish_recordings(self) -> int:
        """Let every recording end with what it has by now; return how many there were."""
        return self._core.announcer.finish_recordings()

    async def queue_status(self, limit: int = 200) -> dict[str, Any]:
        """Return `{"active": [...], "completed": [...]}`: what has not ended, running first, and the newest ended."""
        view = self._core.announcer.view_queue_entry
        # asked together: under load each wait for the database's thread takes longer than the query itself
        active, ended = await asyncio.gather(self.store.active_jobs(limit), self.store.ended_jobs(limit))
        return {"active": [view(job) for job in active], "completed": [view(job) for job in ended]}

    def stats(self) -> dict[str, Any]:
        """Return the figures of the whole queue."""
        return self._core.announcer.stats()

    def provider_names(self) -> list[str]:
        """Return the names of the installed providers."""
        return self._parts.registry.names()

    async def change_settings(self, changes: dict[str, Any]) -> Settings:
        """Change settings with effect at once, kept over restarts; nothing that runs is stopped.

        Raises:
            ConfigError: a name cannot be changed while it runs, or a value is bad. Nothing is changed then.
        """
        settings = changed_settings(self.settings, changes)
        kept = {**(await self.store.get_meta(META_SETTINGS) or {}), **{n: getattr(settings, n) for n in changes}}
        await self.store.set_meta(META_SETTINGS, kept)
        self.settings = settings
        _log.info("settings_changed", names=", ".join(changes))
        self._parts.tuner.apply(settings.max_concurrent_downloads)
        self._parts.http.hosts.resize(settings.connections_per_host)
        await self._parts.schedule.changed()
        await self._core.transitions.tell_settings(settings)
        self.history.changed()
        return settings
