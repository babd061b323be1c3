"""What somebody waits for who watches is fetched first, and nothing is fetched that would not be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import IncompleteError
from aniworld_dl.limits import Throttle
from aniworld_dl.media.download.board import Board
from aniworld_dl.media.download.file_runs import FileRuns
from aniworld_dl.media.download.loop import download
from aniworld_dl.media.download.plan import Piece
from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.media.download.wishes import Wishes
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock
from tests.media_builders import file_track, hls_track, media_of, ts_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.download.plan import PieceKey
    from aniworld_dl.media.store.work import WorkFolder
    from tests.unit.media.downloading import Download


def pieces(count: int, *, track: int = 0) -> list[Piece]:
    return [Piece(track=track, index=index) for index in range(count)]


async def taken(board: Board, count: int) -> list[PieceKey]:
    """Take so many pieces; each is stored before the next is taken."""
    keys = []
    for _ in range(count):
        flight = await board.take()
        assert flight is not None
        board.ended(flight, stored=True)
        keys.append(flight.key)
    return keys


async def test_without_wishes_pieces_come_in_order() -> None:
    board = Board(pieces(4), FakeClock(), Wishes())
    assert await taken(board, 4) == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert await board.take() is None


async def test_what_is_waited_for_comes_first_then_what_follows_then_the_rest() -> None:
    wishes = Wishes()
    board = Board(pieces(8), FakeClock(), wishes)
    assert await taken(board, 1) == [(0, 0)]
    with wishes.wish((0, 5)):
        wishes.place = (0, 5)
        assert await taken(board, 1) == [(0, 5)]
    assert await taken(board, 6) == [(0, 6), (0, 7), (0, 1), (0, 2), (0, 3), (0, 4)]


async def test_a_wish_that_is_taken_back_counts_no_more() -> None:
    wishes = Wishes()
    board = Board(pieces(4), FakeClock(), wishes)
    with wishes.wish((0, 3)), wishes.wish((0, 3)):
        pass
    assert wishes.waited_for() == ()
    assert await taken(board, 1) == [(0, 0)]


async def test_two_who_watch_are_served_in_turn_and_the_last_says_what_follows() -> None:
    wishes = Wishes()
    board = Board(pieces(9), FakeClock(), wishes)
    with wishes.wish((0, 6)), wishes.wish((0, 3)):
        wishes.place = (0, 3)
        assert set(await taken(board, 2)) == {(0, 3), (0, 6)}
    assert await taken(board, 2) == [(0, 4), (0, 5)]


async def test_what_follows_is_of_all_tracks_by_the_time_at_which_it_plays() -> None:
    """Picture and sound lie beside each other in the order; a place that is stored already leads to the next one."""
    wishes = Wishes()
    listed = [Piece(track=track, index=index) for index in range(4) for track in (0, 1)]
    listed.remove(Piece(track=0, index=2))
    board = Board(listed, FakeClock(), wishes)
    wishes.place = (0, 2)
    assert await taken(board, 3) == [(0, 3), (1, 3), (0, 0)]


async def test_init_sections_come_before_what_follows() -> None:
    wishes = Wishes()
    wishes.place = (0, 2)
    board = Board(
        [Piece(track=0, index=-1), *(Piece(track=0, index=index, needs=-1) for index in range(4))], FakeClock(), wishes
    )
    assert await taken(board, 3) == [(0, -1), (0, 2), (0, 3)]


async def test_who_waits_is_told_when_it_is_stored_and_when_nothing_comes_any_more() -> None:
    wishes = Wishes()
    with wishes.wish((0, 1)) as first, wishes.wish((0, 2)) as second:
        wishes.settled(0, 1)
        assert (first.is_set(), second.is_set()) == (True, False)
        wishes.all_settled()
        assert second.is_set()


def test_a_listener_hears_of_old_and_new_wishes_while_it_listens() -> None:
    wishes, heard = Wishes(), list[tuple[int, int]]()
    with wishes.wish((0, 1)):
        with wishes.heard(heard.append), wishes.wish((0, 2)):
            pass
        with wishes.wish((0, 3)):
            pass
    assert heard == [(0, 1), (0, 2)]


# ---------------------------------------------------------------------------------------------- runs of a plain file


def spans(runs: FileRuns) -> list[tuple[int, int]]:
    return [(run.next, run.stop) for run in runs.owned]


def test_a_wanted_piece_inside_a_run_is_taken_next_by_whoever_is_free_first() -> None:
    runs = FileRuns(range(100))
    owner = runs.take()
    assert owner is not None
    owner.next = 3
    runs.want(50)
    assert spans(runs) == [(3, 4)]  # it ends after its present piece
    owner.next = 4
    runs.give_back(owner)
    for_who_watches = runs.take()
    assert for_who_watches is not None
    assert (for_who_watches.next, for_who_watches.stop) == (50, 100)
    rest = runs.take()
    assert rest is not None
    assert (rest.next, rest.stop) == (4, 50)


def test_a_wanted_piece_that_is_free_is_taken_before_a_longer_run() -> None:
    runs = FileRuns([*range(10), *range(20, 100)])
    runs.want(7)
    first = runs.take()
    assert first is not None
    assert (first.next, first.stop) == (7, 10)


@pytest.mark.parametrize("index", [3, 2, 100])
def test_what_is_being_fetched_or_done_with_changes_nothing(index: int) -> None:
    runs = FileRuns(range(100))
    owner = runs.take()
    assert owner is not None
    owner.next = 3
    runs.want(index)
    assert spans(runs) == [(3, 100)]


def test_only_the_longest_run_is_cut_short() -> None:
    runs = FileRuns([*range(10), *range(20, 100)])
    long, short = runs.take(), runs.take()
    assert long is not None
    assert short is not None
    runs.want(5)
    assert spans(runs) == [(20, 21), (0, 5)]


# -------------------------------------------------------------------------------------------------- whole downloads


class Watched:
    """A download with one connection behind a gate, and somebody who watches."""

    def __init__(self, run: Download) -> None:
        self.run = run
        self.wishes = Wishes()
        self.stored: list[tuple[int, int]] = []

    async def __call__(self, work: WorkFolder) -> None:
        async with self.run.site.client(self.run.settings) as http:
            await download(
                http,
                [SourceLinks(work.media)],
                work,
                connections=1,
                throttle=Throttle(self.run.site.clock),
                progress=DownloadProgress(work.media, Meter(self.run.site.clock)),
                stored=lambda track, index: self.stored.append((track, index)),
                wishes=self.wishes,
            )

    def asked(self) -> Sequence[str]:
        return [request.url.path for request in self.run.site.requests]


async def test_a_segment_that_is_waited_for_is_asked_for_next_and_once(run: Download) -> None:
    watched = Watched(run)
    run.site.gate.clear()
    async with run.open(run.serve(hls_track(6))) as work, asyncio.TaskGroup() as group:
        group.create_task(watched(work))
        with watched.wishes.wish((0, 4)) as there:
            watched.wishes.place = (0, 4)
            run.site.gate.set()
            await there.wait()
            assert work.ledger.has(0, 4)
    assert watched.asked()[:2] in (["/0.ts", "/4.ts"], ["/4.ts", "/5.ts"])
    assert run.site.asked == {f"/{index}.ts": 1 for index in range(6)}


async def test_who_waits_for_what_is_given_up_is_told(run: Download) -> None:
    watched = Watched(run)
    media = run.serve(hls_track(6))
    run.site.answers["/4.ts"] = [httpx.Response(404), httpx.Response(404)]
    async with run.open(media) as work:
        with watched.wishes.wish((0, 4)) as told:
            with pytest.raises(IncompleteError):
                await watched(work)
            assert told.is_set()
        assert not work.ledger.has(0, 4)


async def test_a_piece_of_a_plain_file_that_is_waited_for_comes_before_those_in_front_of_it(run: Download) -> None:
    watched = Watched(run)
    run.site.files["/whole.mp4"] = ts_bytes(40)
    async with run.open(media_of(file_track(40 * 188, 188))) as work:
        with watched.wishes.wish((0, 30)):
            await watched(work)
    assert watched.stored[0] == (0, 30)
    assert sorted(watched.stored) == [(0, index) for index in range(40)]
