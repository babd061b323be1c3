"""Small parts of an episode, made by ffmpeg and cut into segments in every way that is joined; what is in a file."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.boxes import boxes
from tests.media_samples import ffmpeg
from tests.tools import FFMPEG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS: Final = 3
"""How long each part plays; a segment of it plays 1 s."""
SIZES: Final = {"a": "160x90", "b": "160x90", "big": "192x108"}
"""Two parts that differ in what they show, and one that has another size as well."""

_PICTURES: Final = {"a": "testsrc2", "b": "mandelbrot", "big": "testsrc"}
_TONES: Final = {"a": 440, "b": 660, "big": 880}
_TIMESCALES: Final = {"v": 12_800, "a": 48_000}
_ADTS_FRAME_TICKS: Final = 1920
"""1024 samples at 48 kHz, in ticks of 90 kHz."""
_OWNER: Final = b"com.apple.streaming.transportStreamTimestamp\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A part in segments of one kind; `init` is None where there is none."""

    segments: tuple[bytes, ...]
    init: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet of a file, in seconds."""

    dts: float
    pts: float
    duration: float


class Parts:
    """The parts in a folder, each made and cut once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cuts: dict[tuple[object, ...], Cut] = {}

    def whole(self, name: str) -> Path:
        """Return a part as one MP4 file."""
        path = self._folder / f"{name}.mp4"
        if not path.exists():
            picture = f"{_PICTURES[name]}=size={SIZES[name]}:rate=25"
            sound = f"sine=frequency={_TONES[name]}:sample_rate=48000:duration={SECONDS}"
            video = ["-t", str(SECONDS), "-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "2"]
            keys = ["-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-c:a", "aac"]
            ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *video, *keys, path.name], self._folder)
        return path

    def ts(self, name: str, streams: str = "va", *, offset_s: float = 0.0) -> Cut:
        """Return a part as MPEG-TS; `streams` are "v", "a" or both, `offset_s` is added to ffmpeg's own 1.4 s."""
        return self._packaged(name, streams, offset_s, [])

    def fmp4(self, name: str, streams: str = "va", *, offset_s: float = 0.0) -> Cut:
        """Return a part as fragmented MP4, with a `sidx` in each segment."""
        return self._packaged(name, streams, offset_s, ["-hls_segment_type", "fmp4"])

    def ts_file(self, name: str, options: Sequence[str]) -> Cut:
        """Return a part as one segment of MPEG-TS, made with these options."""
        target = self._folder / "one.ts"
        ffmpeg(["-i", self.whole(name).name, "-map", "0", "-c", "copy", *options, target.name], self._folder)
        return Cut(segments=(target.read_bytes(),))

    def fragments(self, name: str, streams: str = "va", *, offset_s: float = 0.0) -> Cut:
        """Return a part as fragments whose own times begin late, as those of DASH do; no edit list, no index."""
        target = self._folder / "one.mp4"
        maps = [argument for stream in streams for argument in ("-map", f"0:{stream}")]
        where = "+frag_keyframe" if "v" in streams else ""
        cut = ["-movflags", f"empty_moov+default_base_moof{where}", *([] if where else ["-frag_duration", "1000000"])]
        ffmpeg(["-i", self.whole(name).name, *maps, "-c", "copy", *cut, target.name], self._folder)
        ticks = [round(offset_s * _TIMESCALES[stream]) for stream in streams]
        whole = _split(target.read_bytes())
        return Cut(segments=tuple(_late(segment, ticks) for segment in whole.segments), init=whole.init)

    def packed(self, name: str, *, offset_s: float = 0.0) -> Cut:
        """Return the sound of a part as packed AAC with a timestamp before each segment."""
        target = self._folder / "one.aac"
        ffmpeg(["-i", self.whole(name).name, "-map", "0:a", "-c", "copy", "-f", "adts", target.name], self._folder)
        frames = _adts_frames(target.read_bytes())
        per_segment = 47
        segments = []
        for first in range(0, len(frames), per_segment):
            ticks = round(offset_s * 90_000) + first * _ADTS_FRAME_TICKS
            segments.append(id3_tag(ticks) + b"".join(frames[first : first + per_segment]))
        return Cut(segments=tuple(segments))

    def _packaged(self, name: str, streams: str, offset_s: float, options: Sequence[str]) -> Cut:
        key = (name, streams, offset_s, *options)
        if key not in self._cuts:
            folder = self._folder / f"cut{len(self._cuts)}"
            folder.mkdir()
            maps = [argument for stream in streams for argument in ("-map", f"0:{stream}")]
            shift = ["-output_ts_offset", str(offset_s)] if offset_s else []
            hls = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", *shift, *options]
            ffmpeg(["-i", str(self.whole(name)), *maps, *hls, "-hls_segment_filename", "%03d.seg", "i.m3u8"], folder)
            init = folder / "init.mp4"
            segments = tuple(path.read_bytes() for path in sorted(folder.glob("*.seg")))
            self._cuts[key] = Cut(segments=segments, init=init.read_bytes() if init.exists() else None)
        return self._cuts[key]


def id3_tag(ticks: int) -> bytes:
    """Return the tag that says when packed audio begins (RFC 8216 3.4)."""
    content = _OWNER + ticks.to_bytes(8)
    frame = b"PRIV" + len(content).to_bytes(4) + b"\0\0" + content
    return b"ID3\x04\0\0" + bytes((0, 0, 0, len(frame))) + frame


def _split(data: bytes) -> Cut:
    """Cut a fragmented MP4 file into its init section and its fragments."""
    found = list(boxes(data))
    starts = [box.start - 8 for box in found if box.kind == b"moof"]
    end = next((box.start - 8 for box in found if box.kind == b"mfra"), len(data))
    segments = tuple(data[start:stop] for start, stop in pairwise([*starts, end]))
    return Cut(segments=segments, init=data[: starts[0]])


def _late(fragment: bytes, ticks: Sequence[int]) -> bytes:
    """Add to the decode times of the tracks in a fragment: 8 bytes behind the name of the box and its version."""
    *parts, last = fragment.split(b"tfdt\1\0\0\0")
    assert len(parts) == len(ticks)
    later = [ticks[order] + int.from_bytes(part[:8]) for order, part in enumerate([*parts[1:], last])]
    rests = [parts[0], *(time.to_bytes(8) + part[8:] for time, part in zip(later, [*parts[1:], last], strict=True))]
    return b"tfdt\1\0\0\0".join(rests)


def _adts_frames(data: bytes) -> list[bytes]:
    frames = []
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position + 3 : position + 6]) >> 5 & 0x1FFF
        frames.append(data[position : position + size])
        position += size
    return frames


def packets(path: Path, stream: str) -> list[Packet]:
    """Return the packets of one stream ("v:0") with the times that are written in a file."""
    lines = ffmpeg(
        ["-copyts", "-i", path.name, "-map", f"0:{stream}", "-c", "copy", "-f", "framecrc", "-"], path.parent
    ).splitlines()
    tick = Fraction(next(line.split()[2] for line in lines if line.startswith("#tb")))
    rows = [[int(cell) for cell in line.split(",")[1:4]] for line in lines if line[0] != "#"]
    return [Packet(dts=float(row[0] * tick), pts=float(row[1] * tick), duration=float(row[2] * tick)) for row in rows]


def frames(path: Path) -> list[str]:
    """Return a checksum of every decoded picture."""
    return _checksums(path, ("-map", "0:v:0", "-fps_mode", "passthrough"))


def sounds(path: Path, stream: str = "a:0") -> list[str]:
    """Return a checksum of every packet of sound; what it decodes to depends on the packet before it."""
    return _checksums(path, ("-map", f"0:{stream}", "-c", "copy"))


@lru_cache(maxsize=32)
def _checksums(path: Path, options: tuple[str, ...]) -> list[str]:
    lines = ffmpeg(["-i", path.name, *options, "-f", "framecrc", "-"], path.parent).splitlines()
    return [line.split(",")[5].strip() for line in lines if line[0] != "#"]


def described(path: Path) -> list[str]:
    """Return the lines with which ffmpeg describes a file's streams."""
    command = [FFMPEG.path(), "-hide_banner", "-nostdin", "-i", str(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return [line.strip() for line in text.splitlines()]
