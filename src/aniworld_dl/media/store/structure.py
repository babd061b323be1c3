"""Whether bytes are a segment at all: MPEG-TS packets, ISO boxes. Fed piece by piece while the bytes come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.media.formats.box_check import BoxCheck
from aniworld_dl.media.formats.mpegts import TransportStreamCheck
from aniworld_dl.media.formats.packed_audio import PackedAudioCheck
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.ttml_document import TtmlCheck
from aniworld_dl.media.text.webvtt_check import WebVttCheck
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.media.formats.boxes import TrackFacts
    from aniworld_dl.media.formats.spans import StreamSpan

__all__ = ["Check", "StructureError", "check_for"]


class Check(Protocol):
    """Looks at the bytes of one segment in order."""

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes.

        Raises:
            StructureError: they cannot be part of such a segment.
        """
        ...

    def finish(self) -> None:
        """Look at the whole.

        Raises:
            StructureError: something is missing at the end.
            UnsupportedMediaError: it is encrypted in a way that is not opened.
        """
        ...

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when its streams play, in the order of their numbers; nothing that cannot be told. After `finish`."""
        ...

    def doubts(self) -> tuple[str, ...]:
        """Return what looks like a loss on the way but can be the source's own fault, in words. After `finish`."""
        ...


_OTHER_CHECKS: Final[Mapping[Container, Callable[[], Check]]] = {
    Container.PACKED_AUDIO: PackedAudioCheck,
    Container.WEBVTT: WebVttCheck,
    Container.TTML: TtmlCheck,
}


def check_for(container: Container, *, init: bool = False, tracks: Mapping[int, TrackFacts] | None = None) -> Check:
    """Return a fresh check for a segment (or, `init`, an init section) of a track.

    `tracks` is what the segment's init section says; without it the timestamps of boxes have no unit.
    """
    if container is Container.MPEG_TS:
        return TransportStreamCheck()
    if container is Container.FMP4:
        return BoxCheck(required=("ftyp", "moov") if init else ("moof", "mdat"), tracks=tracks)
    if (made := _OTHER_CHECKS.get(container)) is not None and not init:
        return made()
    return AnyBytes()


class AnyBytes:
    """For pieces that have no structure of their own: ranges of a plain file."""

    def feed(self, piece: bytes) -> None:
        """Accept anything."""

    def finish(self) -> None:
        """Accept anything."""

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none."""
        return ()

    def doubts(self) -> tuple[str, ...]:
        """Have none."""
        return ()
