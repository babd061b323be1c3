"""Times of TTML: clock times and offsets in seconds of the media (TTML2 12.3.1, 7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.ttml_document import local_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

_CLOCK: Final = re.compile(
    r"([0-9]{1,9}):([0-5][0-9]):([0-5][0-9]|60)(?:(\.[0-9]{1,20})|:([0-9]{1,9})(?:\.([0-9]{1,9}))?)?"
)
_OFFSET: Final = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)(h|ms|m|s|f|t)")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_MULTIPLIER: Final = re.compile(r"([0-9]{1,9})[ :]([0-9]{1,9})")
_METRICS_S: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_USUAL_FRAME_RATE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TtmlTimes:
    """What the attributes of `tt` say about the times in a document, per second."""

    frames: float
    sub_frames: float
    ticks: float

    @classmethod
    def of(cls, root: Element) -> TtmlTimes:
        """Read the attributes of the root element.

        Raises:
            StructureError: one is no number, or 0.
            UnsupportedMediaError: the times are not those of the media.
        """
        found = {local_name(name): value.strip() for name, value in root.attrib.items()}
        if (base := found.get("timeBase", "media")) != "media":
            raise UnsupportedMediaError(what=f"TTML subtitles with times of the kind {base[:20]!r}")
        multiplier = _MULTIPLIER.fullmatch(found.get("frameRateMultiplier", "1 1"))
        if multiplier is None or not int(multiplier[1]) or not int(multiplier[2]):
            raise StructureError("its frameRateMultiplier is no ratio")
        frames = _whole(found, "frameRate", _USUAL_FRAME_RATE) * int(multiplier[1]) / int(multiplier[2])
        sub_frames = _whole(found, "subFrameRate", 1)
        ticks = frames * sub_frames if "frameRate" in found else 1
        return cls(frames=frames, sub_frames=sub_frames, ticks=_whole(found, "tickRate", ticks))

    def seconds(self, text: str) -> float:
        """Return a time expression in seconds.

        Raises:
            StructureError: it is none.
        """
        plain = text.strip()
        if match := _CLOCK.fullmatch(plain):
            hours, minutes, seconds, fraction, frames, sub_frames = match.groups("0")
            whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
            return whole + float(fraction) + (int(frames) + int(sub_frames) / self.sub_frames) / self.frames
        if match := _OFFSET.fullmatch(plain):
            count, metric = float(match[1]), match[2]
            if metric in _METRICS_S:
                return count * _METRICS_S[metric]
            return count / (self.frames if metric == "f" else self.ticks)
        raise StructureError(f"{plain[:40]!r} is no time")


def _whole(found: Mapping[str, str], name: str, usual: float) -> float:
    if name not in found:
        return usual
    if not _WHOLE.fullmatch(found[name]) or not int(found[name]):
        raise StructureError(f"its {name} is no whole number above 0")
    return int(found[name])
