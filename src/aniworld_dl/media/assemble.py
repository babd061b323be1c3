"""From a `Media` to a proven file: joining begins while the rest is being fetched, and nothing counts unproven."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FfmpegStoppedError, IncompleteError, MuxError, leading_error
from aniworld_dl.limits import Limiter
from aniworld_dl.logs import get_logger
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.download.loop import download
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.download.wishes import Wishes
from aniworld_dl.media.formats.matroska_growing import GrowingMatroska
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.join import mux, result_path
from aniworld_dl.media.mux.pipes import PIPES_WORK
from aniworld_dl.media.proof.seal import SEALED_SUFFIXES, seal
from aniworld_dl.media.proof.verify import verify
from aniworld_dl.media.record import record
from aniworld_dl.media.source.sniff import Kind, kind_of
from aniworld_dl.media.store.segment_map import write_map
from aniworld_dl.media.store.work import begin_map
from aniworld_dl.model import Container, Phase, TrackKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.download.progress import DownloadProgress
    from aniworld_dl.media.record import GrowingTrack
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media
    from aniworld_dl.net.client import HttpClient

_log = get_logger(__name__)

_MUXES_AT_A_TIME: Final = 2
_KINDS: Final = {"mkv": Kind.MATROSKA, "mp4": Kind.MP4}
_SOON_S: Final = 5.0
"""An ffmpeg that waits no longer than this for the rest costs nothing worth saving."""
_MUX_BYTES_PER_S: Final = 150_000_000
"""What ffmpeg joins at least on a usual machine."""


class Workbench:
    """What all episodes that are put together share: ffmpeg, and how many of them may use it at a time.

    Without `pipes` ffmpeg starts when an episode is stored.
    """

    def __init__(self, http: HttpClient, ffmpeg: Ffmpeg, clock: Clock, *, pipes: bool = PIPES_WORK) -> None:
        self.http = http
        self.ffmpeg = ffmpeg
        self.clock = clock
        self.pipes = pipes
        self.muxes = Limiter(_MUXES_AT_A_TIME)
        self.early_muxes = Limiter(1)
        """A place of its own, so that an ffmpeg that waits for a download never keeps what is complete waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How one episode is to be put together. `entered` is told when it enters a phase after the download."""

    sources: Sequence[SourceLinks]
    """Of the work folder's media, best first."""
    connections: int
    container: str
    throttle: Throttle
    progress: DownloadProgress
    entered: Callable[[Phase], None]
    growing: Sequence[GrowingTrack | None] = ()
    """Of each track what makes it longer, where the source is live."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the user to end a recording."""
    wishes: Wishes = field(default_factory=Wishes)
    """Of those who watch while it is downloaded."""


async def assemble(bench: Workbench, work: WorkFolder, order: Order) -> Path:
    """Download, join and prove an episode; return the finished part file in its work folder.

    Raises:
        NetError, MediaError, StorageError: why there is none. What is in the ledger then is good.
    """
    states = order.progress.segments
    states.remember(await in_thread(begin_map, work))
    try:
        return await _assembled(bench, work, order)
    finally:
        await in_thread(lambda: write_map(work.path, states.maps()))


async def _assembled(bench: Workbench, work: WorkFolder, order: Order) -> Path:
    if any(order.growing):
        work = await _recorded(bench, work, order)
    assembly = _Assembly(bench, work, order)
    try:
        async with asyncio.TaskGroup() as group:
            joined = group.create_task(assembly.join(), name="join")
            await assembly.fetch()
    except BaseExceptionGroup as failures:
        failure = leading_error(failures)
    else:
        return joined.result()
    raise failure


async def _recorded(bench: Workbench, work: WorkFolder, order: Order) -> WorkFolder:
    """Follow what is live to its end and return the work folder of the whole."""
    order.entered(Phase.RECORDING)

    async def fetch(media: Media) -> None:
        work.ledger.grow(media)
        order.progress.begin(media)
        with suppress(IncompleteError):  # tried once more at the end, and told then
            await _fetch(bench, replace(work, media=media), order)

    media = await record(work.media, order.growing, fetch=fetch, stop=order.enough)
    order.progress.begin(media)
    order.entered(Phase.DOWNLOADING)
    return replace(work, media=media)


async def _fetch(
    bench: Workbench, work: WorkFolder, order: Order, stored: Callable[[int, int], None] | None = None
) -> None:
    # what grows has new addresses each time, and nobody to ask for them again
    sources = [SourceLinks(work.media, order.sources[0].headers)] if any(order.growing) else order.sources
    await download(
        bench.http,
        sources,
        work,
        connections=order.connections,
        throttle=order.throttle,
        progress=order.progress,
        stored=stored,
        wishes=order.wishes,
    )


class _Assembly:
    def __init__(self, bench: Workbench, work: WorkFolder, order: Order) -> None:
        self._bench = bench
        self._work = work
        self._order = order
        self._feed = Feed(work)
        self._worthwhile = asyncio.Event()
        self._began_s = bench.clock.monotonic()
        self._can_begin_early = _can_begin_early(work)

    async def fetch(self) -> None:
        """Download what is missing."""
        await _fetch(self._bench, self._work, self._order, self._stored)
        self._feed.complete()
        self._worthwhile.set()
        self._order.entered(Phase.MUXING)

    async def join(self) -> Path:
        """Join as soon as that is worthwhile; what fails then is tried once more when everything is there."""
        await self._worthwhile.wait()
        if not self._feed.is_complete and (part := await self._joined_early()):
            return part
        await self._feed.completed()
        async with self._bench.muxes.slot():
            return await self._proven(await self._joined())

    async def _joined_early(self) -> Path | None:
        """Join while the rest is being fetched; None when there is no place for that, or when it failed."""
        early = self._bench.early_muxes
        if early.held >= early.slots:
            return None
        async with early.slot():
            try:
                async with self._followed() as followed:
                    part = await self._joined()
                    await self._feed.completed()
                    if self._feed.is_up_to_date:
                        return await self._proven(part, followed)
                _log.info("early_mux_outdated")
            except (MuxError, IncompleteError, FfmpegStoppedError) as error:
                if self._feed.is_complete and not self._work.is_complete():
                    raise  # the proof has found segments to fetch again
                _log.info("early_mux_failed", code=error.code, reason=error.params["reason"])
            return None

    async def _joined(self) -> Path:
        bench, container = self._bench, self._order.container
        if (whole := await in_thread(_kept_file, self._work, container)) is not None:
            return whole
        return await mux(bench.ffmpeg, self._work, self._feed, container=container, pipes=bench.pipes)

    @asynccontextmanager
    async def _followed(self) -> AsyncIterator[GrowingMatroska | None]:
        """Read the result while it is being written: when joining is done, so is half of the proof."""
        part = result_path(self._work, self._order.container)
        if part.suffix != ".mkv":
            yield None
            return
        await in_thread(_empty, part)  # what an earlier attempt has left is not to be read
        async with aclosing(GrowingMatroska(part, self._bench.clock)) as followed:
            yield followed

    async def _proven(self, part: Path, followed: GrowingMatroska | None = None) -> Path:
        self._order.entered(Phase.VERIFYING)
        proof = await verify(self._bench.ffmpeg, part, self._work.media, self._work, followed)
        if part.suffix in SEALED_SUFFIXES:
            await in_thread(seal, part, proof.cuts, proof.sums)
        return part

    def _stored(self, track: int, index: int) -> None:
        self._feed.stored(track, index)
        if self._can_begin_early and not self._worthwhile.is_set() and self._ends_soon():
            self._worthwhile.set()

    def _ends_soon(self) -> bool:
        """Tell whether joining, begun now, would not have to wait for the download for long."""
        progress = self._order.progress
        elapsed_s = self._bench.clock.monotonic() - self._began_s
        received, total = progress.meter.total_bytes, progress.total_bytes()
        if total is None or not received or not elapsed_s:
            return False
        remaining_s = (total - progress.bytes_done) * elapsed_s / received
        return remaining_s <= max(_SOON_S, progress.bytes_done / _MUX_BYTES_PER_S)


def _empty(path: Path) -> None:
    with storage_errors(path):
        path.write_bytes(b"")


def copies_on_disk(file_kind: Kind | None, container: str, *, pipes: bool) -> int:
    """Return how many times an episode is on the disk before it is finished: as segments, and as what they become.

    A plain file (`file_kind`) in the wanted container becomes the result itself. Without pipes ffmpeg wants another
    file to read from, in which segments are joined.
    """
    if file_kind is not None:
        return 1 if file_kind is _KINDS[container] else 2
    return 2 if pipes else 3


def _kept_file(work: WorkFolder, container: str) -> Path | None:
    """Return where a plain file is stored that is in the wanted container already, and becomes the result as it is."""
    if [track.container for track in work.media.tracks] != [Container.FILE]:
        return None
    path = work.segment_path(0, 0)
    return path if kind_of(path) is _KINDS[container] else None


def _can_begin_early(work: WorkFolder) -> bool:
    """Tell whether what goes into the file can be told before everything is stored.

    A plain file must be whole to be opened. Subtitles on a timeline that jumps want to know every jump. What the
    manifest itself lacks will never be whole.
    """
    tracks = work.media.tracks
    jumps = any(segment.discontinuity and segment.shift_s is None for track in tracks for segment in track.segments)
    texts = any(track.kind is TrackKind.TEXT for track in tracks)
    has_gaps = any(segment.gap for track in tracks for segment in track.segments)
    has_files = any(track.container is Container.FILE for track in tracks)
    return not (has_files or has_gaps or (jumps and texts))
