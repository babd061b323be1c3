from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.model import TrackKind
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock
from tests.media_builders import file_track, hls_track, media_of

if TYPE_CHECKING:
    from aniworld_dl.model import Track


def progress_of(*tracks: Track) -> DownloadProgress:
    return DownloadProgress(media_of(*tracks), Meter(FakeClock()))


def fetch(progress: DownloadProgress, index: int, size: int, track: int = 0, *, keep: bool = True) -> None:
    with progress.attempt(track, index, size) as attempt:
        attempt.add(size)
        if keep:
            attempt.keep()


def test_nothing_is_known_before_the_first_byte() -> None:
    progress = progress_of(hls_track(4))
    assert progress.fraction() == 0.0
    assert progress.total_bytes() is None


def test_segments_weigh_as_long_as_they_play() -> None:
    track = hls_track(2)
    long = replace(track.segments[0], duration_s=12.0)
    progress = progress_of(replace(track, segments=(long, track.segments[1])))
    fetch(progress, 0, 300)
    assert progress.fraction() == pytest.approx(0.75)
    assert progress.total_bytes() == 400


def test_ranges_weigh_their_bytes() -> None:
    progress = progress_of(file_track(1000, 400))
    assert progress.total_bytes() == 1000
    fetch(progress, 2, 200)
    assert progress.fraction() == pytest.approx(0.2)


def test_sound_weighs_less_than_picture() -> None:
    video, audio = hls_track(2, kind=TrackKind.VIDEO), hls_track(2, kind=TrackKind.AUDIO)
    progress = progress_of(video, audio)
    fetch(progress, 0, 100, track=1)
    fetch(progress, 1, 100, track=1)
    assert 0 < progress.fraction() < 0.1


def test_bytes_under_way_count() -> None:
    progress = progress_of(hls_track(2))
    with progress.attempt(0, 0, 1000) as attempt:
        attempt.add(500)
        assert progress.fraction() == pytest.approx(0.25)
        assert progress.total_bytes() == 2000
        attempt.add(500)
        assert progress.fraction() < 0.5
        attempt.keep()
    assert progress.fraction() == pytest.approx(0.5)


def test_bytes_under_way_of_unknown_length_are_held_against_the_average() -> None:
    progress = progress_of(hls_track(2))
    with progress.attempt(0, 0, None) as attempt:
        attempt.add(1000)
        assert progress.fraction() == 0.0
        attempt.keep()
    with progress.attempt(0, 1, None) as attempt:
        attempt.add(500)
        assert progress.fraction() == pytest.approx(0.75)


def test_a_failed_attempt_gives_its_bytes_back_and_the_fraction_stays() -> None:
    progress = progress_of(hls_track(2))
    with progress.attempt(0, 0, 1000) as attempt:
        attempt.add(800)
        before = progress.fraction()
    assert progress.bytes_done == 0
    assert progress.fraction() == before > 0
    assert progress.meter.total_bytes == 800


def test_an_error_gives_the_bytes_back() -> None:
    progress = progress_of(hls_track(2))

    def fail() -> None:
        with progress.attempt(0, 0, 1000) as attempt:
            attempt.add(800)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert progress.bytes_done == 0


def test_init_sections_are_bytes_but_no_progress() -> None:
    progress = progress_of(hls_track(2))
    with progress.attempt(0, -1, None) as attempt:
        attempt.add(100)
        assert progress.fraction() == 0.0
        attempt.keep()
    assert progress.bytes_done == 100
    assert progress.segments_done == 0
    fetch(progress, 0, 1000)
    fetch(progress, 1, 1000)
    assert progress.total_bytes() == 2100


def test_reused_segments_count_as_done() -> None:
    progress = progress_of(hls_track(4))
    progress.reuse(0, 3, 1000)
    assert (progress.segments_reused, progress.segments_done, progress.bytes_done) == (1, 1, 1000)
    assert progress.fraction() == pytest.approx(0.25)
    assert progress.total_bytes() == 4000
    assert progress.meter.total_bytes == 0


def test_not_whole_before_the_last_segment() -> None:
    """The last segment may be so short that its weight is nothing."""
    track = hls_track(2)
    progress = progress_of(replace(track, segments=(track.segments[0], replace(track.segments[1], duration_s=1e-6))))
    fetch(progress, 0, 1000)
    assert progress.fraction() == 0.99
    fetch(progress, 1, 0)
    assert progress.fraction() == 1.0


@given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 500), st.booleans(), st.booleans()), max_size=60))
def test_the_fraction_never_falls(steps: list[tuple[int, int, bool, bool]]) -> None:
    progress = progress_of(hls_track(10))
    kept: set[int] = set()
    last = 0.0
    for index, size, known, keep in steps:
        if index in kept:
            continue
        with progress.attempt(0, index, size if known else None) as attempt:
            attempt.add(size)
            assert last <= progress.fraction() <= 1.0
            last = progress.fraction()
            if keep:
                attempt.keep()
                kept.add(index)
        assert last <= progress.fraction() <= 1.0
        assert (progress.fraction() == 1.0) == (len(kept) == 10)
        last = progress.fraction()
        total = progress.total_bytes()
        assert total is None or total >= progress.bytes_done


def test_a_second_attempt_at_the_same_segment_counts_only_when_it_is_kept() -> None:
    progress = DownloadProgress(media_of(hls_track(2)), Meter(FakeClock()))
    with progress.attempt(0, 0, 100) as first:
        first.add(60)
        with progress.attempt(0, 0, 100, spare=True) as second:
            second.add(100)
            assert progress.bytes_done == 60
            assert progress.fraction() == pytest.approx(0.99 / 2)  # the one that is further
            second.keep()
    assert (progress.bytes_done, progress.segments_done, progress.wasted_bytes) == (100, 1, 60)
    assert progress.meter.total_bytes == 160


def test_a_second_attempt_that_loses_leaves_the_first_as_it_is() -> None:
    progress = DownloadProgress(media_of(hls_track(2)), Meter(FakeClock()))
    with progress.attempt(0, 0, 100) as first:
        with progress.attempt(0, 0, 100, spare=True) as second:
            second.add(30)
        first.add(100)
        first.keep()
    assert (progress.bytes_done, progress.segments_done, progress.wasted_bytes) == (100, 1, 30)


def test_what_is_fetched_again_is_taken_back_and_the_fraction_stays() -> None:
    progress = DownloadProgress(media_of(hls_track(2)), Meter(FakeClock()))
    progress.reuse(0, 0, 100)
    progress.reuse(0, 1, 100)
    assert progress.fraction() == 1.0
    progress.take_back(0, 1, 100)
    assert (progress.bytes_done, progress.segments_done, progress.wasted_bytes) == (100, 1, 100)
    assert progress.fraction() == 1.0
    assert progress.total_bytes() == 200
