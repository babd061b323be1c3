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

from aniworld_dl.demo.dash_take import LANGUAGES, MANIFEST, dash_outputs, subtitle_file, with_subtitles
from aniworld_dl.demo.picture import FRAMES_PER_S, HEIGHT, WIDTH, picture_graph, tone
from aniworld_dl.errors import FileFailedError
from aniworld_dl.ffmpeg import find_ffmpeg, run_ffmpeg
from aniworld_dl.limits import Limiter

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.picture import Scene
    from aniworld_dl.ffmpeg import Ffmpeg

SEGMENT_S: Final = 2

_KEY_INFO: Final = "key-info.txt"
_EDITION: Final = "2"
"""Part of the folder's name: what an older version has made is not what this one makes."""
_AT_A_TIME: Final = 2
_TIMEOUT_S: Final = 120.0
_GOP: Final = str(SEGMENT_S * FRAMES_PER_S)
_ENCODED: Final = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x264-params", "nal-hrd=cbr"),
    *("-g", _GOP, "-keyint_min", _GOP, "-sc_threshold", "0"),
    *("-c:a", "aac", "-aac_coder", "fast", "-b:a", "64k"),
)
"""The careful coder would cost more than the picture does."""
_INTERVAL: Final = 7
"""Semitones between the sounds of two languages."""


class Packaging(StrEnum):
    """How a series' episodes are offered."""

    HLS_TS = "hls-ts"
    """MPEG-TS segments, encrypted with AES-128."""
    DASH = "dash"
    """Fragmented MP4 segments, sound in two languages and subtitles apart from the picture."""
    FILE = "file"
    """One mp4 file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A size and a rate. The rate is kept exactly, with filler where the scene is dull."""

    name: str
    width: int
    height: int
    picture_bps: int


HIGH: Final = Variant(name="high", width=WIDTH, height=HEIGHT, picture_bps=1_000_000)
LOW: Final = Variant(name="low", width=WIDTH // 2, height=HEIGHT // 2, picture_bps=250_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One variant of one episode, of DASH all of it, to be made. `name` is unique and fit for a file."""

    name: str
    title: str
    scene: Scene
    number: int
    packaging: Packaging
    variant: Variant

    @property
    def entry(self) -> str:
        """The file that a player opens: the mp4 file, the manifest, or the media playlist."""
        names = {Packaging.FILE: f"{self.name}.mp4", Packaging.DASH: MANIFEST}
        return names.get(self.packaging, f"{self.variant.name}.m3u8")

    @property
    def key(self) -> str:
        """The file with the key of the segments, if they are encrypted."""
        return f"{self.variant.name}.key"


class Studio:
    """Makes at most two takes at a time, and each only once however many ask for it."""

    def __init__(self, folder: Path, *, duration_s: int, ffmpeg: Ffmpeg | None = None) -> None:
        self._folder = folder / f"{_EDITION}-{duration_s}s"
        self._duration_s = duration_s
        self._ffmpeg = ffmpeg
        self._slots = Limiter(_AT_A_TIME)
        self._mark = secrets.token_hex(4)
        self._making: dict[str, asyncio.Task[None]] = {}

    async def folder_of(self, take: Take) -> Path:
        """Return the folder that holds the finished take, made now if it is not there.

        A caller that is cancelled stops nothing: others may wait for the same take, and soon will.

        Raises:
            FfmpegMissingError: there is no ffmpeg.
            MuxError: ffmpeg failed.
            FileFailedError: the folder cannot be written.
        """
        folder = self._folder / f"{take.name}-{take.variant.name}"
        if not await asyncio.to_thread(folder.is_dir):
            making = self._making.get(folder.name) or self._start(take, folder)
            await asyncio.shield(making)
        return folder

    async def aclose(self) -> None:
        """Stop what is being made and leave nothing of it."""
        for task in self._making.values():
            task.cancel()
        if self._making:
            await asyncio.wait(self._making.values())

    def _start(self, take: Take, folder: Path) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._make(take, folder), name=f"demo-take-{folder.name}")
        self._making[folder.name] = task
        task.add_done_callback(partial(self._ended, folder.name))
        return task

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        del self._making[name]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody may be left

    async def _make(self, take: Take, folder: Path) -> None:
        async with self._slots.slot():
            if self._ffmpeg is None:
                self._ffmpeg = await asyncio.to_thread(find_ffmpeg)
            workplace = self._folder / f".making-{self._mark}-{folder.name}"
            try:
                await asyncio.to_thread(_prepare, workplace, take)
                await run_ffmpeg(self._ffmpeg, _arguments(take, self._duration_s), timeout_s=_TIMEOUT_S, cwd=workplace)
                await asyncio.to_thread(_publish, workplace, folder, take, self._duration_s)
            except OSError as error:
                raise FileFailedError(path=str(folder), reason=str(error)) from error
            finally:
                await asyncio.shield(asyncio.to_thread(shutil.rmtree, workplace, ignore_errors=True))


def _prepare(workplace: Path, take: Take) -> None:
    workplace.mkdir(parents=True)
    if take.packaging is Packaging.HLS_TS:
        (workplace / take.key).write_bytes(hashlib.sha256(take.name.encode()).digest()[:16])
        (workplace / _KEY_INFO).write_text(f"{take.key}\n{take.key}\n", encoding="ascii")


def _publish(workplace: Path, folder: Path, take: Take, duration_s: int) -> None:
    (workplace / _KEY_INFO).unlink(missing_ok=True)
    if take.packaging is Packaging.DASH:
        manifest = workplace / take.entry
        manifest.write_text(with_subtitles(manifest.read_text(encoding="utf-8")), encoding="utf-8")
        name, text = subtitle_file(take.title, take.number, duration_s)
        (workplace / name).write_text(text, encoding="utf-8")
    try:
        workplace.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process has been quicker
            raise


def _arguments(take: Take, duration_s: int) -> list[str]:
    graph = picture_graph(take.scene, take.number, duration_s)
    sounds = [_sound(tone(take.number), duration_s)]
    if take.packaging is Packaging.DASH:
        sounds = [_sound(tone(take.number + _INTERVAL * number), duration_s) for number in range(len(LANGUAGES))]
        sizes = [(variant.width, variant.height, variant.picture_bps) for variant in (LOW, HIGH)]
        outputs = [*_ENCODED, *dash_outputs(graph, sizes, SEGMENT_S)]
    else:
        outputs = _one_picture(take, graph)
    return ["-v", "error", "-y", *(part for sound in sounds for part in ("-f", "lavfi", "-i", sound)), *outputs]


def _sound(frequency: float, duration_s: int) -> str:
    return f"sine=frequency={frequency}:beep_factor=4:sample_rate=24000:duration={duration_s}"


def _one_picture(take: Take, graph: str) -> list[str]:
    variant = take.variant
    if variant is not HIGH:
        graph += f",scale={variant.width}:{variant.height}:flags=fast_bilinear"
    rate = str(variant.picture_bps)
    return [
        *("-filter_complex", f"{graph}[picture]", "-map", "[picture]", "-map", "0:a", *_ENCODED),
        *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
        *_packaged(take),
    ]


def _packaged(take: Take) -> list[str]:
    name = take.variant.name
    if take.packaging is Packaging.FILE:
        return ["-movflags", "+faststart", take.entry]
    hls = ["-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod"]
    return [*hls, "-hls_segment_filename", f"{name}-%03d.ts", "-hls_key_info_file", _KEY_INFO, take.entry]
