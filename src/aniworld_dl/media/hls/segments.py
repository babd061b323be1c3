"""Reads what a media playlist lists (RFC 8216 4.3.2 and 4.3.3): segments and what the tags before them say."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.hls.keys import KeyRing
from aniworld_dl.media.hls.tags import decimal, integer, length_and_offset, required
from aniworld_dl.model import ByteRange, InitSection, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.media.hls.scope import Scope

SEGMENTS_LIMIT: Final = 200_000


class SegmentReader:
    """What was read so far of a media playlist. `TAGS` are those it takes, `address` the line that ends an entry.

    Every method raises `ManifestError` for what is not valid where it stands, and `UnsupportedMediaError`.
    """

    def __init__(self, scope: Scope) -> None:
        self.segments: list[Segment] = []
        self.target_duration_s: float | None = None
        self.media_sequence = 0
        self.discontinuity_sequence = 0
        self.playlist_type: str | None = None
        self.ended = False
        self._scope = scope
        self._keys = KeyRing()
        self._init: InitSection | None = None
        self.rounded = True
        """Whether no duration has decimals."""
        self._duration_s: float | None = None
        self._range: tuple[int, int | None] | None = None
        self._previous: tuple[str, int] | None = None
        self._discontinuity = False
        self._gap = False

    @property
    def is_open(self) -> bool:
        """Whether the address of a segment is still to come."""
        return self._duration_s is not None

    def address(self, uri: str) -> None:
        """Take the address of the segment that was announced."""
        url, index = self._scope.absolute(uri), len(self.segments)
        if index >= SEGMENTS_LIMIT:
            raise self._scope.error(f"it lists more than {SEGMENTS_LIMIT} segments, which no episode can have")
        self.segments.append(
            Segment(
                index=index,
                uri=url,
                duration_s=self._duration_s,
                byte_range=self._byte_range(url),
                key=self._keys.for_segment(self.media_sequence + index),
                init=self._init,
                discontinuity=self._discontinuity,
                gap=self._gap,
            )
        )
        self._duration_s, self._range, self._discontinuity, self._gap = None, None, False, False

    def _byte_range(self, url: str) -> ByteRange | None:
        """Return the range that was announced; without an offset it follows the segment before (RFC 8216 4.3.2.2)."""
        if self._range is None:
            self._previous = None
            return None
        length, start = self._range
        if start is None:
            if self._previous is None or self._previous[0] != url:
                raise self._scope.error("a byte range without offset follows no range of its file")
            start = self._previous[1]
        self._previous = (url, start + length)
        return ByteRange(start=start, stop=start + length)

    # ---------------------------------------------------------------------------------------------------- tags

    def _read_target_duration(self, value: str) -> None:
        self.target_duration_s = decimal(value, self._scope.line)

    def _read_media_sequence(self, value: str) -> None:
        if self.segments:
            raise self._scope.error("EXT-X-MEDIA-SEQUENCE stands behind a segment")
        self.media_sequence = integer(value, self._scope.line)

    def _read_discontinuity_sequence(self, value: str) -> None:
        self.discontinuity_sequence = integer(value, self._scope.line)

    def _read_playlist_type(self, value: str) -> None:
        self.playlist_type = value.upper()

    def _read_end(self, _value: str) -> None:
        self.ended = True

    def _read_duration(self, value: str) -> None:
        if self._duration_s is not None:
            raise self._scope.error("the segment before has no address")
        text = value.partition(",")[0].strip()
        self._duration_s = decimal(text, self._scope.line)
        self.rounded = self.rounded and "." not in text

    def _read_byte_range(self, value: str) -> None:
        self._range = length_and_offset(value, self._scope.line)

    def _read_discontinuity(self, _value: str) -> None:
        self._discontinuity = True

    def _read_gap(self, _value: str) -> None:
        self._gap = True

    def _read_key(self, value: str) -> None:
        self._keys.read(value, self._scope)

    def _read_map(self, value: str) -> None:
        """Take an init section; the key before it is its key, later ones are not (RFC 8216 4.3.2.5)."""
        found = self._scope.attributes(value)
        byte_range = None
        if "BYTERANGE" in found:
            length, start = length_and_offset(found["BYTERANGE"], self._scope.line)
            byte_range = ByteRange(start=start or 0, stop=(start or 0) + length)
        uri = self._scope.absolute(required(found, "URI", self._scope.line))
        self._init = InitSection(uri=uri, byte_range=byte_range, key=self._keys.for_init(self._scope))

    def _refuse_key_frames(self, _value: str) -> None:
        raise UnsupportedMediaError(what="a playlist of key frames only (EXT-X-I-FRAMES-ONLY)")

    def _refuse_delta(self, _value: str) -> None:
        raise self._scope.error("it leaves out segments it listed before (EXT-X-SKIP), which was not asked for")

    TAGS: ClassVar[Mapping[str, Callable[[SegmentReader, str], None]]] = {
        "#EXT-X-TARGETDURATION": _read_target_duration,
        "#EXT-X-MEDIA-SEQUENCE": _read_media_sequence,
        "#EXT-X-DISCONTINUITY-SEQUENCE": _read_discontinuity_sequence,
        "#EXT-X-PLAYLIST-TYPE": _read_playlist_type,
        "#EXT-X-ENDLIST": _read_end,
        "#EXTINF": _read_duration,
        "#EXT-X-BYTERANGE": _read_byte_range,
        "#EXT-X-DISCONTINUITY": _read_discontinuity,
        "#EXT-X-GAP": _read_gap,
        "#EXT-X-KEY": _read_key,
        "#EXT-X-MAP": _read_map,
        "#EXT-X-I-FRAMES-ONLY": _refuse_key_frames,
        "#EXT-X-SKIP": _refuse_delta,
    }
