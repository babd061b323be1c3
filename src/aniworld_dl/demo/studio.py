"""Makes the episodes of the demo series with ffmpeg, each when it is first asked for, and keeps them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.picture import FRAMES_PER_S, picture_graph, tone
from aniworld_dl.errors import FileFailedError
from aniworld_dl.ffmpeg import find_ffmpeg, run_ffmpeg
from aniworld_dl.limits import Limiter

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.picture import Scene
    from aniworld_dl.ffmpeg import Ffmpeg

SEGMENT_S: Final = 2
MASTER: Final = "index.m3u8"

_KEY: Final = "episode.key"
_KEY_INFO: Final = "key-info.txt"
_EDITION: Final = "1"
"""Part of the folder's name: what an older version has made is not what this one makes."""
_AT_A_TIME: Final = 2
_TIMEOUT_S: Final = 120.0
_RATES: Final = ("1000k", "250k")
"""Bits per second of the picture in the high and the low variant, kept exactly (filler where the scene is dull)."""


class Packaging(StrEnum):
    """How a series' episodes are offered."""

    HLS_TS = "hls-ts"
    """MPEG-TS segments, encrypted with AES-128, two variants."""
    HLS_FMP4 = "hls-fmp4"
    """Fragmented MP4 segments, two variants."""
    FILE = "file"
    """One mp4 file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One episode to be made. `name` is unique and fit for a file."""

    name: str
    scene: Scene
    number: int
    packaging: Packaging

    @property
    def entry(self) -> str:
        """The file that a player opens."""
        return f"{self.name}.mp4" if self.packaging is Packaging.FILE else MASTER


class Studio:
    """Makes at most two episodes at a time, and each only once however many ask for it."""

    def __init__(self, folder: Path, *, duration_s: int, ffmpeg: Ffmpeg | None = None) -> None:
        self._folder = folder / f"{_EDITION}-{duration_s}s"
        self._duration_s = duration_s
        self._ffmpeg = ffmpeg
        self._slots = Limiter(_AT_A_TIME)
        self._mark = secrets.token_hex(4)
        self._making: dict[str, asyncio.Task[None]] = {}

    async def folder_of(self, take: Take) -> Path:
        """Return the folder that holds the finished episode, made now if it is not there.

        A caller that is cancelled stops nothing: others may wait for the same episode, and soon will.

        Raises:
            FfmpegMissingError: there is no ffmpeg.
            MuxError: ffmpeg failed.
            FileFailedError: the folder cannot be written.
        """
        folder = self._folder / take.name
        if not await asyncio.to_thread(folder.is_dir):
            making = self._making.get(take.name) or self._start(take, folder)
            await asyncio.shield(making)
        return folder

    async def aclose(self) -> None:
        """Stop what is being made and leave nothing of it."""
        for task in self._making.values():
            task.cancel()
        if self._making:
            await asyncio.wait(self._making.values())

    def _start(self, take: Take, folder: Path) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._make(take, folder), name=f"demo-take-{take.name}")
        self._making[take.name] = task
        task.add_done_callback(partial(self._ended, take.name))
        return task

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        del self._making[name]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody may be left

    async def _make(self, take: Take, folder: Path) -> None:
        async with self._slots.slot():
            if self._ffmpeg is None:
                self._ffmpeg = await asyncio.to_thread(find_ffmpeg)
            workplace = self._folder / f".making-{self._mark}-{take.name}"
            try:
                await asyncio.to_thread(_prepare, workplace, take)
                await run_ffmpeg(self._ffmpeg, _arguments(take, self._duration_s), timeout_s=_TIMEOUT_S, cwd=workplace)
                await asyncio.to_thread(_publish, workplace, folder)
            except OSError as error:
                raise FileFailedError(path=str(folder), reason=str(error)) from error
            finally:
                await asyncio.shield(asyncio.to_thread(shutil.rmtree, workplace, ignore_errors=True))


def _prepare(workplace: Path, take: Take) -> None:
    workplace.mkdir(parents=True)
    if take.packaging is Packaging.HLS_TS:
        key = hashlib.sha256(take.name.encode()).digest()[:16]
        (workplace / _KEY).write_bytes(key)
        (workplace / _KEY_INFO).write_text(f"{_KEY}\n{_KEY}\n", encoding="ascii")


def _publish(workplace: Path, folder: Path) -> None:
    (workplace / _KEY_INFO).unlink(missing_ok=True)
    try:
        workplace.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process has been quicker
            raise


def _arguments(take: Take, duration_s: int) -> list[str]:
    sound = f"sine=frequency={tone(take.number)}:beep_factor=4:sample_rate=48000:duration={duration_s}"
    picture = picture_graph(take.scene, take.number, duration_s)
    common = ["-v", "error", "-y", "-f", "lavfi", "-i", sound]
    if take.packaging is Packaging.FILE:
        outputs = ["-map", "[high]", "-map", "0:a", *_codecs(_RATES[:1]), "-movflags", "+faststart", take.entry]
        return [*common, "-filter_complex", f"{picture}[high]", *outputs]
    graph = f"{picture},split[high][wide];[wide]scale=320:180:flags=fast_bilinear[low]"
    maps = ["-map", "[high]", "-map", "0:a", "-map", "[low]", "-map", "0:a"]
    return [*common, "-filter_complex", graph, *maps, *_codecs(_RATES), *_hls(take.packaging)]


def _codecs(rates: tuple[str, ...]) -> list[str]:
    gop = str(SEGMENT_S * FRAMES_PER_S)
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", gop, "-keyint_min", gop]
    for index, rate in enumerate(rates):
        for option in ("b", "minrate", "maxrate", "bufsize"):
            video += [f"-{option}:v:{index}", rate]
    return [*video, "-sc_threshold", "0", "-x264-params", "nal-hrd=cbr", "-c:a", "aac", "-b:a", "96k"]


def _hls(packaging: Packaging) -> list[str]:
    streams = "v:0,a:0,name:high v:1,a:1,name:low"
    shape = ["-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-master_pl_name", MASTER]
    if packaging is Packaging.HLS_TS:
        kind = ["-hls_key_info_file", _KEY_INFO, "-hls_segment_filename", "%v-%03d.ts"]
    else:
        kind = ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "%v-init.mp4"]
        kind += ["-hls_segment_filename", "%v-%03d.m4s"]
    return [*shape, *kind, "-var_stream_map", streams, "%v.m3u8"]
