"""From a source of an episode to its finished file. Knows nothing of the queue and of other sources than mirrors."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from aniworld_dl.errors import AniworldDlError, FolderInUseError, IncompleteError, MuxError
from aniworld_dl.media.assemble import Order, assemble, copies_on_disk
from aniworld_dl.media.choice.wish import track_wish
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.download.progress import estimated_bytes
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.mux.join import result_name
from aniworld_dl.media.mux.soundness import require_sound
from aniworld_dl.media.shelf.place import placed_by_name
from aniworld_dl.media.shelf.present import is_same_episode
from aniworld_dl.media.store.work import open_work, remove_work, take_work, work_path
from aniworld_dl.media.watch.show import Show
from aniworld_dl.model import Phase
from aniworld_dl.queue.disk import Room
from aniworld_dl.queue.links import Linker
from aniworld_dl.queue.shelving import Finished, Spot, present_at, reshelve, shelve, spot_of
from aniworld_dl.queue.versions import is_better, taken_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.load.media import LoadedMedia
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import EpisodeRef, Job, Media, Source, Taken
    from aniworld_dl.queue.finder import Finder
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.tools import Swap, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An episode whose season and number its server alone tells, by the name of a plain file, and where that goes."""

    ref: EpisodeRef
    spot: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An episode that is run; with a `swap`, to replace the file that it has."""

    live: LiveEpisode
    job: Job
    throttle: Throttle
    spot: Spot
    container: str
    swap: Swap | None = None
    named: Named | None = None
    """Where its file goes instead, as its server calls it."""

    @property
    def provider(self) -> str:
        """The name of who knows it."""
        return self.live.provider or ""


class Production:
    """Makes files of episodes from their sources, and notes what becomes of those."""

    def __init__(self, tools: Tools, finder: Finder) -> None:
        self._tools = tools
        self._finder = finder

    async def sources(self, task: Task, *, note: bool = False) -> Sequence[Source]:
        """Return the sources of an episode, best first; `note` as for `Finder.find`."""
        task.live.provider = self._finder.provider(task.live.episode, task.job).name
        return await self._finder.find(task.live.episode, task.job, note=note)

    async def _load(self, job: Job, source: Source, mirror: int = 0) -> LoadedMedia:
        wish = track_wish(self._tools.settings(), job.language)
        loaded = await load_media(self._tools.http, source.url, source.headers, wish, mirror=mirror)
        return replace(loaded, media=replace(loaded.media, version=source.language))

    def _links(
        self, task: Task, sources: Sequence[Source], number: int, loaded: LoadedMedia
    ) -> tuple[Mapping[int, SourceLinks], Sequence[SourceLinks]]:
        """Return the addresses of a source and of those that can stand in for it, and of its own further servers.

        What is live has no others.
        """
        if loaded.live:
            return {number: SourceLinks(loaded.media, sources[number].headers)}, ()

        async def load(source: Source, mirror: int) -> Media:
            return (await self._load(task.job, source, mirror)).media

        linker = Linker(find=partial(self.sources, task), load=load, clock=self._tools.clock)
        links = linker.links(loaded.media, sources, number)
        return links, linker.mirrors(loaded.media, sources, number, loaded.mirrors)

    async def run(self, task: Task, sources: Sequence[Source], number: int) -> Finished | None:
        """Run the episode from one of the sources; those after it help out where they have the same segments.

        None when it is not what a standing wish waits for.
        """
        task.live.ask(sources[number].url)
        loaded = await self._load(task.job, sources[number])
        wish, tracks = self._finder.wish(task.job), loaded.media.tracks
        taken = taken_of(wish, sources[number], tracks, providers=self._tools.registry.names())
        if task.swap is not None and not is_better(task.swap.wanted, taken.language):
            return None
        if task.swap is None:
            task = self._with_name(task, loaded)
            if (twin := await self._twin(task, loaded)) is not None:
                with suppress(FolderInUseError):  # a crash after the file got its name leaves the work behind
                    await remove_work(self._tools.settings().download_dir, task.spot.target)
                return twin
        links, own_mirrors = self._links(task, sources, number, loaded)
        main, *others = links.values()
        try:
            finished = await self._download(task, loaded, (main, *own_mirrors, *others), taken)
        finally:
            await self._note_lost(task, sources, links, but=number)
        await self._note_worked(task, sources, links, main=number)
        await self._tools.posters.want(task.spot, task.live.episode.ref.poster, sources[number].poster)
        return finished

    async def _note_lost(
        self, task: Task, sources: Sequence[Source], links: Mapping[int, SourceLinks], *, but: int
    ) -> None:
        """Note the mirrors that failed; of the source itself whoever gets its error does."""
        for number, link in links.items():
            if link.fault is not None and number != but:
                await self._finder.failed(task.live.episode, task.provider, sources[number], link.fault)

    async def _note_worked(
        self, task: Task, sources: Sequence[Source], links: Mapping[int, SourceLinks], *, main: int
    ) -> None:
        """Note those that gave the episode; a source that got lost on the way has failed, although it was saved."""
        lost = links[main].fault
        if lost is not None:
            await self._finder.failed(task.live.episode, task.provider, sources[main], lost)
        for number, link in links.items():
            if link.fault is None and (number == main or link.pieces_given):
                await self._finder.worked(task.provider, sources[number])

    async def _download(self, task: Task, loaded: LoadedMedia, links: Sequence[SourceLinks], taken: Taken) -> Finished:
        tools, settings, live, target = self._tools, self._tools.settings(), task.live, task.spot.target
        room = self._room(task, loaded)
        async with tools.disk.kept_for(room):
            async with open_work(settings.download_dir, target, loaded.media) as work:
                await take_work(work, live.episode.id)
                room.stored_bytes = work.ledger.all_bytes()
                order = Order(
                    sources=links,
                    connections=settings.connections_per_episode,
                    container=task.container,
                    throttle=task.throttle,
                    progress=live.start_download(loaded.media, tools.clock),
                    entered=live.enter,
                    growing=tuple(found.follower(tools.http, tools.clock) if found else None for found in loaded.live),
                    enough=live.enough,
                )
                await tools.disk.reserve(room)
                with self._shown(task, loaded, work, order):
                    finished = await self._finish(task, work, order, taken)
            await remove_work(settings.download_dir, target)
        if isinstance(finished, AniworldDlError):
            live.throw_away()
            raise finished
        return finished

    def _shown(
        self, task: Task, loaded: LoadedMedia, work: WorkFolder, order: Order
    ) -> AbstractContextManager[Show | None]:
        """Let it be watched; of a completed episode that is what is in the library."""
        live = task.live
        if task.swap is not None:
            return nullcontext()
        return self._tools.shows.running(live.episode.id, self._show(live, loaded, work, order))

    def _show(self, live: LiveEpisode, loaded: LoadedMedia, work: WorkFolder, order: Order) -> Show:
        return Show(
            work=work,
            clock=self._tools.clock,
            file_kind=loaded.file_kind,
            is_growing=lambda: live.phase is Phase.RECORDING,
            wishes=order.wishes,
        )

    def _room(self, task: Task, loaded: LoadedMedia) -> Room:
        settings = self._tools.settings()
        copies = copies_on_disk(loaded.file_kind, task.container, pipes=self._tools.bench.pipes)
        copies += settings.subtitles_placement == "beside"  # the file is copied once more, without them
        result = work_path(settings.download_dir, task.spot.target) / result_name(task.container)
        return Room(task.live, estimate_bytes=estimated_bytes(loaded.media), copies=copies, result=result)

    def _with_name(self, task: Task, loaded: LoadedMedia) -> Task:
        """Return the task with the place of its file that the server's name for it tells, if that alone does."""
        episode, name = task.live.episode, loaded.file_name
        ref = placed_by_name(episode.ref, name) if name and loaded.file_kind else None
        if ref is None:
            return task
        spot = spot_of(self._tools.settings(), ref, episode.position, task.job.anime_title)
        return replace(task, named=Named(ref=ref, spot=spot))

    async def _twin(self, task: Task, loaded: LoadedMedia) -> Finished | None:
        """Return a file that somebody else has put there: it has the name of the episode, and plays as long.

        Where that name is only its server's, which may call others the same, it must have as many bytes.
        """
        settings, spot = self._tools.settings(), task.named.spot if task.named else task.spot
        present = None if loaded.live else await present_at(settings, spot)
        if present is None:
            return None
        file = settings.download_dir / present.path
        if task.named is not None:
            same = await in_thread(_has_size, file, loaded.media.tracks[0].size_bytes)
            return Finished(path=present.path, existing=True, ref=task.named.ref) if same else None
        if not await is_same_episode(self._tools.bench.ffmpeg, file, loaded.media):
            return None
        return Finished(path=present.path, existing=True)

    async def _finish(
        self, task: Task, work: WorkFolder, order: Order, taken: Taken
    ) -> Finished | MuxError | IncompleteError:
        """Put together and shelve; return the error when all segments are accounted for and do not make the episode.

        None of them is trusted any more then: the next attempt begins anew. Where it is known which of them are at
        fault, they alone are fetched again.
        """
        try:
            part = await assemble(self._tools.bench, work, order)
        except (MuxError, IncompleteError) as error:
            if not work.is_complete():
                raise
            await require_sound(self._tools.bench.ffmpeg, work.path)
            error.retryable = False  # all of it would be fetched again, which is for the user to decide
            return error
        ffmpeg, settings = self._tools.bench.ffmpeg, self._tools.settings()
        if task.swap is None:
            return replace(await self._shelve(task, part, work), taken=taken)
        number = await task.swap.begin()
        finished = replace(await reshelve(ffmpeg, settings, part, work, task.spot, number=number), taken=taken)
        await task.swap.done(finished)
        return finished

    async def _shelve(self, task: Task, part: Path, work: WorkFolder) -> Finished:
        """Put a file into the library; where another one has the name that its server gives it, under its own."""
        ffmpeg, settings = self._tools.bench.ffmpeg, self._tools.settings()
        named = None if task.named is None else await shelve(ffmpeg, settings, part, work, task.named.spot)
        if task.named is None or named is None or named.existing:
            return await shelve(ffmpeg, settings, part, work, task.spot)
        return replace(named, ref=task.named.ref)


def _has_size(file: Path, size_bytes: int | None) -> bool:
    with suppress(OSError):
        return file.stat().st_size == size_bytes
    return False
