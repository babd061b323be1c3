"""WebVTT in samples of ISO boxes (ISO/IEC 14496-30 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.formats.boxes import boxes, child
from aniworld_dl.media.text.webvtt import Cue

if TYPE_CHECKING:
    from aniworld_dl.media.text.samples import TextSample


def wvtt_cues(sample: TextSample) -> list[Cue]:
    """Return the cues of a sample: each is shown for as long as the sample lasts.

    A `vtte` box says that there is none, a `vtta` box is a comment.

    Raises:
        StructureError: the boxes do not fill the sample.
    """
    cues = []
    for box in boxes(sample.data):
        if box.kind == b"vttc":
            text, settings = (
                "" if found is None else sample.data[found.start : found.stop].decode(errors="replace")
                for found in (child(sample.data, box, kind) for kind in (b"payl", b"sttg"))
            )
            cues.append(Cue(start_s=sample.start_s, end_s=sample.end_s, text=text, settings=settings))
    return cues
