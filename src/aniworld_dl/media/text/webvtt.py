"""WebVTT: cues out of a text, and a text out of cues (W3C WebVTT 4 and 6; RFC 8216 3.5 for the timestamp map).

What is read is what a cue shows and when. Identifiers, comments, style sheets and regions are passed over: what the
result is made for, an MKV or MP4 file by ffmpeg, has no place for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SIGNATURE: Final = "WEBVTT"
ARROW: Final = "-->"

_BYTE_ORDER_MARK: Final = "\ufeff"
_SIGNATURE_LINE: Final = re.compile(rf"{SIGNATURE}(?:[ \t].*)?")
_LINE_END: Final = re.compile(r"\r\n?")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_MAP: Final = "X-TIMESTAMP-MAP="
_STAMP: Final = r"(?:[0-9]{1,9}:)?[0-5]?[0-9]:[0-5][0-9][.,][0-9]{1,3}"
_TIMING: Final = re.compile(rf"[ \t]*({_STAMP})[ \t]*{ARROW}[ \t]*({_STAMP})(?:[ \t]+(.*))?")
_LOCAL: Final = re.compile(_STAMP)
_TICKS: Final = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A text that is shown from `start_s` to `end_s`. `text` has WebVTT's markup, `settings` say where it is put."""

    start_s: float
    end_s: float
    text: str
    settings: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampMap:
    """X-TIMESTAMP-MAP (RFC 8216 3.5): the cue time `local_s` is the MPEG-2 timestamp `ticks`, at 90 kHz."""

    local_s: float
    ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebVtt:
    """A WebVTT file or segment: its cues in their order, with times as they are written."""

    cues: tuple[Cue, ...]
    timestamp_map: TimestampMap | None = None


def parse_webvtt(text: str) -> WebVtt:
    """Read a WebVTT file or a segment that begins with the header.

    As in W3C WebVTT 6.1 a cue whose times cannot be read is passed over, and so is every other block. Beyond it, times
    may have a comma, or less than three decimals, and the timestamp map may stand after the header.

    Raises:
        StructureError: there is no signature, or a timestamp map that cannot be read.
    """
    plain = _LINE_END.sub("\n", text.removeprefix(_BYTE_ORDER_MARK)).replace("\0", "\ufffd")
    first, *lines = _BLANK_LINES.sub("\n\n", plain).split("\n")
    if not _SIGNATURE_LINE.fullmatch(first):
        raise StructureError(f"it does not begin with {SIGNATURE}")
    cues: list[Cue] = []
    timestamp_map: TimestampMap | None = None
    for block in _blocks(lines):
        if cue := _cue(block):
            cues.append(cue)
        elif timestamp_map is None:
            timestamp_map = _timestamp_map(block)
    return WebVtt(cues=tuple(cues), timestamp_map=timestamp_map)


def format_webvtt(cues: Iterable[Cue]) -> str:
    """Return a WebVTT file of cues, in the order given; times below 0 are written as 0.

    What would end a cue early, a blank line or an arrow inside its text, is left out or written as an entity.
    """
    blocks = [f"{SIGNATURE}\n"]
    for cue in cues:
        settings = " ".join(cue.settings.replace(ARROW, " ").split())
        timing = f"{_stamp(cue.start_s)} {ARROW} {_stamp(cue.end_s)} {settings}".rstrip()
        blocks.append("\n".join([timing, *_lines(cue.text), ""]))
    return "\n".join(blocks)


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Part lines at the blank ones, and before an arrow that can no longer be the timing of its block (6.1).

    The first block is the rest of the header, where none can be.
    """
    block: list[str] = []
    closed = True
    for line in lines:
        if not line or (ARROW in line and (closed or len(block) > 1)):
            yield block
            block, closed = [], False
        if line:
            closed = closed or ARROW in line
            block.append(line)
    yield block


def _cue(block: list[str]) -> Cue | None:
    # an identifier may come first
    timing = next((number for number, line in enumerate(block[:2]) if ARROW in line), None)
    match = None if timing is None else _TIMING.fullmatch(block[timing])
    if timing is None or match is None:
        return None
    text = "\n".join(block[timing + 1 :])
    return Cue(start_s=_seconds(match[1]), end_s=_seconds(match[2]), text=text, settings=(match[3] or "").strip())


def _timestamp_map(block: list[str]) -> TimestampMap | None:
    line = next((line for line in block if line.startswith(_MAP)), None)
    if line is None:
        return None
    parts = dict(part.strip().partition(":")[::2] for part in line.removeprefix(_MAP).split(","))
    local, ticks = parts.get("LOCAL", ""), parts.get("MPEGTS", "")
    if not _LOCAL.fullmatch(local) or not _TICKS.fullmatch(ticks):
        raise StructureError(f"its timestamp map cannot be read: {line[:100]!r}")
    return TimestampMap(local_s=_seconds(local), ticks=int(ticks))


def _seconds(stamp: str) -> float:
    rest, _, fraction = stamp.replace(",", ".").partition(".")
    whole = 0
    for part in rest.split(":"):
        whole = whole * 60 + int(part)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000


def _stamp(seconds: float) -> str:
    rest, milliseconds = divmod(max(round(seconds * 1000), 0), 1000)
    minutes, second = divmod(rest, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}.{milliseconds:03}"


def _lines(text: str) -> Iterator[str]:
    plain = _LINE_END.sub("\n", text).replace("\0", "\ufffd").replace(ARROW, "--&gt;")
    return (line for line in plain.split("\n") if line.strip())
