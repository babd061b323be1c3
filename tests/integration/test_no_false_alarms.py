"""What ffmpeg makes and cuts in many ways is whole, and none of its segments would be fetched twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg
import pytest

from tests.packaged import package, rounded
from tests.tools import FFMPEG

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS: Final = {"system": FFMPEG.path, "bundled": imageio_ffmpeg.get_ffmpeg_exe}
_X264: Final = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_KEYS: Final = "log-level=0:keyint=50:min-keyint=50"
_AAC: Final = ["-c:a", "aac"]
_SOUND: Final = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=16"]


def picture(rate: str) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size=128x72:rate={rate}:duration=16"]


KINDS: Final = {
    "b-frames": [*picture("25"), *_SOUND, *_X264, "-bf", "2", "-g", "50", *_AAC],
    "open-gop": [*picture("25"), *_SOUND, *_X264, "-bf", "3", "-g", "50", "-x264-params", "open-gop=1", *_AAC],
    "odd-key-frames": [*picture("25"), *_SOUND, *_X264, "-g", "73", *_AAC],
    "23.976": [*picture("24000/1001"), *_SOUND, *_X264, "-g", "48", *_AAC],
    "slow": [*picture("1"), *_SOUND, *_X264, "-g", "2", *_AAC],
    "slow-picture-alone": [*picture("1"), *_X264, "-g", "2"],
    "variable": [
        *(*picture("25"), *_SOUND, "-vf", "select='not(mod(n,7))+lt(mod(n,50),9)'", "-fps_mode", "vfr"),
        *(*_X264, "-force_key_frames", "expr:gte(t,n_forced*2)", *_AAC),
    ],
    "aac-alone": [*_SOUND, *_AAC],
    "mp3-alone": [*_SOUND, "-c:a", "libmp3lame"],
    "ac3-alone": [*_SOUND, "-c:a", "ac3"],
    "hevc": [*picture("25"), *_SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", _KEYS, *_AAC],
    "mpeg2": [*picture("25"), *_SOUND, "-c:v", "mpeg2video", "-bf", "2", "-g", "50", "-c:a", "mp2"],
    "opus": [*picture("25"), *_SOUND, *_X264, "-g", "50", "-c:a", "libopus", "-strict", "-2"],
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("fragments", [False, True], ids=["ts", "fmp4"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_is_doubted(tmp_path: Path, kind: str, fragments: bool, program: str) -> None:
    made = package(PROGRAMS[program](), KINDS[kind], tmp_path, fragments=fragments, options=["-hls_time", "2"])
    assert len(made.segments) >= 3
    entries = made.entries()
    assert all(entry.spans for entry in entries.values())
    assert made.doubts(entries) == []
    assert rounded(made).doubts(entries) == []


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("seconds", ["0.5", "1", "6"])
def test_nor_is_it_with_short_or_long_segments(tmp_path: Path, seconds: str, program: str) -> None:
    arguments = [*picture("25"), *_SOUND, *_X264, "-g", "12", *_AAC]
    made = package(PROGRAMS[program](), arguments, tmp_path, fragments=False, options=["-hls_time", seconds])
    assert made.doubts(made.entries()) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_picture_that_stands_still_may_be_fetched_twice_and_is_then_believed(tmp_path: Path, program: str) -> None:
    """Where no sound goes on, nothing tells a picture that stands still from one that was lost."""
    arguments = [*picture("25"), "-vf", "select='lt(mod(n,100),9)'", "-fps_mode", "vfr", *_X264]
    arguments += ["-force_key_frames", "expr:gte(t,n_forced*2)"]
    made = package(PROGRAMS[program](), arguments, tmp_path, fragments=False, options=["-hls_time", "2"])
    entries = made.entries()
    assert [doubt for entry in entries.values() for doubt in entry.doubts] == []
    assert {hole.index for hole in made.holes(entries)} < set(entries)
    again = {index: replace(entry, confirmed=True) for index, entry in entries.items()}
    assert made.holes(again) == []
