"""Takes one episode from its address to its finished file. The only module that knows both providers and media."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.errors import (
    AniworldDlError,
    FolderInUseError,
    HostCoolingError,
    NeedsPersonError,
    NoEpisodesError,
    StorageError,
)
from aniworld_dl.logs import get_logger
from aniworld_dl.media.store.work import remove_work
from aniworld_dl.model import Phase
from aniworld_dl.net.hosts import OWNER
from aniworld_dl.queue.finder import Finder
from aniworld_dl.queue.links import has_expired
from aniworld_dl.queue.production import Production, Task
from aniworld_dl.queue.shelving import Finished, Spot, present_at, spot_of
from aniworld_dl.queue.versions import is_better

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import PurePosixPath

    from aniworld_dl.limits import Throttle
    from aniworld_dl.model import Episode, Job, Source
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.tools import Swap, Tools
    from aniworld_dl.telemetry.traces import Telemetry

_log = get_logger(__name__)


class EpisodeRunner:
    """Runs claimed episodes for real; knows nothing of the queue.

    Two episodes that lead to the same file are run one after the other, so that the second finds it.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._finder = Finder(registry=tools.registry, book=tools.book, settings=tools.settings, clock=tools.clock)
        self._production = Production(tools, self._finder)
        self._writers: dict[PurePosixPath, asyncio.Lock] = {}
        self._wanted: Counter[PurePosixPath] = Counter()

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Download, join, verify and shelve the episode; `live` follows every step.

        Raises:
            AniworldDlError: why it cannot be completed now. What is proven good stays for the next attempt.
        """
        OWNER.set(live.episode.id)
        settings, spot = self._tools.settings(), self._spot(live.episode, job)
        async with self._sole_writer(spot.target):
            present = await present_at(settings, spot)
            if present is not None and present.is_ours:
                # a crash after the file was placed leaves the work behind
                with suppress(FolderInUseError):
                    await remove_work(settings.download_dir, spot.target)
                return Finished(path=present.path, existing=True)
            live.phase = Phase.RESOLVING
            task = Task(live=live, job=job, throttle=throttle, spot=spot, container=settings.container)
            sources = await self._production.sources(task, note=True)
            finished = await self._run_sources(task, sources)
            assert finished is not None  # nothing is too bad for it
            return finished

    async def improve(self, live: LiveEpisode, job: Job, throttle: Throttle, swap: Swap) -> bool:
        """Look for a better version of a completed episode, and put its proven file in the place of the one there is.

        Tell whether there was one. The file keeps its name, what is proven good of another one stays for next time.

        Raises:
            AniworldDlError: why it cannot be told, or not be had now.
        """
        OWNER.set(live.episode.id)
        path = live.episode.path
        assert path is not None  # it is completed
        spot = replace(self._spot(live.episode, job), target=path)
        async with self._sole_writer(path):
            task = Task(
                live=live, job=job, throttle=throttle, spot=spot, container=path.suffix.removeprefix("."), swap=swap
            )
            found = await self._production.sources(task, note=True)
            # what is not labelled has to be read before anyone can tell
            sources = [each for each in found if each.language is None or is_better(swap.wanted, each.language)]
            return bool(sources) and await self._run_sources(task, sources) is not None

    async def _run_sources(self, task: Task, sources: Sequence[Source]) -> Finished | None:
        """Run the episode from the first of its sources that gives it; None when none of them is good enough."""
        errors: list[AniworldDlError] = []
        for number in range(len(sources)):
            if has_expired(sources[number], self._tools.clock):
                sources = await self._production.sources(task)
            if number >= len(sources):
                break
            try:
                finished = await self._production.run(task, sources, number)
            except StorageError:
                raise  # another source would meet the same disk
            except AniworldDlError as error:
                _log.info("source_failed", episode_id=task.live.episode.id, code=error.code)
                await self._finder.failed(task.live.episode, task.provider, sources[number], error)
                errors.append(error)
            else:
                if finished is not None:
                    return finished
        if not errors and task.swap is not None:
            return None
        raise max(reversed(errors), key=_hope, default=NoEpisodesError(url=task.live.episode.ref.url))

    def target_of(self, episode: Episode, job: Job) -> PurePosixPath:
        """Return where the episode's file goes, relative to the download folder."""
        return self._spot(episode, job).target

    def _spot(self, episode: Episode, job: Job) -> Spot:
        return spot_of(self._tools.settings(), episode.ref, episode.position, job.anime_title)

    async def discard(self, episode: Episode, job: Job) -> None:
        """Delete what has been fetched of an episode that will not be finished."""
        target = self.target_of(episode, job)
        if self._wanted[target]:
            return  # another episode is at it
        async with self._sole_writer(target):
            await remove_work(self._tools.settings().download_dir, target, owner=episode.id)

    async def discard_better(self, episode: Episode) -> None:
        """Delete what has been fetched of a better version that is not wanted any more."""
        if episode.path is not None and not self._wanted[episode.path]:
            async with self._sole_writer(episode.path):
                await remove_work(self._tools.settings().download_dir, episode.path, owner=episode.id)

    @asynccontextmanager
    async def _sole_writer(self, target: PurePosixPath) -> AsyncIterator[None]:
        self._wanted[target] += 1
        try:
            async with self._writers.setdefault(target, asyncio.Lock()):
                yield
        finally:
            self._wanted[target] -= 1
            if not self._wanted[target]:
                del self._wanted[target], self._writers[target]


def make_runner(tools: Tools, telemetry: Telemetry | None) -> EpisodeRunner:
    """Return what runs episodes, and traces them where traces are wanted."""
    if telemetry is None:
        return EpisodeRunner(tools)
    from aniworld_dl.queue.traced_runner import TracedRunner  # noqa: PLC0415 - an extra

    return TracedRunner(tools, telemetry.tracer)


def _hope(error: AniworldDlError) -> int:
    """Return how much there is to hope for from a source that failed: the best of several decides what comes next."""
    if isinstance(error, NeedsPersonError):
        return 1
    return 3 if isinstance(error, HostCoolingError) else 2 * int(error.retryable)
