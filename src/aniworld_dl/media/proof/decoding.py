"""Decoding a whole file with ffmpeg, to see whether a decoder finds fault with it, and when."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.matroska import Damage
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg

_SHORTEST_LIMIT_S: Final = 600.0
_SLOWEST_BYTES_PER_S: Final = 100_000
_TIME_BASE: Final = re.compile(r"#tb (\d+): (\d+/\d+)")
_FRAME: Final = re.compile(r"(\d+), *-?\d+, *(-?\d+), *(\d+), *\d+, 0x[0-9a-f]{8}")
_SPEAKER: Final = re.compile(r"\[[^\]]* @ [^\]]*\] ?")
_HARMLESS: Final = re.compile(
    # what decoders say of pictures before the first that can be shown, and where a film was cut and joined
    r"co located POCs unavailable|mmco: unref short failure|reference picture|illegal short term buffer state"
    r"|number of reference frames|Could not find ref with POC|RPS|no frame!"
    # what is said of the frames on their way out, not of the file
    r"|non monoton|Application provided|Last message repeated"
)
_BEFORE_S: Final = 1.0
_AFTER_S: Final = 2.0
"""A fault may be this long before and after what came out last: sound comes out before the picture beside it; ffmpeg
decodes up to sixteen pictures at once, and they wait in queues, longer on a busy machine."""


async def decoding_damages(ffmpeg: Ffmpeg, path: Path) -> tuple[list[Damage], float]:
    """Decode all pictures and sounds of a file; return what the decoders complain of, and the time they got to.

    Raises:
        StorageError: it is not there.
        FfmpegStoppedError: it took too long, or something killed it.
    """
    faults = _Faults()
    # all that comes out, and every complaint, in one stream: that is what gives a complaint its time
    arguments = ["-v", "repeat+error", *READ_ONLY_MEDIA, "-i", f"file:{path}", "-map", "0:V?", "-map", "0:a?"]
    arguments += ["-vf", "crop=16:16:0:0", "-fps_mode", "passthrough", "-f", "framecrc", "pipe:2"]
    limit_s = _SHORTEST_LIMIT_S + await in_thread(_size, path) / _SLOWEST_BYTES_PER_S
    try:
        await run_ffmpeg(ffmpeg.reading(path), arguments, timeout_s=limit_s, on_complaint=faults.add_line)
    except MuxError:
        faults.complain("it cannot be decoded")
    return faults.damages, faults.time_s


def _size(path: Path) -> int:
    with storage_errors(path):
        return path.stat().st_size


class _Faults:
    """Reads what ffmpeg writes: frames, which tell the time, and complaints."""

    def __init__(self) -> None:
        self.damages: list[Damage] = []
        self.time_s = 0.0
        self._ticks_s: dict[int, Fraction] = {}

    def add_line(self, line: str) -> None:
        """Take the next line. A frame may have come in the middle of a complaint."""
        if base := _TIME_BASE.match(line):
            self._ticks_s[int(base[1])] = Fraction(base[2])
        if line.startswith("#"):
            return
        for stream, shown, duration in _FRAME.findall(line):
            end = (int(shown) + int(duration)) * self._ticks_s.get(int(stream), Fraction(0))
            self.time_s = max(self.time_s, float(end))
        complaint = _SPEAKER.sub("", _FRAME.sub("", line)).strip()
        if complaint and not _HARMLESS.search(complaint):
            self.complain(complaint)

    def complain(self, reason: str) -> None:
        """Note a complaint; those that follow one another closely are one."""
        start, end = max(0.0, self.time_s - _BEFORE_S), self.time_s + _AFTER_S
        if self.damages and start <= self.damages[-1].end_s:
            last = self.damages.pop()
            reason, start = last.reason, last.start_s
        self.damages.append(Damage(reason=reason, start_s=start, end_s=end))
