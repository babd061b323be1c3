"""A whole queue around a fake runner: what the tests of supervisor, control and transitions share."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aniworld_dl.limits import Limiter, Throttle
from aniworld_dl.model import EpisodeRef, JobRequest, Status
from aniworld_dl.queue.archive import UNDO_S, Archive, State
from aniworld_dl.queue.core import Ground, make_core
from aniworld_dl.queue.disk import Disk, space_of
from aniworld_dl.queue.events import Hub
from aniworld_dl.queue.throttles import Throttles
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.runner import FakeRunner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Job
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.control import Control
    from aniworld_dl.queue.disk import Space
    from aniworld_dl.queue.holds import Holds
    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.standing import StandingWishes
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions
    from aniworld_dl.queue.undo import Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts of a queue that work together."""

    clock: FakeClock
    store: SqliteStore
    hub: Hub
    slots: Limiter
    runner: FakeRunner
    announcer: Announcer
    transitions: Transitions
    supervisor: Supervisor
    control: Control
    holds: Holds
    disk: Disk
    throttles: Throttles
    archive: Archive
    undo: Undo
    standing: StandingWishes

    async def add(self, episodes: int, title: str = "Series", **fields: Any) -> list[int]:
        """Queue a job and return its episodes' ids."""
        job = await self.add_job(episodes, title, **fields)
        page = await self.store.episodes(job.id, limit=1000)
        return [episode.id for episode in page.items]

    async def add_job(self, episodes: int, title: str = "Series", **fields: Any) -> Job:
        """Queue a job."""
        refs = tuple(EpisodeRef(url=f"https://example.org/{title}/{number}") for number in range(1, episodes + 1))
        job, _ = await self.store.add_job(JobRequest(anime_title=title, episodes=refs, **fields), now=1.0)
        self.supervisor.wake()
        return job

    async def status(self, episode_id: int) -> Status:
        """Return where an episode stands."""
        episode = await self.store.episode(episode_id)
        assert episode is not None
        return episode.status

    async def forget(self) -> None:
        """Let the time pass in which something can be undone, and wait until nothing is kept any more."""
        self.clock.advance(UNDO_S)
        while any([await self.archive.in_state(state) for state in State]):
            await self.clock.run(0.05)

    async def until(self, episode_id: int, status: Status) -> None:
        """Wait until an episode has this status."""
        while await self.status(episode_id) is not status:
            await self.clock.run(0.05)

    async def until_over(self, episode_id: int) -> None:
        """Wait until an episode does not run any more, which is a moment after its last status is stored."""
        while self.announcer.live(episode_id) is not None:
            await self.clock.run(0.05)

    async def until_held(self, slots: int) -> None:
        """Wait until so many slots are held; while the next episode is looked for, one more is."""
        while self.slots.held != slots:
            await self.clock.run(0.05)


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    slots: int = 3,
    space: Callable[[Path], Space | None] = space_of,
    store: SqliteStore | None = None,
    clock: FakeClock | None = None,
) -> AsyncIterator[Desk]:
    """Open a queue whose supervisor is at work, on a store and a clock of one's own if wanted; the store is closed."""
    clock = clock or FakeClock()
    store = store or await new_store()
    hub, limiter, runner = Hub(clock), Limiter(slots), FakeRunner()
    throttles, disk = Throttles(clock, Throttle(clock)), Disk(lambda: settings, space)
    ground = Ground(
        store=store,
        hub=hub,
        runner=runner,
        slots=limiter,
        throttles=throttles,
        disk=disk,
        clock=clock,
        settings=lambda: settings,
    )
    core = make_core(ground, settings)
    await core.announcer.load()
    workers = (hub, core.announcer, core.supervisor, core.holds, core.disk_watch, core.undo, core.standing)
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    core.supervisor.set_open(True)
    try:
        yield Desk(
            clock=clock,
            store=store,
            hub=hub,
            slots=limiter,
            runner=runner,
            announcer=core.announcer,
            transitions=core.transitions,
            supervisor=core.supervisor,
            control=core.control,
            holds=core.holds,
            disk=disk,
            throttles=throttles,
            archive=core.archive,
            undo=core.undo,
            standing=core.standing,
        )
    finally:
        runner.stubborn.set()
        await _close(store, tasks)


async def _close(store: SqliteStore, tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await store.aclose()
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error
