from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.formats.packets import StreamPackets
from aniworld_dl.media.mux.source_info import SourceInfo
from aniworld_dl.media.proof.coverage import ends_fault, file_fault, holds_less, timeline_fault
from tests.media_builders import hls_track

if TYPE_CHECKING:
    from aniworld_dl.model import Track


def stream(kind: str, end: float, *gaps: tuple[float, float], start: float = 0.0) -> StreamPackets:
    return StreamPackets(kind=kind, codec="any", packets=99, start_s=start, end_s=end, gaps=gaps)


def both(end: float, *gaps: tuple[float, float], start: float = 0.0) -> list[StreamPackets]:
    return [stream("video", end, *gaps, start=start), stream("audio", end, *gaps, start=start)]


def with_durations(*durations: float) -> Track:
    track = hls_track(len(durations))
    segments = zip(track.segments, durations, strict=True)
    return replace(track, segments=tuple(replace(item, duration_s=duration) for item, duration in segments))


# 360 segments of 4.004 s: a usual episode of 24 minutes
EPISODE = with_durations(*[4.004] * 360)
END = 360 * 4.004


@pytest.mark.parametrize("off", [0.0, 0.5, -0.5, 30.0])
def test_all_there_is_no_fault(off: float) -> None:
    assert timeline_fault(EPISODE, both(END + off)) is None


def test_a_file_that_starts_later_is_measured_from_its_start() -> None:
    assert timeline_fault(EPISODE, both(END + 1.4, start=1.4)) is None


def test_one_missing_segment_in_the_middle_is_found_with_its_time() -> None:
    fault = timeline_fault(EPISODE, both(END, (800.8, 804.8)))
    assert fault is not None
    assert fault.spans == ((800.8, 804.8),)


def test_one_missing_segment_at_the_end_is_found() -> None:
    fault = timeline_fault(EPISODE, both(END - 4.004))
    assert fault is not None
    assert fault.reason == "it plays 1437.4 s of the 1441.4 s that the playlist announces"
    assert fault.spans[0] == pytest.approx((END - 4.004, END))


def test_a_gap_that_ffmpeg_has_closed_is_found_by_the_sum() -> None:
    fault = timeline_fault(with_durations(*[12.012] * 100), both(99 * 12.012))
    assert fault is not None


def test_small_gaps_add_up() -> None:
    """Each is shorter than what counts by itself, together they are a segment."""
    gaps = [(left, left + 0.4) for left in range(1, 9)]
    assert timeline_fault(with_durations(*[4.004] * 3), both(12.012, *gaps[:4])) is None
    fault = timeline_fault(with_durations(*[4.004] * 3), both(12.012, *gaps))
    assert fault is not None
    assert fault.spans == (), "it cannot be told which"


def test_a_pause_of_one_stream_is_no_loss() -> None:
    streams = [stream("video", END, (10, 13)), stream("audio", END, (500, 504))]
    assert timeline_fault(EPISODE, streams) is None


def test_a_stream_that_is_away_for_more_than_a_segment_is_a_loss() -> None:
    fault = timeline_fault(EPISODE, [stream("video", END, (10, 18)), stream("audio", END)])
    assert fault is not None
    assert "picture or sound" in fault.reason
    assert fault.spans == ((10, 18),)


def test_a_picture_without_sound_may_stand_still_for_less_than_half_a_segment() -> None:
    assert timeline_fault(EPISODE, [stream("video", END, (10, 11.9))]) is None
    assert timeline_fault(EPISODE, [stream("video", END, (10, 14))]) is not None


@pytest.mark.parametrize(
    ("durations", "end", "doubtful"),
    [([10.0] * 60, 560.0, True), ([10.0] * 60, 540.0, False), ([10.0] * 59 + [9.9], 560.0, False)],
)
def test_whole_seconds_may_be_rounded(durations: list[float], end: float, doubtful: bool) -> None:
    """Old playlists round, some of them up: less may then be all there is, and the segments have to tell."""
    fault = timeline_fault(with_durations(*durations), both(end))
    assert fault is not None
    assert fault.doubtful == doubtful


def test_a_gap_is_no_matter_of_rounding() -> None:
    fault = timeline_fault(with_durations(*[10.0] * 60), both(600.0, (300, 309.6)))
    assert fault is not None
    assert not fault.doubtful


def test_a_result_holds_what_its_segments_hold() -> None:
    assert not holds_less(both(561.4, start=1.4), 560.0)
    assert not holds_less(both(560.0), 561.0)
    assert holds_less(both(560.0), 561.5)
    assert holds_less(both(560.0, (10, 12)), 560.0)


def test_the_tail_does_not_make_the_check_blind_nor_sharp() -> None:
    track = with_durations(*[4.004] * 10, 0.04)
    assert timeline_fault(track, both(10 * 4.004 - 0.5)) is None
    assert timeline_fault(track, both(9 * 4.004)) is not None


def test_a_jump_that_the_playlist_announces_is_no_gap() -> None:
    segments = tuple(replace(item, discontinuity=item.index == 100) for item in EPISODE.segments)
    track = replace(EPISODE, segments=segments)
    assert timeline_fault(track, both(END + 3, (400.4, 403.4))) is None
    assert timeline_fault(track, both(END, (800.8, 804.8))) is not None
    assert timeline_fault(track, both(END, (400.4, 404.4))) is not None, "the sum still tells"


@pytest.mark.parametrize("duration", [None, 0.0])
def test_without_durations_there_is_nothing_to_compare(duration: float | None) -> None:
    track = hls_track(3)
    unknown = replace(track, segments=tuple(replace(item, duration_s=duration) for item in track.segments))
    assert timeline_fault(unknown, both(1.0)) is None


def info(duration: float | None, start: float = 0.0) -> SourceInfo:
    return SourceInfo(duration_s=duration, start_s=start, subtitle_codecs=())


@pytest.mark.parametrize(
    ("announced", "end", "whole"),
    [
        (info(60.0), 60.0, True),
        (info(60.0), 59.1, True),
        (info(60.0), 65.0, True),
        (info(60.0), 58.9, False),
        (info(60.0, start=2.0), 58.0, True),
        (info(60.0, start=-2.0), 58.0, False),
        (info(None), 1.0, True),
    ],
)
def test_a_file_must_play_what_its_header_says(announced: SourceInfo, end: float, whole: bool) -> None:
    fault = file_fault(announced, both(end))
    assert (fault is None) == whole
    if fault is not None:
        assert fault.spans == ((end, 60.0),)


@pytest.mark.parametrize(
    ("video", "audio", "longest", "words"),
    [
        (60.0, 60.0, 0.0, None),
        (60.0, 57.5, 0.0, None),
        (60.0, 56.0, 0.0, "the sound ends 4.0 s early"),
        (56.0, 60.0, 0.0, "the picture ends 4.0 s early"),
        (60.0, 56.0, 2.0, None),
        (1440.0, 1415.0, 0.0, None),
        (1440.0, 1400.0, 4.0, "the sound ends 40.0 s early"),
    ],
)
def test_picture_and_sound_end_together(video: float, audio: float, longest: float, words: str | None) -> None:
    fault = ends_fault([stream("video", video), stream("audio", audio)], longest)
    assert (fault.reason if fault else None) == words


def test_one_kind_alone_has_nothing_to_end_with() -> None:
    assert ends_fault([stream("audio", 5.0), stream("audio", 60.0)], 0.0) is None
