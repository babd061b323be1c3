"""Whether bytes are a WebVTT segment at all. Fed piece by piece while the bytes come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.refused_page import refuse_page
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.webvtt import ARROW, SIGNATURE

if TYPE_CHECKING:
    from aniworld_dl.media.formats.spans import StreamSpan

_HEAD_BYTES: Final = 512
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"


class WebVttCheck:
    """A WebVTT segment begins with the signature, or is a part of a file whose header is the init section.

    RFC 8216 3.5 allows the second, where cues or nothing follow; so a body without a header has to have a cue, unless
    it is empty. That an empty one is accepted everywhere is for packagers which write nothing when nobody speaks; it
    is a doubt as well, since broken servers send nothing too.
    """

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._has_cue = False
        self._is_empty = False

    def feed(self, piece: bytes) -> None:
        """Look at the first bytes, and for the arrow between the times of a cue."""
        if len(self._head) < _HEAD_BYTES:
            self._head += piece[:_HEAD_BYTES]
        if not self._has_cue:
            text = self._tail + piece
            self._has_cue = ARROW.encode() in text
            self._tail = text[1 - len(ARROW) :]

    def finish(self) -> None:
        """See that there is a signature, a cue, or nothing at all."""
        start = self._head.removeprefix(_BYTE_ORDER_MARK)
        self._is_empty = not start.strip(_BLANKS)
        if start.startswith(SIGNATURE.encode()) or self._is_empty:
            return
        refuse_page(start)
        if not self._has_cue:
            raise StructureError(f"it neither begins with {SIGNATURE} nor has a cue")

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none: text plays only where something is said."""
        return ()

    def doubts(self) -> tuple[str, ...]:
        """Doubt that there really is nothing."""
        return ("there is nothing in it",) if self._is_empty else ()
