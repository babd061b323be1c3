"""Episodes made and packaged by ffmpeg, as a site would: input that is not ours, and ffmpeg's own reading of it."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.tools import FFMPEG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS: Final = 12
SEGMENTS: Final = 12
_FRAMES_PER_S: Final = 25

TS: Final = "ts/index.m3u8"
FMP4: Final = "fmp4/index.m3u8"
AES: Final = "aes/index.m3u8"
MP4: Final = "episode.mp4"
FORMATS: Final = (TS, FMP4, AES, MP4)
"""Addresses below the folder, one for each way of packaging the same episode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaged:
    """A folder with one episode in every format."""

    folder: Path

    def segments(self, playlist: str) -> list[str]:
        """Return the names of a playlist's segments, as they are asked for from a server."""
        place = self.folder / playlist
        names = [line for line in place.read_text().splitlines() if line and not line.startswith("#")]
        return [f"/{playlist.rpartition('/')[0]}/{name}" for name in names]


def package_episode(folder: Path) -> Packaged:
    """Make an episode of 12 s, a moving picture with sound, and package it in every format into `folder`."""
    _make(folder / MP4)
    for playlist in (TS, FMP4, AES):
        (folder / playlist).parent.mkdir()
    _package(folder, TS, ["-hls_segment_filename", "ts/%03d.ts"])
    _package(folder, FMP4, ["-hls_segment_type", "fmp4", "-hls_segment_filename", "fmp4/%03d.m4s"])
    (folder / "aes" / "key").write_bytes(secrets.token_bytes(16))
    (folder / "key_info").write_text("key\naes/key\n")
    _package(folder, AES, ["-hls_key_info_file", "key_info", "-hls_segment_filename", "aes/%03d.ts"])
    (folder / "key_info").unlink()
    packaged = Packaged(folder=folder)
    assert [len(packaged.segments(playlist)) for playlist in (TS, FMP4, AES)] == [SEGMENTS] * 3
    return packaged


def _make(path: Path) -> None:
    picture = f"testsrc2=size=640x360:rate={_FRAMES_PER_S}:duration={SECONDS}"
    sound = f"sine=frequency=440:beep_factor=4:sample_rate=48000:duration={SECONDS}"
    # a key frame every second: every segment is as long as every other
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "1500k", "-minrate", "1500k"]
    video += ["-maxrate", "1500k", "-bufsize", "1500k", "-x264-params", "nal-hrd=cbr"]
    video += ["-g", str(_FRAMES_PER_S), "-keyint_min", str(_FRAMES_PER_S), "-sc_threshold", "0"]
    audio = ["-c:a", "aac", "-b:a", "96k"]
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    _run([*sources, *video, *audio, "-movflags", "+faststart", str(path)], path.parent)


def _package(folder: Path, playlist: str, options: Sequence[str]) -> None:
    common = ["-i", MP4, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"]
    _run([*common, *options, playlist], folder)


def _run(arguments: Sequence[str], cwd: Path) -> None:
    command = [FFMPEG.path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg {' '.join(arguments)}: {done.stderr}")


async def ffmpegs_own(url: str, target: Path) -> Path:
    """Let ffmpeg itself read `url` and remux it into `target`: what every download is compared with."""
    await asyncio.to_thread(_run, ["-i", url, "-map", "0:v", "-map", "0:a", "-c", "copy", str(target)], target.parent)
    return target


async def streamhash(source: Path | str) -> list[str]:
    """Return the MD5 of each decoded track of a file or address, picture first."""
    command = [FFMPEG.path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(source)]
    command += ["-map", "0:v", "-map", "0:a", "-fps_mode", "passthrough", "-f", "streamhash", "-hash", "md5", "-"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaints = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{source} does not decode: {complaints.decode()}")
    return output.decode().split()
