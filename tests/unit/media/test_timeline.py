from __future__ import annotations

from dataclasses import replace

from aniworld_dl.media.timeline import Timeline, clock_ranges, joined_spans, whole_seconds
from tests.media_builders import hls_track


def test_segments_follow_one_another() -> None:
    assert Timeline(hls_track(3)).spans == [(0.0, 4.0), (4.0, 8.0), (8.0, 12.0)]


def test_segments_in_a_span_are_those_that_share_time_with_it() -> None:
    timeline = Timeline(hls_track(5))
    assert timeline.segments_in([(4.0, 8.0)]) == [1]
    assert timeline.segments_in([(3.9, 8.1), (18.0, 99.0)]) == [0, 1, 2, 4]
    assert timeline.segments_in([]) == []


def test_ranges_join_neighbours() -> None:
    assert Timeline(hls_track(5)).ranges([4, 0, 1]) == [(0.0, 8.0), (16.0, 20.0)]


def test_a_segment_of_unknown_length_takes_no_time() -> None:
    track = hls_track(2)
    unknown = replace(track, segments=(replace(track.segments[0], duration_s=None), track.segments[1]))
    assert Timeline(unknown).spans == [(0.0, 0.0), (0.0, 4.0)]


def test_times_are_written_as_a_clock_shows_them() -> None:
    assert clock_ranges([(724.2, 742.0), (3600.0, 7325.6)]) == "00:12:04-00:12:22, 01:00:00-02:02:06"
    assert clock_ranges([]) == ""


def test_spans_that_touch_are_one_and_those_of_no_length_none() -> None:
    assert joined_spans([(5, 7), (1, 2), (3, 3), (1.5, 1.8), (2, 4)]) == [(1, 4), (5, 7)]
    assert whole_seconds([(0.96, 1.2), (2.0, 3.0), (4.5, 4.6)]) == [(0, 3), (4, 5)]
