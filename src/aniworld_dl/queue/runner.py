"""Takes one episode from its address to its finished file. The only module that knows both providers and media."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import aiofiles.os

from aniworld_dl.errors import AniworldDlError, IncompleteError, MuxError, NoEpisodesError
from aniworld_dl.logs import get_logger
from aniworld_dl.media.download import download
from aniworld_dl.media.library import place
from aniworld_dl.media.load import load_media
from aniworld_dl.media.mux import mux
from aniworld_dl.media.naming import episode_path
from aniworld_dl.media.place import place_in_series
from aniworld_dl.media.verify import verify
from aniworld_dl.media.work import open_work, remove_work
from aniworld_dl.model import Phase, Wish
from aniworld_dl.queue.links import Linker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path, PurePosixPath

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.limits import Limiter, Throttle
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import Episode, Job, Media, Source
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.live import LiveEpisode

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Where an episode's file is, relative to the download folder, and whether it was there before."""

    path: PurePosixPath
    existing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every episode shares. `settings` is asked anew each time: some change while the service runs."""

    http: HttpClient
    registry: Registry
    ffmpeg: Ffmpeg
    clock: Clock
    mux_slots: Limiter
    settings: Callable[[], Settings]


class Runner(Protocol):
    """What the queue needs of whoever runs its episodes."""

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run a claimed episode to its finished file.

        Raises:
            AniworldDlError: why it cannot be completed now.
        """
        ...

    async def discard(self, episode: Episode, job: Job) -> None:
        """Delete what has been fetched of an episode that will not be finished."""
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
        target = self.target_of(live.episode, job)
        async with self._sole_writer(target):
            if await aiofiles.os.path.exists(self._on_disk(target)):
                return Finished(path=target, existing=True)
            live.phase = Phase.RESOLVING
            last_error: AniworldDlError | None = None
            sources = await self._sources(live.episode, job)
            for number in range(len(sources)):
                try:
                    return await self._run_source(live, job, sources, number, throttle)
                except AniworldDlError as error:
                    _log.info("source_failed", episode_id=live.episode.id, code=error.code)
                    last_error = error
            raise last_error or NoEpisodesError(url=live.episode.ref.url)

    def target_of(self, episode: Episode, job: Job) -> PurePosixPath:
        """Return where the episode's file goes, relative to the download folder.

        Season and number are the request's or the provider's, else read from the address, else season 1 and the
        position in the list.
        """
        settings, ref = self._tools.settings(), episode.ref
        season, number = place_in_series(ref, episode.position)
        return episode_path(
            settings.naming_template,
            series=ref.series or job.anime_title,
            season=season,
            number=number,
            title=ref.title,
            suffix=f".{settings.container}",
        )

    async def discard(self, episode: Episode, job: Job) -> None:
        """Delete what has been fetched of an episode that will not be finished."""
        target = self.target_of(episode, job)
        async with self._sole_writer(target):
            await remove_work(self._tools.settings().download_dir, target)

    async def _sources(self, episode: Episode, job: Job) -> Sequence[Source]:
        provider = self._tools.registry.for_url(episode.ref.url, job.provider)
        return await provider.sources(episode.ref, Wish(language=job.language, provider=job.provider))

    async def _run_source(
        self, live: LiveEpisode, job: Job, sources: Sequence[Source], number: int, throttle: Throttle
    ) -> Finished:
        """Run the episode from one of the sources; those after it help out where they have the same segments."""
        tools, settings, target = self._tools, self._tools.settings(), self.target_of(live.episode, job)
        media = await self._load(sources[number])
        linker = Linker(find=partial(self._sources, live.episode, job), load=self._load, clock=tools.clock)
        async with open_work(settings.download_dir, target, media) as work:
            await download(
                tools.http,
                linker.links(media, sources, number),
                work,
                connections=settings.connections_per_episode,
                throttle=throttle,
                progress=live.start_download(media, tools.clock),
            )
            finished = await self._finish(live, work, target)
        await remove_work(settings.download_dir, target)
        if isinstance(finished, AniworldDlError):
            raise finished
        return finished

    async def _load(self, source: Source) -> Media:
        return (await load_media(self._tools.http, source.url, source.headers)).media

    async def _finish(
        self, live: LiveEpisode, work: WorkFolder, target: PurePosixPath
    ) -> Finished | MuxError | IncompleteError:
        """Join, verify and shelve; return the error when all segments are accounted for and do not make the episode.

        None of them is trusted any more then: the next attempt begins anew. Where it is known which of them are at
        fault, they alone are fetched again.
        """
        tools, settings = self._tools, self._tools.settings()
        live.phase = Phase.MUXING
        try:
            async with tools.mux_slots.slot():
                part = await mux(tools.ffmpeg, work.media, work, container=settings.container)
                live.phase = Phase.VERIFYING
                await verify(tools.ffmpeg, part, work.media, work)
        except (MuxError, IncompleteError) as error:
            if not work.is_complete():
                raise
            return error
        try:
            await place(part, settings.download_dir, target)
        except FileExistsError:
            return Finished(path=target, existing=True)
        return Finished(path=target)

    def _on_disk(self, target: PurePosixPath) -> Path:
        return self._tools.settings().download_dir / target

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
