"""What is made of subtitles and packed audio, as ffmpeg reads it: the one on PATH and the one that is shipped."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

from aniworld_dl.media.formats.packed_audio import PackedAudioCheck, demuxer_of, strip_id3
from aniworld_dl.media.text.subtitles import merge_cues
from aniworld_dl.media.text.webvtt import Cue, parse_webvtt
from aniworld_dl.model import Container, InitSection, Segment, Track, TrackKind
from tests.media_builders import ORIGIN
from tests.tools import FFMPEG
from tests.unit.media.audio_builders import timestamp_tag
from tests.unit.media.checking import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENCODERS = {"mp3": "libmp3lame"}
MUXERS = {"aac": "adts"}
FFMPEGS = {"installed": FFMPEG.path, "shipped": imageio_ffmpeg.get_ffmpeg_exe}
SEGMENT_S = 6.0


@pytest.fixture(params=FFMPEGS)
def program(request: pytest.FixtureRequest) -> str:
    return str(FFMPEGS[request.param]())


def ffmpeg(program: str, arguments: Sequence[str], cwd: Path, given: bytes = b"") -> bytes:
    command = [program, "-hide_banner", "-v", "error", "-y", *arguments]
    done = subprocess.run(command, cwd=cwd, input=given, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


FIRST = "1\n00:00:00.500 --> 00:00:02.500 align:start line:10%\nGuten <i>Tag</i> &amp; a &lt; b\n\n"
CUT = "NOTE 2\n00:00:05.000 --> 00:00:07.500\nüber die\nGrenze\n\n"
TOGETHER = "00:00:07.000 --> 00:00:09.000\nzugleich --&gt;\n"
LATE = "01:01:40.000 --> 01:01:45.123\nspät\n"
SEGMENTS = [FIRST + CUT, CUT + TOGETHER, LATE]
SHOWN = [
    (0.5, 2.5, "Guten <i>Tag</i> & a < b"),
    (5, 7.5, "über die\nGrenze"),
    (7, 9, "zugleich"),
    (3700, 3705.123, "spät"),
]
SHOWN_ONE_AT_A_TIME = [
    SHOWN[0],
    (5, 7, "über die\nGrenze"),
    (7, 7.5, "über die\nGrenze\nzugleich"),
    (7.5, 9, "zugleich"),
    SHOWN[3],
]


def merged(*, one_at_a_time: bool = False) -> bytes:
    header = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"
    segments = tuple(
        Segment(index=index, uri=f"{ORIGIN}/{index}.vtt", duration_s=SEGMENT_S) for index in range(len(SEGMENTS))
    )
    track = Track(kind=TrackKind.TEXT, container=Container.WEBVTT, segments=segments)
    bodies = zip(segments, ((header + text).encode() for text in SEGMENTS), strict=True)
    return merge_cues(track, bodies, {}, lambda _, raw_s: raw_s - 10, one_at_a_time=one_at_a_time).encode()


@pytest.mark.parametrize(
    ("codec", "container", "expected"),
    [
        ("copy", "mkv", SHOWN),
        ("subrip", "mkv", SHOWN),
        ("mov_text", "mp4", SHOWN_ONE_AT_A_TIME),
    ],
)
def test_subtitles_are_shown_at_their_times(
    program: str, codec: str, container: str, expected: list[tuple[float, float, str]], tmp_path: Path
) -> None:
    """Beside a picture, given through a pipe: two at once, and one after a pause of an hour."""
    text = merged(one_at_a_time=container == "mp4")
    picture = ["-f", "lavfi", "-i", "color=size=32x32:rate=1:duration=10"]
    maps = ["-map", "0", "-map", "1", "-c:v", "mpeg4", "-c:s", codec]
    ffmpeg(program, [*picture, "-f", "webvtt", "-i", "-", *maps, f"out.{container}"], tmp_path, text)
    back = ffmpeg(program, ["-i", f"out.{container}", "-map", "0:s", "-f", "srt", "-"], tmp_path).decode()
    cues = parse_webvtt(f"WEBVTT\n\n{back.replace('gleich -->', 'gleich')}").cues
    shown = [(cue.start_s, cue.end_s, cue.text) for cue in cues if cue.text != "\u200b"]
    assert shown == expected


def test_documents_that_ffmpeg_puts_into_fragments_are_read(tmp_path: Path) -> None:
    """Only newer versions write TTML so; they begin at the first cue."""
    (tmp_path / "in.vtt").write_bytes(merged())
    options = ["-c:s", "ttml", "-t", "60", "-movflags", "frag_keyframe+empty_moov+default_base_moof"]
    ffmpeg(FFMPEGS["shipped"](), ["-i", "in.vtt", *options, "out.mp4"], tmp_path)
    body = (tmp_path / "out.mp4").read_bytes()
    init = InitSection(uri=f"{ORIGIN}/init")
    segment = Segment(index=0, uri=f"{ORIGIN}/0", init=init, shift_s=0.5)
    track = Track(kind=TrackKind.TEXT, container=Container.FMP4, segments=(segment,))
    text = merge_cues(track, [(segment, body)], {init: body}, lambda _, raw_s: raw_s)
    assert parse_webvtt(text).cues == (
        Cue(start_s=0.5, end_s=2.5, text="Guten Tag &amp; a &lt; b"),
        Cue(start_s=5, end_s=7.5, text="über die\nGrenze"),
        Cue(start_s=7, end_s=9, text="zugleich --&gt;"),
    )


@pytest.mark.parametrize(
    ("kind", "rate", "frame_samples"),
    [("aac", 44100, 1024), ("mp3", 44100, 1152), ("mp3", 22050, 576), ("ac3", 44100, 1536), ("eac3", 48000, 1536)],
)
def test_packed_audio_is_measured_and_joined(
    program: str, kind: str, rate: int, frame_samples: int, tmp_path: Path
) -> None:
    """What ffmpeg cuts has whole frames; joined without the tags it is again what was cut, frame for frame."""
    sound = ["-f", "lavfi", "-i", f"sine=sample_rate={rate}:duration=6"]
    sound += ["-c:a", ENCODERS.get(kind, kind), "-b:a", "96k"]
    muxer = MUXERS.get(kind, kind)
    plain = ["-write_xing", "0", "-id3v2_version", "0"] if kind == "mp3" else []
    ffmpeg(program, [*sound, *plain, "-f", muxer, f"whole.{kind}"], tmp_path)
    cut = ["-f", "segment", "-segment_time", "1", "-segment_format", muxer]
    if plain:
        cut += ["-segment_format_options", "write_xing=0:id3v2_version=0"]
    ffmpeg(program, ["-f", kind, "-i", f"whole.{kind}", "-c", "copy", *cut, f"%d.{kind}"], tmp_path)
    joined, ticks, count = b"", 900_000, 0
    while (path := tmp_path / f"{count}.{kind}").exists():
        body = timestamp_tag(ticks) + path.read_bytes()
        check = PackedAudioCheck()
        run(check, body, 1000)
        assert (check.kind, check.start_ticks, demuxer_of(body)) == (kind, ticks, kind)
        joined += body[strip_id3(body) :]
        ticks += round(check.duration_us * 0.09)
        count += 1
    assert count >= 5
    frames = ffmpeg(program, ["-f", kind, "-i", "-", "-c", "copy", "-f", "framecrc", "-"], tmp_path, joined)
    assert frames == ffmpeg(program, ["-f", kind, "-i", f"whole.{kind}", "-c", "copy", "-f", "framecrc", "-"], tmp_path)
    packets = [line for line in frames.splitlines() if not line.startswith(b"#")]
    assert (ticks - 900_000) / 90_000 == pytest.approx(len(packets) * frame_samples / rate, abs=0.001)
