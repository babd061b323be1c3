"""What ffmpeg writes while it decodes, line by line."""

from __future__ import annotations

import pytest

from aniworld_dl.media.proof.decoding import _Faults

BASES = ["#software: Lavf59.27.100", "#tb 0: 1/25", "#tb 1: 1/48000"]


def frame(stream: int, time: int, duration: int) -> str:
    return f"{stream},       {time},       {time},       {duration},      384, 0x9d2f55f1"


def faults(*lines: str) -> _Faults:
    found = _Faults()
    for line in [*BASES, *lines]:
        found.add_line(line)
    return found


def test_frames_tell_the_time() -> None:
    found = faults(frame(0, 24, 1), frame(1, 96_000, 1024), frame(0, 10, 1), frame(7, 10**9, 1))
    assert found.damages == []
    assert found.time_s == pytest.approx(2 + 1024 / 48_000)


def test_a_complaint_has_the_time_of_the_frames_around_it() -> None:
    found = faults(frame(0, 249, 1), "[h264 @ 0x55d0] error while decoding MB 43 31, bytestream -5")
    [damage] = found.damages
    assert damage.reason == "error while decoding MB 43 31, bytestream -5"
    assert (damage.start_s, damage.end_s) == (9.0, 12.0)


def test_complaints_close_to_one_another_are_one() -> None:
    found = faults("[aac @ 0x1] first", frame(0, 24, 1), "second", frame(0, 499, 1), "[a @ 0x2] third", "fourth")
    assert [(damage.reason, damage.start_s, damage.end_s) for damage in found.damages] == [
        ("first", 0.0, 3.0),
        ("third", 19.0, 22.0),
    ]


def test_a_frame_may_stand_inside_a_complaint() -> None:
    found = faults("[h264 @ 0x55d0] " + frame(0, 249, 1))
    assert (found.damages, found.time_s) == ([], 10.0)
    found = faults("[h264 @ 0x1] cbp too " + frame(0, 249, 1) + "large at 3 7")
    assert [damage.reason for damage in found.damages] == ["cbp too large at 3 7"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[h264 @ 0x1] co located POCs unavailable",
        "[h264 @ 0x1] mmco: unref short failure",
        "[h264 @ 0x1] reference picture missing during reorder",
        "[hevc @ 0x1] Could not find ref with POC 33",
        "[framecrc @ 0x1] Application provided invalid, non monotonically increasing dts to muxer in stream 0: 5 >= 5",
    ],
)
def test_what_decoders_say_of_whole_files_is_passed_over(line: str) -> None:
    assert faults(line).damages == []
