"""A short episode packaged by ffmpeg in every way that is downloaded, and ffmpeg's own reading of it."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.tools import FFMPEG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS: Final = 8
SEGMENTS: Final = 8
PLAYLISTS: Final = ("ts/index.m3u8", "fmp4/index.m3u8", "aes/index.m3u8")
FILES: Final = ("late.mp4", "early.mp4", "episode.mkv", "episode.ts")
"""Plain files: with the index at the end, with it at the start, with subtitles, without any index."""

_PICTURE: Final = f"testsrc2=size=160x90:rate=25:duration={SECONDS}"
_SOUND: Final = f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"
_SUBTITLES: Final = "1\n00:00:01,000 --> 00:00:03,000\nGuten Tag\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """A folder with the same episode in every format."""

    folder: Path

    def bodies(self) -> dict[str, bytes]:
        """Return everything by the path a server has it under."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {f"/{path.relative_to(self.folder).as_posix()}": path.read_bytes() for path in files}


def make_samples(folder: Path) -> Samples:
    """Make the episode: a moving picture with B-frames, and sound."""
    for name in PLAYLISTS:
        (folder / name).parent.mkdir()
    (folder / "text.srt").write_text(_SUBTITLES)
    video = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25"]
    video += ["-keyint_min", "25", "-sc_threshold", "0", "-c:a", "aac"]
    run_tool(["-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND, *video, "late.mp4"], folder)
    copy = ["-i", "late.mp4", "-c", "copy"]
    run_tool([*copy, "-movflags", "+faststart", "early.mp4"], folder)
    run_tool(["-i", "late.mp4", "-i", "text.srt", "-c", "copy", "-map", "0", "-map", "1", "episode.mkv"], folder)
    run_tool([*copy, "episode.ts"], folder)
    hls = [*copy, "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"]
    run_tool([*hls, "-hls_segment_filename", "ts/%03d.ts", PLAYLISTS[0]], folder)
    run_tool(
        [*hls, "-hls_segment_type", "fmp4", "-hls_segment_filename", "fmp4/%03d.m4s", PLAYLISTS[1]],
        folder,
    )
    (folder / "aes/key").write_bytes(secrets.token_bytes(16))
    (folder / "key_info").write_text("key\naes/key\n")
    run_tool([*hls, "-hls_key_info_file", "key_info", "-hls_segment_filename", "aes/%03d.ts", PLAYLISTS[2]], folder)
    return Samples(folder=folder)


def run_tool(arguments: Sequence[str], cwd: Path) -> str:
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
    return run_tool(["-i", path.name, *every_frame], path.parent).split()


def own_remux(source: Path, target: Path) -> Path:
    """Let ffmpeg itself read a playlist or file and remux it: what every download is compared with."""
    # a key has no suffix that ffmpeg expects
    options = ["-allowed_extensions", "ALL"] if source.suffix == ".m3u8" else []
    every_stream = ["-map", "0:v", "-map", "0:a", "-c", "copy"]
    run_tool([*options, "-i", source.name, *every_stream, str(target)], source.parent)
    return target
