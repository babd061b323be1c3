"""A short episode, made and packaged by ffmpeg in every way that is downloaded, and ffmpeg's own reading of it."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.tools import FFMPEG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS: Final = 8
SEGMENTS: Final = 8
"""Each plays 1 s and has 35 to 50 kB."""

TS: Final = "ts/index.m3u8"
FMP4: Final = "fmp4/index.m3u8"
AES: Final = "aes/index.m3u8"
PLAYLISTS: Final = (TS, FMP4, AES)
LATE: Final = "late.mp4"
EARLY: Final = "early.mp4"
FILES: Final = (LATE, EARLY, "episode.mkv", "episode.ts")
"""Plain files: with the index at the end, with it at the start, with subtitles, without any index."""

_PICTURE: Final = f"testsrc2=size=160x90:rate=25:duration={SECONDS}"
_SOUND: Final = f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"
_SUBTITLES: Final = "1\n00:00:01,000 --> 00:00:03,000\nGuten Tag\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The same episode in every format, below `folder`."""

    folder: Path
    own: Path
    """Where ffmpeg's own results are kept; no server has it."""
    _own_streams: dict[str, list[str]] = field(default_factory=dict)

    def segments(self, playlist: str) -> list[str]:
        """Return the paths of a playlist's segments, as they are asked for from a server."""
        lines = (self.folder / playlist).read_text().splitlines()
        names = [line for line in lines if line and not line.startswith("#")]
        return [f"/{playlist.rpartition('/')[0]}/{name}" for name in names]

    def own_streams(self, name: str, container: str = "mkv") -> list[str]:
        """Return the streams that ffmpeg's own remux has: what every download is compared with."""
        target = self.own / f"{name.replace('/', '-')}.{container}"
        if target.name not in self._own_streams:
            self._own_streams[target.name] = streamhash(own_remux(self.folder / name, target))
        return self._own_streams[target.name]


def make_samples(folder: Path) -> Samples:
    """Make the episode: a moving picture with B-frames and a key frame every second, and sound."""
    samples = Samples(folder=folder / "served", own=folder / "own")
    for path in (samples.own, *(samples.folder / name for name in ("ts", "fmp4", "aes"))):
        path.mkdir(parents=True)
    (folder / "text.srt").write_text(_SUBTITLES)
    video = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25"]
    video += ["-keyint_min", "25", "-sc_threshold", "0", "-c:a", "aac"]
    ffmpeg(["-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND, *video, LATE], samples.folder)
    copy = ["-i", LATE, "-c", "copy"]
    ffmpeg([*copy, "-movflags", "+faststart", EARLY], samples.folder)
    ffmpeg(["-i", LATE, "-i", "../text.srt", "-c", "copy", "-map", "0", "-map", "1", "episode.mkv"], samples.folder)
    ffmpeg([*copy, "episode.ts"], samples.folder)
    (samples.folder / "aes/key").write_bytes(secrets.token_bytes(16))
    (folder / "key_info").write_text("key\naes/key\n")
    package(TS, ["-hls_segment_filename", "ts/%03d.ts"], samples.folder)
    package(FMP4, ["-hls_segment_type", "fmp4", "-hls_segment_filename", "fmp4/%03d.m4s"], samples.folder)
    package(AES, ["-hls_key_info_file", "../key_info", "-hls_segment_filename", "aes/%03d.ts"], samples.folder)
    assert [len(samples.segments(playlist)) for playlist in PLAYLISTS] == [SEGMENTS] * len(PLAYLISTS)
    return samples


def package(playlist: str, options: Sequence[str], cwd: Path, *, source: Path | str = LATE) -> None:
    """Cut a file into segments of 1 s with a playlist, without encoding it again."""
    hls = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"]
    ffmpeg(["-i", str(source), *hls, *options, playlist], cwd)


def ffmpeg(arguments: Sequence[str], cwd: Path) -> str:
    """Run ffmpeg and return its output.

    Raises:
        RuntimeError: it ended with an error.
    """
    command = [FFMPEG.path(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def streamhash(path: Path) -> list[str]:
    """Return the MD5 of each decoded stream, pictures first."""
    every_frame = ["-map", "0:v", "-map", "0:a", "-fps_mode", "passthrough", "-f", "streamhash", "-hash", "md5", "-"]
    return ffmpeg(["-i", path.name, *every_frame], path.parent).split()


def own_remux(source: Path, target: Path) -> Path:
    """Let ffmpeg itself read a playlist or file and remux it."""
    # a key has no suffix that ffmpeg expects
    options = ["-allowed_extensions", "ALL"] if source.suffix == ".m3u8" else []
    ffmpeg([*options, "-i", source.name, "-map", "0:v", "-map", "0:a", "-c", "copy", str(target)], source.parent)
    return target
