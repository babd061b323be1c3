"""The download loop: a few workers share one list of pieces, and a piece counts when it is proven and on disk."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from aniworld_dl.errors import AniworldDlError, leading, leaves
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.download.board import Board
from aniworld_dl.media.download.failures import Failures
from aniworld_dl.media.download.file import FileDownload
from aniworld_dl.media.download.piece import Means, PieceFetcher
from aniworld_dl.media.download.plan import Piece, plan
from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.media.download.sources import EndsAllError, Sources
from aniworld_dl.media.download.tail import LostError
from aniworld_dl.media.download.wishes import Wishes
from aniworld_dl.media.proof.suspicions import Suspicions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.download.plan import Plan
    from aniworld_dl.media.download.resolve import SourceLinks
    from aniworld_dl.media.download.tail import Flight
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.net.client import HttpClient

__all__ = ["DownloadProgress", "download"]


async def download(  # noqa: PLR0913 - all but the first three are told apart by name
    http: HttpClient,
    sources: Sequence[SourceLinks],
    work: WorkFolder,
    *,
    connections: int,
    throttle: Throttle,
    progress: DownloadProgress,
    stored: Callable[[int, int], None] | None = None,
    wishes: Wishes | None = None,
) -> None:
    """Fetch what the ledger does not have, over at most `connections` requests at a time.

    `sources` are those of the work folder's media, best first; all of them have its fingerprint. The first is asked,
    the others where it fails or is slow. `stored` is told the track and the index (negative: an init section) of every
    piece that has come into the ledger, on the event loop; of one that is fetched a second time, a second time.
    `wishes` are those of people who watch: what they wait for is fetched first.

    What cannot be had does not keep the rest from coming, unless it shows that the trouble is the host's. What is
    stored stays stored, whatever ends this.

    Raises:
        IncompleteError: some pieces are not to be had; all others are stored.
        NetError: nothing is to be had.
        MediaError: segments are not what they should be, their key does not fit, or the source changed meanwhile.
        StorageError: the disk is full or refuses.
    """
    for number in range(len(work.media.tracks)):
        for index in work.ledger.done(number):
            progress.reuse(number, index, work.ledger.stored_bytes(number, index))
    wishes = wishes or Wishes()

    def tell(track: int, index: int) -> None:
        if stored is not None:
            stored(track, index)
        wishes.settled(track, index)

    means = Means(http=http, work=work, throttle=throttle, progress=progress, stored=tell, wishes=wishes)
    try:
        # in a thread, since the manifest may list a great many
        missing = await in_thread(plan, work.media, work.ledger)
        await _Download(means, sources, connections, missing).run()
    except BaseExceptionGroup as failed:
        failure = _failure(failed)
    else:
        return
    raise failure


def _failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended the group: one of ours before any other."""
    return leading(leaf.error if isinstance(leaf, EndsAllError) else leaf for leaf in leaves(group))


class _Download:
    """What the workers of one download share."""

    def __init__(self, means: Means, links: Sequence[SourceLinks], connections: int, missing: Plan) -> None:
        self._means = means
        self._connections = connections
        self._sources = Sources(means.http, links, self._note_retry)
        self._suspicions = Suspicions(means.work.media, means.work.ledger)
        self._plan = missing
        total = len(missing.pieces) + sum(len(indexes) for _, indexes in missing.files)
        self._failures = Failures(total, has_some=means.progress.segments_done > 0)

    async def run(self) -> None:
        await self._fetch_all(self._plan.pieces)
        while doubtful := await self._second_look():
            await self._fetch_all(doubtful)
        for file in self._plan.files:
            await FileDownload(
                self._means, self._sources, self._failures, file=file, connections=self._connections
            ).run()
        incomplete = self._failures.outcome(self._means.work.media, self._plan.gaps)
        if incomplete is not None:
            raise incomplete

    async def _second_look(self) -> list[Piece]:
        """Return stored pieces that are to be fetched again, since something seems to be missing in them."""
        if self._failures.any:
            return []
        doubtful = await in_thread(self._doubtful)
        for (track, index), size_bytes in doubtful.items():
            self._means.progress.take_back(track, index, size_bytes)
        return [Piece(track=track, index=index) for track, index in doubtful]

    def _doubtful(self) -> dict[tuple[int, int], int]:
        ledger, tracks = self._means.work.ledger, range(len(self._means.work.media.tracks))
        sizes = {(track, index): ledger.stored_bytes(track, index) for track in tracks for index in ledger.done(track)}
        return {key: sizes[key] for key in self._suspicions.second_look()}

    async def _fetch_all(self, pieces: Sequence[Piece]) -> None:
        board = await in_thread(Board, pieces, self._means.http.clock, self._means.wishes)
        fetcher = PieceFetcher(self._means, board.tail, self._suspicions)
        async with asyncio.TaskGroup() as watching:
            watch = watching.create_task(board.bell.toll(), name="segments-watch")
            async with asyncio.TaskGroup() as group:
                for number in range(min(self._connections, len(pieces))):
                    group.create_task(self._work(board, fetcher), name=f"segments-{number}")
            watch.cancel()

    async def _work(self, board: Board, fetcher: PieceFetcher) -> None:
        """Fetch pieces until none is left."""
        while (flight := await board.take()) is not None:
            try:
                async with flight.scope:
                    await self._fetch(flight, fetcher)
            except LostError:
                board.ended(flight, stored=False)
            except AniworldDlError as error:
                if board.ended(flight, stored=False):
                    self._give_up([flight.key, *board.give_up(flight.key)], error)
            else:
                board.ended(flight, stored=True)
                self._failures.succeeded(flight.key)
                self._means.stored(*flight.key)

    async def _fetch(self, flight: Flight, fetcher: PieceFetcher) -> None:
        if flight.spare:
            await self._sources.ask_again(partial(fetcher.fetch, flight))
        else:
            await self._sources.use(partial(fetcher.fetch, flight))

    def _give_up(self, keys: Sequence[tuple[int, int]], error: AniworldDlError) -> None:
        for key in keys:
            self._means.wishes.settled(*key)
            last = self._failures.note(key, error)
            if last is not None:
                raise EndsAllError(last) from error

    def _note_retry(self, _error: AniworldDlError, _number: int) -> None:
        self._means.progress.retries += 1
