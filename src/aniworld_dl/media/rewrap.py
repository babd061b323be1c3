"""Fragmented MP4 whose parameters change in the middle, rewrapped as MPEG-TS, where they may.

An ISO file has one description of a track for all of it, which a second init section would replace; MPEG-TS carries the
parameters of H.264, HEVC and AAC in the stream, before each key frame, and players follow them there.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.boxes import boxes, child, track_facts
from aniworld_dl.media.pipes import Outlet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg

_TIME_LIMIT_S: Final = 300.0


def parameters(init: bytes) -> list[object]:
    """Return what decides whether fragments can be read with another init section: ids, time scales, descriptions.

    Raises:
        StructureError: its boxes are damaged.
    """
    descriptions = [
        init[box.start : box.stop]
        for movie in boxes(init)
        if movie.kind == b"moov"
        for track in boxes(init, movie.start, movie.stop)
        if track.kind == b"trak" and (box := child(init, track, b"mdia", b"minf", b"stbl", b"stsd"))
    ]
    return [*track_facts(init).items(), *descriptions]


async def rewrap(ffmpeg: Ffmpeg, paths: Sequence[Path], target: Path, *, shift_us: int) -> None:
    """Write an init section and its segments, given in order, as one MPEG-TS with `shift_us` added to all timestamps.

    Raises:
        MuxError: they cannot be read, or their codecs have no place in MPEG-TS.
        StorageError: a file cannot be read or written.
    """
    feeding = _Paths(paths)
    source = ["-protocol_whitelist", "pipe", "-f", "mp4", "-i", f"pipe:{feeding.outlet.reader}"]
    same = ["-copyts", "-output_ts_offset", f"{shift_us}us", "-muxdelay", "0", "-muxpreload", "0"]
    arguments = ["-y", "-v", "warning", *source, "-map", "0", "-c", "copy", *same, "-f", "mpegts", target.name]
    try:
        await run_ffmpeg(ffmpeg, arguments, timeout_s=_TIME_LIMIT_S, cwd=target.parent, feeding=feeding)
    finally:
        feeding.outlet.close()


class _Paths:
    """Feeds files one after another."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self.outlet = Outlet(stuck=lambda: True)

    def descriptors(self) -> Sequence[int]:
        return [self.outlet.reader]

    async def run(self) -> None:
        self.outlet.handed_over()
        with suppress(BrokenPipeError):  # ffmpeg has ended, and its status says why
            for path in self._paths:
                await self.outlet.send_file(path)
        self.outlet.close()
