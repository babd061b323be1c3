"""What ffmpeg says about a source before anything is copied: its own duration and its subtitles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.ffmpeg import run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg

READ_ONLY_MEDIA: Final = (
    *("-protocol_whitelist", "file"),
    # no format whose content names further files, but the playlists written here
    "-format_whitelist",
    "hls,mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpeg,ogg,asf,mp3,aac,ac3,eac3,flac,wav,webvtt",
)
"""Input options under which what was downloaded can make ffmpeg open nothing else."""

_TIME_LIMIT_S: Final = 120.0
_DURATION: Final = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)(?:, start: (-?\d+(?:\.\d+)?))?")
_SUBTITLE: Final = re.compile(r"Stream #0:\d+\S*: Subtitle: (\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What a container says of itself. `duration_s` is None when it says nothing."""

    duration_s: float | None
    start_s: float
    subtitle_codecs: tuple[str, ...]


async def probe_source(ffmpeg: Ffmpeg, source: Sequence[str], *, cwd: Path) -> SourceInfo:
    """Read the header of a source given as ffmpeg's input arguments.

    Raises:
        MuxError: it is no media that ffmpeg opens, or has neither picture nor sound.
    """
    lines: list[str] = []
    nothing = ("-map", "0:V?", "-map", "0:a?", "-map", "0:s?", "-c", "copy", "-t", "0", "-f", "null", "-")
    await run_ffmpeg(
        ffmpeg, ["-v", "info", *source, *nothing], timeout_s=_TIME_LIMIT_S, cwd=cwd, on_complaint=lines.append
    )
    header = lines[: next((place for place, line in enumerate(lines) if line.startswith("Output #")), len(lines))]
    return parse_source_info(header)


def parse_source_info(lines: Sequence[str]) -> SourceInfo:
    """Read ffmpeg's description of its first input."""
    text = "\n".join(lines)
    duration = _DURATION.search(text)
    return SourceInfo(
        duration_s=int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else None,
        start_s=float(duration[4] or 0) if duration else 0.0,
        subtitle_codecs=tuple(_SUBTITLE.findall(text)),
    )
