"""What is fetched in which order, and who gets it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import ConnectError, HttpStatusError, IncompleteError, StalledError
from aniworld_dl.media.download.board import Board
from aniworld_dl.media.download.failures import Failures, missing_ranges
from aniworld_dl.media.download.plan import plan
from aniworld_dl.media.store.ledger import Entry, Ledger
from aniworld_dl.model import Container, InitSection, TrackKind
from tests.fakes.clock import FakeClock
from tests.media_builders import ORIGIN, file_track, hls_track, media_of

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.media.download.tail import Flight
    from aniworld_dl.model import Media, Track

KEYS = list[tuple[int, int]]


def with_init(track: Track, *, every: int = 100) -> Track:
    segments = [replace(each, init=InitSection(uri=f"{ORIGIN}/init{each.index // every}")) for each in track.segments]
    return replace(track, container=Container.FMP4, segments=tuple(segments))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path, media_of())
    ledger.open()
    return ledger


def planned(media: Media, ledger: Ledger) -> KEYS:
    return [piece.key for piece in plan(media, ledger).pieces]


def test_init_sections_then_subtitles_then_all_tracks_by_time(ledger: Ledger) -> None:
    """Segments of the sound last 3 s, those of the picture 4 s."""
    sound = hls_track(3)
    sound = replace(
        sound, kind=TrackKind.AUDIO, segments=tuple(replace(each, duration_s=3.0) for each in sound.segments)
    )
    words = hls_track(2, kind=TrackKind.TEXT, container=Container.WEBVTT)
    media = media_of(with_init(hls_track(2)), words, with_init(sound))
    expected = [(0, -1), (2, -1), (1, 0), (1, 1), (0, 0), (2, 0), (2, 1), (0, 1), (2, 2)]
    assert planned(media, ledger) == expected


def test_what_is_stored_and_what_is_not_there_is_left_out(ledger: Ledger) -> None:
    track = hls_track(4)
    track = replace(track, segments=(*track.segments[:2], replace(track.segments[2], gap=True), track.segments[3]))
    ledger.add(0, 1, Entry(size_bytes=1, crc32=1))
    made = plan(media_of(track), ledger)
    assert [piece.key for piece in made.pieces] == [(0, 0), (0, 3)]
    assert made.gaps == ((0, 2),)


def test_plain_files_are_apart_unless_they_have_no_ranges(ledger: Ledger) -> None:
    ledger.add(0, 1, Entry(size_bytes=1, crc32=1))
    made = plan(media_of(file_track(1200, 500), hls_track(1, container=Container.FILE)), ledger)
    assert made.files == ((0, (0, 2)),)
    assert [piece.key for piece in made.pieces] == [(1, 0)]


async def test_segments_wait_for_their_own_init_section_and_keep_their_order(ledger: Ledger) -> None:
    media = media_of(with_init(hls_track(3), every=2), hls_track(2))
    board = Board(plan(media, ledger).pieces, FakeClock())
    taken: list[Flight] = [flight for _ in range(4) if (flight := await board.take())]
    assert [flight.key for flight in taken] == [(0, -1), (0, -2), (1, 0), (1, 1)]
    board.ended(taken[1], stored=True)
    board.ended(taken[0], stored=True)
    rest = [flight for _ in range(3) if (flight := await board.take())]
    assert [flight.key for flight in rest] == [(0, 0), (0, 1), (0, 2)]
    for flight in [*taken[2:], *rest]:
        board.ended(flight, stored=True)
    assert await board.take() is None


async def test_without_its_init_section_a_segment_is_given_up(ledger: Ledger) -> None:
    board = Board(plan(media_of(with_init(hls_track(2))), ledger).pieces, FakeClock())
    flight = await board.take()
    assert flight
    assert board.ended(flight, stored=False)
    assert board.give_up(flight.key) == [(0, 0), (0, 1)]
    assert await board.take() is None


async def test_a_piece_whose_first_request_was_stopped_in_vain_is_taken_up_again(ledger: Ledger) -> None:
    """The second request claims the piece, which ends the first, and then turns out to be damaged."""
    clock = FakeClock()
    board = Board(plan(media_of(hls_track(9)), ledger).pieces, clock)
    flights = [flight for _ in range(9) if (flight := await board.take())]
    for flight in flights:
        board.tail.sent(flight)
    for flight in flights[:8]:
        board.tail.landed(flight)
        board.ended(flight, stored=True)
    clock.advance(10.0)
    spare = await board.take()
    assert spare
    assert (spare.key, spare.spare) == ((0, 8), 1)
    flights[8].scope.is_lost = True
    assert not board.ended(spare, stored=False)
    assert not board.ended(flights[8], stored=False)
    again = await board.take()
    assert again
    assert (again.key, again.spare) == ((0, 8), 0)
    assert board.ended(again, stored=False)


# --------------------------------------------------------------------------------------------------------- failures


def gone(number: int) -> HttpStatusError:
    return HttpStatusError(host="a", status=404, url=f"https://a/{number}")


@pytest.mark.parametrize(
    ("total", "has_some", "most"), [(240, True, 8), (30, True, 3), (10, True, 2), (240, False, 2), (2, False, 1)]
)
def test_how_many_may_fail_before_it_is_the_host(total: int, has_some: bool, most: int) -> None:
    failures = Failures(total, has_some=has_some)
    first = gone(0)
    assert failures.note((0, 0), first) is None
    for number in range(1, most):
        assert failures.note((0, number), gone(number)) is None
    assert failures.note((0, most), gone(most)) is first


def test_a_single_piece_that_fails_is_its_own_error() -> None:
    error = StalledError(host="a", timeout_s=1)
    assert Failures(1, has_some=False).note((0, 0), error) is error


def test_after_a_success_a_few_failures_are_holes() -> None:
    failures = Failures(100, has_some=False)
    failures.succeeded((0, 99))
    assert [failures.note((0, number), gone(number)) for number in range(8)] == [None] * 8


def test_a_piece_that_comes_after_all_is_no_hole() -> None:
    failures = Failures(100, has_some=True)
    failures.note((0, 1), gone(1))
    failures.succeeded((0, 1))
    assert not failures.any
    assert failures.outcome(media_of(hls_track(6)), []) is None


def test_what_is_missing_is_told_with_its_cause_and_its_time() -> None:
    media = media_of(hls_track(6), hls_track(6))
    failures = Failures(12, has_some=True)
    assert failures.outcome(media, []) is None
    failures.note((0, 1), gone(1))
    failures.note((1, 2), ConnectError(host="a", reason="b"))
    found = failures.outcome(media, [(0, 5)])
    assert isinstance(found, IncompleteError)
    assert found.params["reason"] == "2 segments could not be fetched: a answered 404 for https://a/1"
    assert found.params["missing"] == "00:00:04-00:00:12, 00:00:20-00:00:24"


def test_a_gap_is_the_playlists_own_word() -> None:
    found = Failures(5, has_some=True).outcome(media_of(hls_track(6)), [(0, 5)])
    assert found
    assert found.params == {"reason": "the playlist itself says so", "missing": "00:00:20-00:00:24"}


def test_times_that_nobody_knows_are_not_made_up() -> None:
    assert missing_ranges(media_of(file_track(1000, 500)), [(0, 1)]) == ""
    assert missing_ranges(media_of(hls_track(2), hls_track(2)), [(0, -1), (0, 0), (1, 0)]) == "00:00:00-00:00:04"
