"""Takes one episode from its address to its finished file. The only module that knows both providers and media."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aniworld_dl.errors import (
    AniworldDlError,
    FolderInUseError,
    HostCoolingError,
    IncompleteError,
    MuxError,
    NeedsPersonError,
    NoEpisodesError,
    StorageError,
)
from aniworld_dl.logs import get_logger
from aniworld_dl.media.assemble import Order, Workbench, assemble, copies_on_disk
from aniworld_dl.media.choice.wish import track_wish
from aniworld_dl.media.download.progress import estimated_bytes
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.mux.join import result_name
from aniworld_dl.media.shelf.present import is_same_episode
from aniworld_dl.media.store.work import open_work, remove_work, take_work, work_path
from aniworld_dl.media.watch.show import Show, Shows
from aniworld_dl.model import Phase, Wish
from aniworld_dl.net.hosts import OWNER
from aniworld_dl.queue.disk import Room
from aniworld_dl.queue.links import Linker, has_expired
from aniworld_dl.queue.shelving import Finished, Spot, present_at, shelve, spot_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import PurePosixPath

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.load.media import LoadedMedia
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Episode, Job, Media, Source
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.providers.base import Provider
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.disk import Disk
    from aniworld_dl.queue.live import LiveEpisode

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every episode shares. `settings` is asked anew each time: some change while the service runs."""

    http: HttpClient
    registry: Registry
    clock: Clock
    bench: Workbench
    disk: Disk
    settings: Callable[[], Settings]
    shows: Shows = field(default_factory=Shows)
    """What can be watched of the episodes that run."""


class Runner(Protocol):
    """What the queue needs of whoever runs its episodes."""

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run a claimed episode to its finished file.

        Raises:
            AniworldDlError: why it cannot be completed now.
        """
        ...

    async def discard(self, episode: Episode, job: Job) -> None:
        """Delete what has been fetched of an episode that will not be finished, unless another one goes on with it."""
        ...


class EpisodeRunner:
    """Runs claimed episodes for real; knows nothing of the queue.

    Two episodes that lead to the same file are run one after the other, so that the second finds it.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
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
            return await self._run_sources(live, job, throttle)

    async def _run_sources(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run the episode from the first of its sources that gives it."""
        errors: list[AniworldDlError] = []
        live.provider = self._provider(live.episode, job).name
        sources = await self._sources(live.episode, job)
        for number in range(len(sources)):
            if has_expired(sources[number], self._tools.clock):
                sources = await self._sources(live.episode, job)
            if number >= len(sources):
                break
            try:
                return await self._run_source(live, job, sources, number, throttle)
            except StorageError:
                raise  # another source would meet the same disk
            except AniworldDlError as error:
                _log.info("source_failed", episode_id=live.episode.id, code=error.code)
                errors.append(error)
        raise max(reversed(errors), key=_hope, default=NoEpisodesError(url=live.episode.ref.url))

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

    async def _sources(self, episode: Episode, job: Job) -> Sequence[Source]:
        return await self._provider(episode, job).sources(
            episode.ref, Wish(language=job.language, provider=job.provider)
        )

    def _provider(self, episode: Episode, job: Job) -> Provider:
        return self._tools.registry.for_url(episode.ref.url, job.provider)

    async def _load(self, job: Job, source: Source) -> LoadedMedia:
        wish = track_wish(self._tools.settings(), job.language)
        return await load_media(self._tools.http, source.url, source.headers, wish)

    def _links(
        self, episode: Episode, job: Job, sources: Sequence[Source], number: int, loaded: LoadedMedia
    ) -> Sequence[SourceLinks]:
        """Return the addresses of a source and those that can stand in for it. What is live has no others."""
        if loaded.live:
            return [SourceLinks(loaded.media, sources[number].headers)]

        async def load(source: Source) -> Media:
            return (await self._load(job, source)).media

        linker = Linker(find=partial(self._sources, episode, job), load=load, clock=self._tools.clock)
        return linker.links(loaded.media, sources, number)

    async def _run_source(
        self, live: LiveEpisode, job: Job, sources: Sequence[Source], number: int, throttle: Throttle
    ) -> Finished:
        """Run the episode from one of the sources; those after it help out where they have the same segments."""
        tools, settings, spot = self._tools, self._tools.settings(), self._spot(live.episode, job)
        target = spot.target
        live.ask(sources[number].url)
        loaded = await self._load(job, sources[number])
        if (twin := await self._twin(spot, loaded)) is not None:
            return twin
        room = self._room(live, loaded, target)
        async with tools.disk.kept_for(room):
            async with open_work(settings.download_dir, target, loaded.media) as work:
                await take_work(work, live.episode.id)
                room.stored_bytes = work.ledger.all_bytes()
                order = Order(
                    sources=self._links(live.episode, job, sources, number, loaded),
                    connections=settings.connections_per_episode,
                    container=settings.container,
                    throttle=throttle,
                    progress=live.start_download(loaded.media, tools.clock),
                    entered=live.enter,
                    growing=tuple(found.follower(tools.http, tools.clock) if found else None for found in loaded.live),
                    enough=live.enough,
                )
                await tools.disk.reserve(room)
                with tools.shows.running(live.episode.id, self._show(live, loaded, work, order)):
                    finished = await self._finish(work, order, spot)
            await remove_work(settings.download_dir, target)
        if isinstance(finished, AniworldDlError):
            live.throw_away()
            raise finished
        return finished

    def _show(self, live: LiveEpisode, loaded: LoadedMedia, work: WorkFolder, order: Order) -> Show:
        return Show(
            work=work,
            clock=self._tools.clock,
            file_kind=loaded.file_kind,
            is_growing=lambda: live.phase is Phase.RECORDING,
            wishes=order.wishes,
        )

    def _room(self, live: LiveEpisode, loaded: LoadedMedia, target: PurePosixPath) -> Room:
        settings = self._tools.settings()
        copies = copies_on_disk(loaded.file_kind, settings.container, pipes=self._tools.bench.pipes)
        copies += settings.subtitles_placement == "beside"  # the file is copied once more, without them
        result = work_path(settings.download_dir, target) / result_name(settings.container)
        return Room(live, estimate_bytes=estimated_bytes(loaded.media), copies=copies, result=result)

    async def _twin(self, spot: Spot, loaded: LoadedMedia) -> Finished | None:
        """Return a file that somebody else has put there: it has the name of the episode, and plays as long."""
        settings = self._tools.settings()
        present = None if loaded.live else await present_at(settings, spot)
        if present is None:
            return None
        file = settings.download_dir / present.path
        if not await is_same_episode(self._tools.bench.ffmpeg, file, loaded.media):
            return None
        return Finished(path=present.path, existing=True)

    async def _finish(self, work: WorkFolder, order: Order, spot: Spot) -> Finished | MuxError | IncompleteError:
        """Put together and shelve; return the error when all segments are accounted for and do not make the episode.

        None of them is trusted any more then: the next attempt begins anew. Where it is known which of them are at
        fault, they alone are fetched again.
        """
        try:
            part = await assemble(self._tools.bench, work, order)
        except (MuxError, IncompleteError) as error:
            if not work.is_complete():
                raise
            error.retryable = False  # all of it would be fetched again, which is for the user to decide
            return error
        return await shelve(self._tools.bench.ffmpeg, self._tools.settings(), part, work, spot)

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


def _hope(error: AniworldDlError) -> int:
    """Return how much there is to hope for from a source that failed: the best of several decides what comes next."""
    if isinstance(error, NeedsPersonError):
        return 1
    return 3 if isinstance(error, HostCoolingError) else 2 * int(error.retryable)
