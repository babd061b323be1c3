"""Segments rewrapped as MPEG-TS, where a track cannot go into ffmpeg as one stream of its own kind.

- Fragmented MP4 whose parameters change in the middle: an ISO file has one description of a track for all of it, which
  a second init section would replace; MPEG-TS carries the parameters of H.264, HEVC and AAC in the stream, before each
  key frame, and players follow them there.
- Packed audio whose timestamps jump: it has none between its frames.
- MPEG-TS whose streams get other PIDs in the middle: ffmpeg would take them for further streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.mux.fed_ffmpeg import run_fed
from aniworld_dl.media.mux.pipes import open_outlet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg

_TIME_LIMIT_S: Final = 300.0
_TABLE_PID: Final = 0x1FF0
"""Where the program's table is: nobody puts a stream there."""
_MPEGTS: Final = (
    # for pictures without a PTS of their own, which MPEG-TS allows (ISO/IEC 13818-1 2.7.4) and no file format does
    *("-fflags", "+genpts"),
    # sound may begin seconds after a picture of many bytes, and what it is must be known before anything is written
    *("-probesize", "64M", "-analyzeduration", "10M"),
)


def demuxer_arguments(demuxer: str) -> list[str]:
    """Return the arguments with which ffmpeg's `demuxer` reads what was joined."""
    return [*(_MPEGTS if demuxer == "mpegts" else ()), "-f", demuxer]


async def rewrap(
    ffmpeg: Ffmpeg,
    demuxer: str,
    paths: Sequence[tuple[Path, int]],
    target: Path,
    *,
    shift_us: int,
    pids: Mapping[int, int] | None = None,
    pipes: bool,
) -> None:
    """Write files, which together are what `demuxer` reads, as one MPEG-TS with `shift_us` added to all timestamps.

    `paths` come with the offset from which each is read. `pids` gives for each stream that is kept its new PID; without
    it all pictures and sounds are kept, pictures first, under the same PIDs each time.

    Raises:
        MuxError: they cannot be read, or their codecs have no place in MPEG-TS.
        StorageError: a file cannot be read or written, or ffmpeg hangs.
    """
    outlet = open_outlet(target.parent, f"{target.stem}.in", pipes=pipes)

    async def hand_over() -> None:
        for path, start in paths:
            await outlet.send_file(path, start)
        await outlet.finish()

    same = ["-copyts", "-output_ts_offset", f"{shift_us}us", "-muxdelay", "0", "-muxpreload", "0"]
    arguments = [
        "-y",
        "-v",
        "warning",
        *demuxer_arguments(demuxer),
        *outlet.arguments,
        *_streams(pids),
        "-c",
        "copy",
        *same,
    ]
    arguments += ["-mpegts_pmt_start_pid", str(_TABLE_PID), "-f", "mpegts", target.name]
    await run_fed(ffmpeg, arguments, [outlet], hand_over, timeout_s=_TIME_LIMIT_S, cwd=target.parent)


def _streams(pids: Mapping[int, int] | None) -> list[str]:
    if pids is None:
        return ["-map", "0:V?", "-map", "0:a?"]
    maps = [argument for old in pids for argument in ("-map", f"0:i:{old}")]
    return maps + [argument for order, new in enumerate(pids.values()) for argument in ("-streamid", f"{order}:{new}")]
