"""Decides which episodes run: takes a slot, claims the next episode, gives it a task, and stops tasks when told to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.logs import get_logger, log_about
from aniworld_dl.model import Status
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.retries import Failure, verdict_on
from aniworld_dl.queue.segments import record_of
from aniworld_dl.queue.versions import standing_wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Limiter
    from aniworld_dl.model import Job, Standing
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.shelving import Finished
    from aniworld_dl.queue.store import Details, Store
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.tools import Runner
    from aniworld_dl.queue.transitions import Transitions

_log = get_logger(__name__)


class Supervisor:
    """Keeps as many episodes running as there are slots, without polling.

    The order is fixed: a slot first, then the claim, then the task; so no row says it runs while it waits. The slot
    is given back when the task is done, whatever ended it. A change of status is written before a task is stopped,
    and a task that is stopped only cleans up. `held` is called when an episode that failed was queued again, held back.
    """

    def __init__(  # noqa: PLR0913 - the parts that it brings together
        self,
        *,
        store: Store,
        transitions: Transitions,
        announcer: Announcer,
        runner: Runner,
        slots: Limiter,
        throttles: Throttles,
        settings: Callable[[], Settings],
        clock: Clock,
        held: Callable[[], None],
    ) -> None:
        self._store = store
        self._transitions = transitions
        self._announcer = announcer
        self._runner = runner
        self._slots = slots
        self._throttles = throttles
        self._settings = settings
        self._clock = clock
        self._held = held
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._open = False
        self._group: asyncio.TaskGroup | None = None

    def set_open(self, is_open: bool) -> None:
        """Start episodes from now on, or start no more; what runs is not touched."""
        self._open = is_open
        self._wake.set()

    def wake(self) -> None:
        """Look for work: an episode was queued."""
        self._wake.set()

    async def run(self) -> None:
        """Start episodes until cancelled; then every task is cancelled and awaited, and nothing is written."""
        async with asyncio.TaskGroup() as self._group:
            while True:
                await self._slots.acquire()
                live = None
                try:
                    if self._slots.held > self._slots.slots:
                        continue  # lowered since it was given, or one was seized
                    self._wake.clear()
                    live = await persist(self._next, self._clock)
                finally:
                    if live is None:
                        self._slots.release()
                if live is None:
                    await self._wake.wait()
                else:
                    self._start(live)

    async def _next(self) -> LiveEpisode | None:
        if not self._open:
            return None
        return await self._transitions.claim(fair=self._settings().queue_order == "fair")

    async def stop(self, episode_ids: Iterable[int]) -> None:
        """Cancel the tasks of these episodes, whose new status is already written, and wait for their ends.

        A task that cleans up after an earlier stop is waited for as well, and not disturbed.
        """
        tasks = [self._tasks[episode_id] for episode_id in episode_ids if episode_id in self._tasks]
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def start_now(self, lives: Iterable[LiveEpisode]) -> None:
        """Give tasks to episodes that a user has let start, beyond the number of slots; what is closed stays so."""
        for live in lives:
            self._slots.seize()
            self._start(live)

    def _start(self, live: LiveEpisode) -> None:
        assert self._group is not None  # `run` comes first
        previous = self._tasks.get(live.episode.id)
        task = self._group.create_task(self._run_one(live, previous), name=f"episode-{live.episode.id}")
        self._tasks[live.episode.id] = task
        task.add_done_callback(lambda done: self._ended(live, done))

    def _ended(self, live: LiveEpisode, task: asyncio.Task[None]) -> None:
        # A callback rather than a `finally`: a task cancelled before its first step never enters its `try`.
        self._slots.release()
        if self._tasks.get(live.episode.id) is task:
            del self._tasks[live.episode.id]
        self._announcer.end(live)

    async def _run_one(self, live: LiveEpisode, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await _end_of(previous)  # never two writers in one work folder
        job = await persist(lambda: self._store.job(live.episode.job_id), self._clock)
        if job is None:
            return  # deleted a moment ago: whoever did so is about to stop this task
        with log_about(job_id=job.id, episode_id=live.episode.id):
            await self._attempt(live, job)

    async def _attempt(self, live: LiveEpisode, job: Job) -> None:
        _log.info("episode_started", attempt=live.episode.attempt)
        with self._throttles.of(job, live.episode) as throttle:
            result = await contain(self._runner.run(live, job, throttle))
        if isinstance(result, AniworldDlError):
            status, details = self._after(live, result)
        else:
            status = Status.COMPLETED
            segments = await record_of(live)
            details = replace(
                live.details(),
                path=result.path,
                existing=result.existing,
                segments=segments,
                taken=result.taken,
                standing=self._standing(job, result),
                season=None if result.ref is None else result.ref.season,
                number=None if result.ref is None else result.ref.number,
            )
        code = result.code if isinstance(result, AniworldDlError) else None
        self._announcer.tally.attempts[status, code or ""] += 1
        _log.info("episode_ended", status=status.value, code=code)
        await persist(lambda: self._transitions.move_episode(live.episode.id, status, details=details), self._clock)
        if details.hold is not None or details.standing is not None:
            self._held()

    def _standing(self, job: Job, result: Finished) -> Standing | None:
        now, chance = self._clock.time(), self._clock.random()
        return standing_wish(self._settings(), job, result.taken, now=now, chance=chance)

    def _after(self, live: LiveEpisode, error: AniworldDlError) -> tuple[Status, Details]:
        """Return where an episode goes whose attempt has failed, and what is to be written down."""
        details = live.details()
        verdict = verdict_on(
            Failure(episode=live.episode, error=error, percentage=live.percentage()),
            most_retries=self._settings().retries_per_episode,
            now=self._clock.time(),
            chance=self._clock.random(),
        )
        return verdict.status, replace(details, error=error.info(), hold=verdict.hold, retries=verdict.retries)


async def _end_of(task: asyncio.Task[None]) -> None:
    """Wait for the end of a task, and do not leave before it when cancelled: who comes next waits for its caller."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
