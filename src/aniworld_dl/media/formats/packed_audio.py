"""Packed audio (RFC 8216 3.4): frames of AAC, MP3, AC-3 or E-AC-3 without a container, with an ID3 tag before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.packed_audio_frames import FRAME_HEADER_BYTES, frame_of
from aniworld_dl.media.formats.packed_audio_id3 import ID3_HEADER_BYTES, id3_bytes, id3_timestamp
from aniworld_dl.media.formats.refused_page import refuse_page
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from aniworld_dl.media.formats.packed_audio_frames import Frame

_HEADER_BYTES: Final = max(ID3_HEADER_BYTES, FRAME_HEADER_BYTES)
_TAG_LIMIT_BYTES: Final = 1 << 16
"""How much of a tag is looked at; a longer one has a picture in it."""
_OLD_TAG: Final = b"TAG"
_OLD_TAG_BYTES: Final = 128
"""ID3v1, at the end of a file that was cut into segments."""


class PackedAudioCheck:
    """Frames follow one another without a gap, all of one kind, and the last one is whole.

    After `finish`, `kind` is "aac", "mp3", "ac3" or "eac3", `start_ticks` the timestamp at 90 kHz that a tag before
    the frames gives, or None, and `duration_us` how long its frames play. Tags may stand wherever a frame could begin.
    """

    def __init__(self) -> None:
        self.kind = ""
        self.start_ticks: int | None = None
        self._sample_rate = 1
        self._samples = 0
        self._length = 0
        self._rest = b""
        self._skip = 0
        self._tag: bytearray | None = None

    @property
    def duration_us(self) -> int:
        """How long the frames so far play, in microseconds."""
        return self._samples * 1_000_000 // self._sample_rate

    def feed(self, piece: bytes) -> None:
        """Step from frame to frame."""
        data = self._rest + piece if self._rest else piece
        before = self._length - len(self._rest)
        self._length += len(piece)
        position = 0
        while True:
            if self._skip:
                position += self._pass(data, position)
            if self._skip or len(data) - position < _HEADER_BYTES:
                break
            self._enter(data, position, before + position)
        self._rest = data[position:]

    def finish(self) -> None:
        """See that the last frame ends where the bytes end, and that there is one."""
        if not self._length:
            raise StructureError("it is empty")
        rest, self._rest = self._rest, b""
        while len(rest) >= FRAME_HEADER_BYTES:
            self._enter(rest.ljust(_HEADER_BYTES, b"\0"), 0, self._length - len(rest))
            rest = rest[self._pass(rest, 0) :]
        if rest or self._skip:
            raise StructureError(f"the last frame is cut short at {self._length} bytes")
        if not self.kind:
            raise StructureError("there is no frame of audio")

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when it plays, nothing when no tag says where that begins."""
        if self.start_ticks is None:
            return ()
        start_us = self.start_ticks * 100 // 9
        return (StreamSpan(stream=0, kind="audio", start_us=start_us, end_us=start_us + self.duration_us),)

    def doubts(self) -> tuple[str, ...]:
        """Have none: frames are whole or they are not."""
        return ()

    def _pass(self, data: bytes, position: int) -> int:
        """Go on inside a frame or tag and return how many bytes of the data belong to it."""
        step = min(self._skip, len(data) - position)
        self._skip -= step
        if self._tag is not None:
            self._tag += data[position : position + min(step, _TAG_LIMIT_BYTES - len(self._tag))]
            if not self._skip:
                self.start_ticks, self._tag = id3_timestamp(bytes(self._tag)), None
        return step

    def _enter(self, data: bytes, position: int, offset: int) -> None:
        """Read the header at a position, which is at an offset of the segment."""
        if frame := frame_of(data[position : position + FRAME_HEADER_BYTES]):
            self._add(frame, offset)
        elif tag := id3_bytes(data, position):
            self._skip = tag
            if self.start_ticks is None and not self._samples:
                self._tag = bytearray()
        elif data.startswith(_OLD_TAG, position):
            self._skip = _OLD_TAG_BYTES
        else:
            if not offset:
                refuse_page(data)
            raise StructureError(f"there is no frame of audio at offset {offset}")

    def _add(self, frame: Frame, offset: int) -> None:
        self._skip = frame.size_bytes
        if not frame.samples:  # more channels of the frame before
            return
        if not self.kind:
            self.kind, self._sample_rate = frame.codec, frame.sample_rate
        elif (frame.codec, frame.sample_rate) != (self.kind, self._sample_rate):
            raise StructureError(f"the audio becomes another one at offset {offset}")
        self._samples += frame.samples


def strip_id3(head: bytes) -> int:
    """Return how many bytes of tags a segment begins with: what to leave out where segments are joined."""
    position = 0
    while size := id3_bytes(head, position):
        position += size
    return position


def demuxer_of(head: bytes) -> str:
    """Return what ffmpeg's `-f` calls the audio that begins with these bytes, tags and all.

    Raises:
        StructureError: they do not reach into a frame, or there is none.
    """
    position = strip_id3(head)
    header = head[position : position + FRAME_HEADER_BYTES]
    frame = frame_of(header) if len(header) == FRAME_HEADER_BYTES else None
    if frame is None:
        raise StructureError(f"there is no frame of audio at offset {position}")
    return frame.codec
