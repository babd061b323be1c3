"""Finished files as ffmpeg writes them, then damaged: each damage is found with its time, and nothing else is."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.ffmpeg import Ffmpeg, find_ffmpeg
from aniworld_dl.media.formats.matroska import Damage, read_matroska
from aniworld_dl.media.formats.packets import PacketList
from aniworld_dl.media.proof.decoding import decoding_damages
from aniworld_dl.media.proof.recheck import Report, recheck
from tests.media_samples import Samples, ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 24
PROGRAMS = [None, Path(imageio_ffmpeg.get_ffmpeg_exe())]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of a picture that is hard to pack, with sound: 2.5 MB, with checksums, without, and as MP4."""
    folder = tmp_path_factory.mktemp("films")
    picture = f"testsrc2=size=320x180:rate=25:duration={SECONDS},noise=alls=20:allf=t"
    sound = f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-bf", "2", "-b:v", "800k"]
    ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *encode, "-c:a", "aac", "summed.mkv"], folder)
    ffmpeg(["-i", "summed.mkv", "-c", "copy", "-write_crc32", "0", "plain.mkv"], folder)
    ffmpeg(["-i", "summed.mkv", "-c", "copy", "-movflags", "+faststart", "early.mp4"], folder)
    ffmpeg(["-i", "summed.mkv", "-c", "copy", "late.mp4"], folder)
    return folder


@pytest.fixture(params=PROGRAMS, ids=["system", "bundled"])
def program(request: pytest.FixtureRequest) -> Ffmpeg:
    return find_ffmpeg(request.param)


def flipped(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def zeroed(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes(100_000) + data[place + 100_000 :]


def cut(data: bytes) -> bytes:
    return data[: len(data) * 3 // 4]


def picture_in_the_middle(film: Path) -> tuple[float, int, int]:
    """Return when the first key picture after the film's half is shown, its place in the file and its size."""
    entries = ["-select_streams", "v", "-show_entries", "packet=pts_time,flags,pos,size", "-of", "json"]
    command = ["ffprobe", "-v", "error", *entries, str(film)]
    packets = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["packets"]
    keys = [packet for packet in packets if "K" in packet["flags"] and float(packet["pts_time"]) > SECONDS / 2]
    return float(keys[0]["pts_time"]), int(keys[0]["pos"]), int(keys[0]["size"])


def reported(report: Report) -> tuple[float, float]:
    assert report.damages
    return report.ranges[0][0], report.ranges[-1][1]


@pytest.mark.parametrize("name", ["summed.mkv", "plain.mkv", "early.mp4", "late.mp4"])
@pytest.mark.parametrize("decode", [False, True])
async def test_whole_files_are_whole(films: Path, program: Ffmpeg, name: str, decode: bool) -> None:
    report = await recheck(program, films / name, decode=decode)
    assert report == Report(damages=(), decoded=decode or name != "summed.mkv")


@dataclass(frozen=True)
class Case:
    """A damage, and what is to be found: from when to when, in seconds, and whether a decoder has to find it."""

    name: str
    damage: Callable[[bytes], bytes]
    start_s: float
    end_s: float
    decoded: bool = False


CASES = [
    Case("summed.mkv", flipped, 12, 12),
    Case("summed.mkv", zeroed, 12, 12.5),
    Case("summed.mkv", cut, 18, SECONDS),
    Case("plain.mkv", zeroed, 12, 12.5),
    Case("plain.mkv", cut, 18, SECONDS),
    Case("early.mp4", zeroed, 12, 12.5, decoded=True),
    Case("early.mp4", cut, 18, SECONDS, decoded=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.damage.__name__}")
async def test_damage_is_found_with_its_time(films: Path, tmp_path: Path, program: Ffmpeg, case: Case) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.damage((films / case.name).read_bytes()))
    report = await recheck(program, path)
    start, end = reported(report)
    assert case.start_s - 6 < start < case.start_s + 1.5
    assert case.end_s - 0.5 <= end < case.end_s + 6
    assert report.decoded is case.decoded


async def test_what_no_checksum_tells_a_decoder_may(films: Path, tmp_path: Path, program: Ffmpeg) -> None:
    """A wrong byte in a picture leaves the file's structure whole."""
    data = bytearray((films / "plain.mkv").read_bytes())
    shown_s, start, size = picture_in_the_middle(films / "plain.mkv")
    for place in range(start + size // 2, start + size, 40):
        data[place] ^= 0x55
    path = tmp_path / "bits.mkv"
    path.write_bytes(data)
    report = await recheck(program, path, decode=True)
    assert report.decoded
    start_s, end_s = reported(report)
    assert start_s <= shown_s <= end_s < shown_s + 4


async def test_an_mp4_without_its_index_cannot_be_read(films: Path, tmp_path: Path, program: Ffmpeg) -> None:
    path = tmp_path / "late.mp4"
    path.write_bytes(cut((films / "late.mp4").read_bytes()))
    report = await recheck(program, path)
    assert report.damages[0].reason.startswith("it ends after")


async def test_a_file_that_plays_less_than_it_says_is_found(films: Path, tmp_path: Path, program: Ffmpeg) -> None:
    """Its last cluster is gone, and its size was put right."""
    data = (films / "summed.mkv").read_bytes()
    cluster, cues = data.rindex(b"\x1f\x43\xb6\x75"), data.rindex(b"\x1c\x53\xbb\x6b")
    size = cues - cluster
    path = tmp_path / "short.mkv"
    path.write_bytes(data[:cluster] + b"\xec\x01" + (size - 9).to_bytes(7) + bytes(size - 9) + data[cues:])
    report = await recheck(program, path)
    assert report.damages[0].reason.startswith("it plays")
    assert reported(report)[1] == pytest.approx(SECONDS, abs=0.1)
    assert not report.decoded


async def test_an_mp4_that_announces_more_is_found(films: Path, tmp_path: Path, program: Ffmpeg) -> None:
    data = (films / "early.mp4").read_bytes()
    duration = data.index(b"mvhd") + 4 + 4 + 12
    path = tmp_path / "short.mp4"
    path.write_bytes(data[:duration] + (60_000).to_bytes(4) + data[duration + 4 :])
    report = await recheck(program, path)
    assert [damage.reason for damage in report.damages] == [f"it plays {SECONDS:.1f} s of the 60.0 s that it announces"]
    assert [round(time) for time in reported(report)] == [SECONDS, 60]


def test_times_that_touch_are_told_as_one() -> None:
    times = [(5.0, 7.0), (1.0, 2.0), (3.0, 3.0), (1.5, 1.8), (2.0, 4.0)]
    damages = tuple(Damage(reason="?", start_s=start, end_s=end) for start, end in times)
    assert Report(damages=damages, decoded=True).ranges == [(1.0, 4.0), (5.0, 7.0)]


async def test_a_time_without_anything_is_found(films: Path, tmp_path: Path, program: Ffmpeg) -> None:
    """A cluster in the middle is gone, and nothing is out of place."""
    data = (films / "summed.mkv").read_bytes()
    places = [place for place in range(len(data)) if data.startswith(b"\x1f\x43\xb6\x75", place)]
    start, stop = places[2], places[3]
    size = stop - start
    path = tmp_path / "gap.mkv"
    path.write_bytes(data[:start] + b"\xec\x01" + (size - 9).to_bytes(7) + bytes(size - 9) + data[stop:])
    report = await recheck(program, path)
    assert {damage.reason for damage in report.damages} == {"nothing is presented for a time"}
    assert 1 < reported(report)[1] - reported(report)[0] < 6


async def test_a_file_with_nothing_to_show_is_damaged(tmp_path: Path, program: Ffmpeg, samples: Samples) -> None:
    path = tmp_path / "text.mkv"
    ffmpeg(["-i", str(samples.folder / "episode.mkv"), "-map", "0:s", "-c", "copy", str(path)], tmp_path)
    report = await recheck(program, path)
    assert [damage.reason for damage in report.damages] == ["it has neither picture nor sound"]


async def test_a_picture_alone_may_stand_still(tmp_path: Path, program: Ffmpeg) -> None:
    kept = ["-vf", "select='lt(n,10)+gt(n,200)'", "-fps_mode", "vfr"]
    slides = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=10", *kept, "-c:v", "libx264", "slides.mkv"]
    ffmpeg(slides, tmp_path)
    assert (await read_matroska(tmp_path / "slides.mkv")).streams[0].gaps
    assert (await recheck(program, tmp_path / "slides.mkv")).damages == ()


async def test_a_file_that_is_not_there_is_our_error(tmp_path: Path, program: Ffmpeg) -> None:
    for name in ("none.mkv", "none.mp4"):
        with pytest.raises(FileFailedError):
            await recheck(program, tmp_path / name)
    with pytest.raises(FileFailedError):
        await decoding_damages(program, tmp_path / "none.mkv")


@pytest.mark.parametrize("name", ["summed.mkv", "plain.mkv"])
async def test_every_packet_is_seen_as_ffmpeg_sees_it(films: Path, name: str) -> None:
    await assert_same_as_ffmpeg(films / name)


async def test_subtitles_are_seen_too(samples: Samples) -> None:
    await assert_same_as_ffmpeg(samples.folder / "episode.mkv")
    assert (await read_matroska(samples.folder / "episode.mkv")).kinds == ("video", "audio", "subtitle")


async def assert_same_as_ffmpeg(path: Path) -> None:
    listed = PacketList()
    for line in ffmpeg(["-i", str(path), "-map", "0", "-c", "copy", "-f", "framecrc", "-"], path.parent).splitlines():
        listed.add_line(line)
    own = await read_matroska(path)
    assert own.damages == ()
    assert own.kinds == listed.kinds()
    for mine, theirs in zip(own.streams, listed.streams(), strict=True):
        assert (mine.kind, mine.codec, mine.packets, mine.gaps) == (
            theirs.kind,
            theirs.codec,
            theirs.packets,
            theirs.gaps,
        )
        assert mine.start_s == theirs.start_s
        assert mine.end_s == pytest.approx(theirs.end_s, abs=0.003)
