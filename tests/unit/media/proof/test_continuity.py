"""Segments of 4 s whose stored timestamps are made up: what is missing in them, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.proof.continuity import Hole, holes
from aniworld_dl.model import Container, Media, Track, TrackKind
from tests.media_builders import hls_track, media_of
from tests.unit.media.stored_times import (
    COUNT,
    LAST,
    KnownLedger,
    audio,
    cut,
    entry,
    episode,
    exact_track,
    moved,
    video,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.store.ledger import Entry


def found(entries: Mapping[int, Entry], track: Track | None = None, *, final: bool = False) -> list[Hole]:
    media = media_of(track or exact_track())
    return holes(media, KnownLedger(entries), final=final)  # type: ignore[arg-type]


def guilty(entries: Mapping[int, Entry], track: Track | None = None) -> list[int]:
    return [hole.index for hole in found(entries, track)]


def test_an_episode_that_goes_on_has_no_holes() -> None:
    assert found(episode()) == []


@given(index=st.integers(0, LAST - 1), by_s=st.floats(0.1, 3.9))
def test_a_segment_cut_short_is_found_with_its_time(index: int, by_s: float) -> None:
    [hole] = found(cut(episode(), index, by_s))
    assert (hole.track, hole.index) == (0, index)
    assert hole.end_s == pytest.approx(4 * index + 4, abs=0.05)
    assert hole.start_s == pytest.approx(4 * index + 4 - by_s, abs=0.05)


def test_one_lost_picture_is_found() -> None:
    entries = episode()
    picture, sound = entries[5].spans
    entries[5] = replace(entries[5], spans=(replace(picture, end_us=picture.end_us - 40_000), sound))
    assert 5 in guilty(entries)


def test_a_segment_that_begins_late_is_found() -> None:
    entries = episode()
    spans = tuple(replace(span, start_us=span.start_us + 2_000_000) for span in entries[5].spans)
    entries[5] = replace(entries[5], spans=spans)
    assert guilty(entries) == [5]


def test_where_neither_is_shorter_both_are_guilty() -> None:
    """The manifest says 4 s, they hold 4 s, and yet there is a second between them."""
    entries = moved(episode(), lambda index: 1.0 if index > 5 else 0.0)
    assert guilty(entries) == [5, 6]


def test_the_last_segment_is_held_against_its_duration() -> None:
    """Durations that all the others agree to are exact, also where they are whole seconds."""
    assert found(cut(episode(), LAST, 0.09)) == []
    [hole] = found(cut(episode(), LAST, 2.0))
    assert (hole.index, round(hole.start_s, 1), round(hole.end_s, 1)) == (LAST, 46.0, 48.0)
    assert guilty(cut(episode(), LAST, 0.11), hls_track(COUNT)) == [LAST]


def test_what_has_been_confirmed_is_the_sources_own() -> None:
    entries = cut(episode(), 5, 2.0)
    entries[5] = replace(entries[5], confirmed=True)
    assert found(entries) == []


@pytest.mark.parametrize(
    ("index", "lost_s", "clear"), [(5, 0.1, False), (5, 0.3, True), (LAST, 0.09, False), (LAST, 0.2, True)]
)
def test_a_clear_hole_is_one_whoever_lost_it(index: int, lost_s: float, *, clear: bool) -> None:
    """In the end the source's own holes count too, unless they are too small to be sure of."""
    entries = cut(episode(), index, lost_s)
    entries[index] = replace(entries[index], confirmed=True)
    assert bool(found(entries, final=True)) is clear


def test_a_clock_that_jumps_is_no_hole_once_confirmed() -> None:
    entries = moved(episode(), lambda index: 1.0 if index > 5 else 0.0)
    for index in (5, 6):
        entries[index] = replace(entries[index], confirmed=True)
    assert found(entries, final=True) == []


def test_timestamps_begin_again_after_33_bits() -> None:
    wrap_s = (1 << 33) / 90_000
    entries = episode(offset_s=wrap_s - 20)
    wrapped = moved(entries, lambda index: -wrap_s if index >= 5 else 0.0)
    assert found(wrapped) == []
    assert guilty(cut(wrapped, 4, 2.0)) == [4]
    fragments = hls_track(COUNT, container=Container.FMP4)
    assert found(wrapped, fragments) == []


@pytest.mark.parametrize("track", [exact_track(), exact_track(container=Container.FMP4)])
def test_timestamps_that_begin_again_in_each_segment_leave_the_durations(track: Track) -> None:
    entries = moved(episode(), lambda index: -4.0 * index)
    assert found(entries, track) == []
    holes_of_two = found(cut(cut(entries, 5, 2.0), 9, 1.0), track)
    assert [(hole.index, round(hole.start_s, 1), round(hole.end_s, 1)) for hole in holes_of_two] == [
        (5, 22.0, 24.0),
        (9, 39.0, 40.0),
    ]


@pytest.mark.parametrize("index", [0, 5, LAST])
@pytest.mark.parametrize("by_s", [-20.0, 3600.0])
def test_a_segment_of_another_place_is_found(index: int, by_s: float) -> None:
    """Whole, and as long as it should be, but it plays at another time."""
    moved_one = moved(episode(), lambda other: by_s if other == index else 0.0)
    assert guilty(moved_one) == [index]
    often = moved(episode(), lambda other: by_s * (other % 3))
    assert guilty(often) == []


def test_a_segment_that_came_twice_is_found() -> None:
    entries = episode()
    assert 5 in guilty({**entries, 5: entries[4]})
    assert LAST in guilty({**entries, LAST: entries[LAST - 1]})


def test_a_jump_that_is_longer_than_the_segments_is_no_loss() -> None:
    assert found(moved(episode(), lambda index: 3600.0 if index > 5 else 0.0)) == []


@pytest.mark.parametrize("gap", [False, True])
def test_where_the_manifest_itself_breaks_nothing_follows(gap: bool) -> None:
    track = exact_track()
    broken = replace(track.segments[6], discontinuity=not gap, gap=gap)
    segments = (*track.segments[:6], broken, *track.segments[7:])
    entries = moved(episode(), lambda index: 1.0 if index > 5 else 0.0)
    assert found(entries, replace(track, segments=segments)) == []


def test_durations_that_lie_are_not_believed_where_timestamps_go_on() -> None:
    segments = tuple(replace(item, duration_s=10.0) for item in hls_track(COUNT).segments)
    track = replace(hls_track(COUNT), segments=segments)
    assert found(episode(), track) == []
    assert found(moved(episode(), lambda index: -4.0 * index), track) == []
    assert guilty(cut(episode(), 5, 1.0), track) == [5]


def test_a_source_without_durations_or_timestamps_has_no_holes() -> None:
    segments = tuple(replace(item, duration_s=None) for item in hls_track(COUNT).segments)
    assert found(episode(), replace(hls_track(COUNT), segments=segments)) == []
    assert found({index: entry() for index in range(COUNT)}) == []
    assert found({index: entry(video(9, 9)) for index in range(COUNT)}) == []
    assert found({index: entry(replace(video(0, 1), kind="other")) for index in range(COUNT)}) == []


def test_pictures_that_stand_still_are_no_hole_while_sound_goes_on() -> None:
    """A slide show: each picture stands until the next, and nothing says for how long."""
    entries = {
        index: entry(video(4 * index, 4 * index + 0.4 * (index % 4)), audio(4 * index, 4 * index + 4))
        for index in range(COUNT)
    }
    assert found(entries) == []
    assert guilty(cut(entries, 5, 3.0)) == [5]


def test_pauses_of_all_streams_together_are_doubted() -> None:
    entries = {
        index: entry(video(4 * index, 4 * index + 3 - index % 2), audio(4 * index, 4 * index + 2 + index % 2))
        for index in range(COUNT)
    }
    assert guilty(entries) == list(range(COUNT))


def test_few_segments_are_held_to_half_a_second() -> None:
    """Nothing tells how steadily so few go on."""
    short = episode(3)
    assert guilty(cut(short, 1, 0.4)) == []
    assert guilty(cut(short, 1, 0.6)) == [1]


def test_a_stream_that_is_gone_for_a_segment_is_missed() -> None:
    entries = episode()
    entries[5] = replace(entries[5], spans=entries[5].spans[1:])
    assert guilty(entries) == [4, 5, 6]


def counted(first: int, breaks: tuple[int, ...] = ()) -> dict[int, Entry]:
    entries, counter = {}, first
    for index in range(COUNT):
        counter += 3 if index in breaks else 0
        entries[index] = entry(video(4 * index, 4 * index + 4, counters=(counter % 16, (counter + 20) % 16)))
        counter += 21
    return entries


def test_counters_that_go_on_from_segment_to_segment_tell_of_lost_packets() -> None:
    assert found(counted(3)) == []
    lost = [(hole.index, round(hole.start_s, 2), round(hole.end_s, 2)) for hole in found(counted(3, (6,)))]
    assert lost == [(5, 24.0, 24.03), (6, 24.0, 24.03)]


def test_counters_that_begin_anew_now_and_then_tell_nothing() -> None:
    assert found(counted(3, (2, 4, 6))) == []
    assert found(counted(3, tuple(range(COUNT)))) == []


@pytest.mark.parametrize(
    "track",
    [
        hls_track(COUNT, kind=TrackKind.TEXT),
        hls_track(COUNT, container=Container.WEBVTT),
        hls_track(COUNT, container=Container.FILE),
    ],
)
def test_text_and_files_have_no_timestamps_to_follow(track: Track) -> None:
    assert found(cut(episode(), 5, 3.0), track) == []


def test_each_track_has_its_own_holes() -> None:
    media = media_of(hls_track(COUNT), hls_track(COUNT, kind=TrackKind.AUDIO))
    ledger = KnownLedger(cut(episode(), 7, 2.0), cut(episode(), 3, 2.0))
    assert [(hole.track, hole.index) for hole in holes(media, ledger)] == [(0, 7), (1, 3)]  # type: ignore[arg-type]


def test_ten_thousand_segments_take_no_time() -> None:
    count = 10_000
    media = Media(url="u", tracks=(hls_track(count),))
    assert holes(media, KnownLedger(cut(episode(count), 7_000, 1.0)))[0].index == 7_000  # type: ignore[arg-type]
