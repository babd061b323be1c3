"""Joins what is stored, with whichever ffmpeg, and looks at the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg

from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.media.mux.join import mux
from tests.mux_parts import frames, packets, sounds
from tests.stored_media import complete_feed, work_of

if TYPE_CHECKING:
    from tests.mux_parts import Packet
    from tests.stored_media import StoredTrack

BUNDLED: Final = Path(imageio_ffmpeg.get_ffmpeg_exe())
PROGRAMS: Final = {"system": None, "bundled": BUNDLED}
WAYS: Final = (("mkv", "system", True), ("mp4", "system", True), ("mkv", "bundled", True), ("mkv", "system", False))
"""Into which container, by which ffmpeg, through pipes or not."""
Way = tuple[str, str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A finished file."""

    path: Path

    def packets(self, stream: str) -> list[Packet]:
        return packets(self.path, stream)

    def frames(self) -> list[str]:
        return frames(self.path)

    def sounds(self, stream: str = "a:0") -> list[str]:
        return sounds(self.path, stream)

    def starts(self, *streams: str) -> list[float]:
        """Return when the first packet of each stream is presented."""
        return [min(packet.pts for packet in self.packets(stream)) for stream in streams]


async def join(folder: Path, *tracks: StoredTrack, way: Way = WAYS[0]) -> Joined:
    """Store the tracks, join them and keep the result in the folder."""
    container, program, pipes = way
    async with work_of(folder / "downloads", *tracks) as work:
        ffmpeg = find_ffmpeg(PROGRAMS[program])
        part = await mux(ffmpeg, work, complete_feed(work), container=container, pipes=pipes)
        return Joined(path=part.rename(folder / f"{program}-{pipes}.{container}"))
