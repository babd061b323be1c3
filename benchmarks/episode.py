"""One generated episode to download: MPEG-TS segments of six seconds, as large as those of a usual 720p episode."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.tools import FFMPEG

if TYPE_CHECKING:
    from pathlib import Path

QUICK_SEGMENTS: Final = 60
FULL_SEGMENTS: Final = 240
SEGMENT_S: Final = 6

_CLIP_SEGMENTS: Final = 4
_FRAMES_PER_S: Final = 25
_VIDEO_BPS: Final = 3_760_000
"""With sound and the container's own bytes 3.1 MB a segment: 185 MB in 60 segments, 740 MB in 240."""
EPISODE_PLAYLIST: Final = "index.m3u8"
FILE: Final = "episode.mkv"
MP4_FILE: Final = "episode.mp4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """The episode on disk: a playlist with its segments, and the same remuxed to one Matroska and one mp4 file."""

    folder: Path
    segments: tuple[str, ...]
    size_bytes: int
    """Of all segments together."""
    packets: str
    """Hash of every packet of every stream of the file, which a right result has too."""

    @property
    def playlist(self) -> Path:
        """The playlist of the segments."""
        return self.folder / EPISODE_PLAYLIST


def make_episode(cache: Path, segments: int) -> Episode:
    """Return an episode of that many segments, made at the first call and kept in `cache`."""
    folder = cache / f"episode-{segments}"
    if not folder.exists():
        part = cache / f"episode-{segments}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _make(part, _clip(cache), segments)
        part.rename(folder)
    if not (folder / MP4_FILE).exists():
        _ffmpeg("-i", str(folder / FILE), "-c", "copy", "-movflags", "+faststart", str(folder / f"part-{MP4_FILE}"))
        (folder / f"part-{MP4_FILE}").rename(folder / MP4_FILE)
    names = tuple(line for line in (folder / EPISODE_PLAYLIST).read_text().splitlines() if line.endswith(".ts"))
    return Episode(
        folder=folder,
        segments=names,
        size_bytes=sum((folder / name).stat().st_size for name in names),
        packets=packets_of(folder / FILE),
    )


def packets_of(path: Path) -> str:
    """Return a hash of every packet of every stream of a file."""
    copied = ["-map", "0:v", "-map", "0:a", "-c", "copy"]
    command = [FFMPEG.path(), "-v", "error", "-nostdin", "-i", str(path), *copied, "-f", "streamhash", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _clip(cache: Path) -> Path:
    """Return a short clip that is looped to any length: encoding all of it would take minutes."""
    clip = cache / "clip.mkv"
    if not clip.exists():
        part = cache / "clip.part.mkv"
        picture = f"testsrc2=size=960x540:rate={_FRAMES_PER_S},noise=alls=40:allf=t"
        interval = _FRAMES_PER_S * SEGMENT_S
        rate = str(_VIDEO_BPS)
        _ffmpeg(
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"),
            *("-t", str(_CLIP_SEGMENTS * SEGMENT_S), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"),
            *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
            *("-x264-params", f"keyint={interval}:min-keyint={interval}:scenecut=0:nal-hrd=cbr"),
            *("-c:a", "aac", "-b:a", "128k", str(part)),
        )
        part.rename(clip)
    return clip


def _make(folder: Path, clip: Path, segments: int) -> None:
    loops = -(-segments // _CLIP_SEGMENTS) - 1
    _ffmpeg(
        *("-stream_loop", str(loops), "-i", str(clip), "-t", str(segments * SEGMENT_S), "-c", "copy"),
        *("-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod"),
        *("-hls_segment_filename", str(folder / "segment-%05d.ts"), str(folder / EPISODE_PLAYLIST)),
    )
    _ffmpeg("-i", str(folder / EPISODE_PLAYLIST), "-c", "copy", str(folder / FILE))


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([FFMPEG.path(), "-v", "fatal", "-nostdin", "-y", *arguments], check=True)
