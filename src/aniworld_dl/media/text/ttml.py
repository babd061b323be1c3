"""TTML and IMSC text profiles: cues out of a document (TTML2, IMSC 1.2). Regions and colours are left out.

A viewer of TTML shows what is active at a time, a player of WebVTT one cue above the other. So the lines of one
paragraph, and paragraphs which are shown in one region for the same time, are made one cue of several lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.ttml_document import local_name, ttml_root
from aniworld_dl.media.text.ttml_text import PLAIN, Piece, Styles, TextStyle, collapsed, markup
from aniworld_dl.media.text.ttml_times import TtmlTimes
from aniworld_dl.media.text.webvtt import Cue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from aniworld_dl.media.text.samples import TextSample

_DEPTH_LIMIT: Final = 60
_WORK_LIMIT: Final = 3_000_000
"""How often a piece of text may be looked at for a time that a document has."""


def parse_ttml(document: bytes) -> list[Cue]:
    """Return the cues of a document, by paragraph, with times as they are written. Those without an end have `inf`.

    Raises:
        StructureError: it is no TTML document, or not a plausible one (depth and work are bounded).
        UnsupportedMediaError: its subtitles are images, or it counts time in a way that is not read.
    """
    root = ttml_root(document)
    reader = _Reader(TtmlTimes.of(root), Styles(root))
    for body in (child for child in root if local_name(child.tag) == "body"):
        reader.read(body, _Context())
    return reader.cues()


def sample_cues(sample: TextSample) -> list[Cue]:
    """Return the cues of a document in a sample of ISO boxes (ISO/IEC 14496-30 6), cut to the time of the sample.

    Its times are those of the track; where none of them is in the sample's time, they are taken to count from the
    sample's start, as some packagers have it.

    Raises:
        StructureError: as `parse_ttml`.
        UnsupportedMediaError: as `parse_ttml`.
    """
    if not sample.data:
        return []
    cues = parse_ttml(sample.data)
    moved = [replace(cue, start_s=cue.start_s + sample.start_s, end_s=cue.end_s + sample.start_s) for cue in cues]
    return _cut(cues, sample) or _cut(moved, sample)


def _cut(cues: list[Cue], sample: TextSample) -> list[Cue]:
    cut = [replace(cue, start_s=max(cue.start_s, sample.start_s), end_s=min(cue.end_s, sample.end_s)) for cue in cues]
    return [cue for cue in cut if cue.start_s < cue.end_s]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What an element hands down to those inside it. Only `par` containers: times count from where the parent's do."""

    start_s: float = 0.0
    end_s: float = math.inf
    style: TextStyle = PLAIN
    preserve: bool = False
    region: str = ""
    depth: int = 0


class _Reader:
    def __init__(self, times: TtmlTimes, styles: Styles) -> None:
        self._times = times
        self._styles = styles
        self._texts: dict[tuple[float, float, str], list[str]] = {}
        self._work = 0

    def cues(self) -> list[Cue]:
        """Return a cue for each time at which a region shows something."""
        return [
            Cue(start_s=start_s, end_s=end_s, text="\n".join(texts))
            for (start_s, end_s, _), texts in self._texts.items()
        ]

    def read(self, element: Element, above: _Context) -> None:
        """Read body, div or p."""
        context = self._inside(element, above)
        if local_name(element.tag) == "p":
            self._read_paragraph(element, context)
            return
        for child in element:
            if (name := local_name(child.tag)) in {"div", "p"}:
                self.read(child, context)
            elif name == "image":
                raise UnsupportedMediaError(what="subtitles that are images (IMSC image profile)")

    def _inside(self, element: Element, above: _Context) -> _Context:
        found = {local_name(name): value for name, value in element.attrib.items()}
        if "backgroundImage" in found:
            raise UnsupportedMediaError(what="subtitles that are images (IMSC image profile)")
        if found.get("timeContainer", "par") != "par":
            raise UnsupportedMediaError(what="TTML subtitles whose times follow one another (timeContainer)")
        if above.depth == _DEPTH_LIMIT:
            raise StructureError("its elements are nested too deeply")
        start_s, end_s = self._interval(found, above)
        return replace(
            above,
            start_s=start_s,
            end_s=end_s,
            style=self._styles.apply(found, above.style),
            preserve=found.get("space", "preserve" if above.preserve else "default") == "preserve",
            region=found.get("region", above.region),
            depth=above.depth + 1,
        )

    def _interval(self, found: Mapping[str, str], above: _Context) -> tuple[float, float]:
        start_s = above.start_s + self._times.seconds(found.get("begin", "0s"))
        ends = [above.end_s]
        if "end" in found:
            ends.append(above.start_s + self._times.seconds(found["end"]))
        if "dur" in found:
            ends.append(start_s + self._times.seconds(found["dur"]))
        return start_s, min(ends)

    def _read_paragraph(self, paragraph: Element, context: _Context) -> None:
        pieces = list(self._pieces(paragraph, context))
        # what cannot be seen starts or ends nothing
        visible = [piece for piece in pieces if piece.text.strip() and piece.start_s < piece.end_s]
        times = sorted({time for piece in visible for time in (piece.start_s, piece.end_s)})
        self._work += len(times) * len(pieces)
        if self._work > _WORK_LIMIT:
            raise StructureError("its paragraphs change more often than anybody could read")
        shown: list[Cue] = []
        for start_s, end_s in pairwise(times):
            text = markup([piece for piece in pieces if piece.start_s <= start_s and end_s <= piece.end_s])
            if shown and shown[-1].text == text and shown[-1].end_s == start_s:
                shown[-1] = replace(shown[-1], end_s=end_s)
            elif text:
                shown.append(Cue(start_s=start_s, end_s=end_s, text=text))
        for cue in shown:
            self._texts.setdefault((cue.start_s, cue.end_s, context.region), []).append(cue.text)

    def _pieces(self, element: Element, context: _Context) -> Iterator[Piece]:
        yield _piece(element.text or "", context)
        for child in element:
            if (name := local_name(child.tag)) == "span":
                yield from self._pieces(child, self._inside(child, context))
            elif name == "br":
                yield _piece("\n", replace(context, preserve=True))
            yield _piece(child.tail or "", context)


def _piece(text: str, context: _Context) -> Piece:
    return Piece(
        text=text if context.preserve else collapsed(text),
        start_s=context.start_s,
        end_s=context.end_s,
        style=context.style,
    )
