"""Reads an HLS playlist line by line: what the tags before an address mean for it (RFC 8216 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.hls_tags import (
    absolute,
    attributes,
    decimal,
    initialization_vector,
    integer,
    length_and_offset,
    required,
    sequence_vector,
    shown,
)
from aniworld_dl.media.hls_variants import Rendition, Variant, groups_of_separate_audio, read_rendition, read_variant
from aniworld_dl.model import ByteRange, InitSection, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEADER: Final = "#EXTM3U"
LINE_LIMIT_CHARACTERS: Final = 65_536
SEGMENTS_LIMIT: Final = 200_000
VARIANTS_LIMIT: Final = 10_000

_IDENTITY: Final = "identity"
_AES_128: Final = "AES-128"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyTag:
    """An EXT-X-KEY in force, before it is known for which segment. `uri` is empty unless it is a plain AES-128 key."""

    method: str
    uri: str
    iv: bytes | None


class Reader:
    """What was read so far. `read` takes each line that is not empty, `finish` the end."""

    def __init__(self, url: str) -> None:
        self.line = 1
        self.variants: list[Variant] = []
        self.renditions: list[Rendition] = []
        self.segments: list[Segment] = []
        self.target_duration_s: float | None = None
        self.media_sequence = 0
        self.playlist_type: str | None = None
        self.ended = False
        self._url = url
        self._variant: dict[str, str] | None = None
        self._keys: dict[str, _KeyTag] = {}
        self._init: InitSection | None = None
        self._duration_s: float | None = None
        self._range: tuple[int, int | None] | None = None
        self._previous: tuple[str, int] | None = None
        self._discontinuity = False
        self._gap = False

    def read(self, line: str, number: int) -> None:
        """Take a line without blanks at its ends.

        Raises:
            ManifestError: it is not valid where it stands.
            UnsupportedMediaError: it asks for what is not supported.
        """
        self.line = number
        if not line.startswith("#"):
            self._address(line)
            return
        name, _, value = line.partition(":")
        tag = self._TAGS.get(name)
        if tag is not None:
            tag(self, value)

    def finish(self) -> None:
        """Check that nothing announces what did not come.

        Raises:
            ManifestError: the text stops between a tag and its address, as one does that was cut off.
        """
        if self._variant is not None or self._duration_s is not None:
            raise ManifestError(line=self.line, reason="it stops before the address of the last entry")

    def complete_variants(self) -> tuple[Variant, ...]:
        """Return the variants, knowing the audio groups, which may stand behind them."""
        separate = groups_of_separate_audio(self.renditions)
        return tuple(replace(variant, separate_audio=variant.audio_group in separate) for variant in self.variants)

    # ----------------------------------------------------------------------------------------------- addresses

    def _address(self, uri: str) -> None:
        url = absolute(self._url, uri, self.line)
        if self._variant is not None:
            self.variants.append(read_variant(self._variant, url, self.line))
            self._variant = None
        elif self._duration_s is not None:
            self.segments.append(self._segment(url, self._duration_s))
            self._duration_s, self._range, self._discontinuity = None, None, False
        else:
            raise ManifestError(line=self.line, reason=f"nothing says what {shown(uri)} is (EXTINF is missing)")
        if len(self.segments) > SEGMENTS_LIMIT or len(self.variants) > VARIANTS_LIMIT:
            raise ManifestError(line=self.line, reason="it lists more than any episode can have")

    def _segment(self, url: str, duration_s: float) -> Segment:
        index = len(self.segments)
        if self._gap:
            what = f"the playlist says that segment {index} is missing at its source (EXT-X-GAP)"
            raise UnsupportedMediaError(what=what)
        return Segment(
            index=index,
            uri=url,
            duration_s=duration_s,
            byte_range=self._byte_range(url),
            key=self._key(),
            init=self._init,
            discontinuity=self._discontinuity,
        )

    def _byte_range(self, url: str) -> ByteRange | None:
        if self._range is None:
            self._previous = None
            return None
        length, start = self._range
        if start is None:
            if self._previous is None or self._previous[0] != url:
                raise ManifestError(line=self.line, reason="a byte range without offset follows no range of its file")
            start = self._previous[1]
        self._previous = (url, start + length)
        return ByteRange(start=start, stop=start + length)

    def _key(self) -> Key | None:
        for name, tag in self._keys.items():
            if tag.method != _AES_128 or _IDENTITY not in self._keys:
                raise UnsupportedMediaError(what=f"encrypted with {shown(tag.method)}, key format {shown(name)}")
        tag_in_force = self._keys.get(_IDENTITY)
        if tag_in_force is None:
            return None
        iv = tag_in_force.iv or sequence_vector(self.media_sequence + len(self.segments))
        return Key(method=_AES_128, uri=tag_in_force.uri, iv=iv)

    # ---------------------------------------------------------------------------------------------------- tags

    def _read_target_duration(self, value: str) -> None:
        self.target_duration_s = decimal(value, self.line)

    def _read_media_sequence(self, value: str) -> None:
        if self.segments:
            raise ManifestError(line=self.line, reason="EXT-X-MEDIA-SEQUENCE stands behind a segment")
        self.media_sequence = integer(value, self.line)

    def _read_playlist_type(self, value: str) -> None:
        self.playlist_type = value

    def _read_end(self, _value: str) -> None:
        self.ended = True

    def _read_duration(self, value: str) -> None:
        if self._duration_s is not None:
            raise ManifestError(line=self.line, reason="the segment before has no address")
        self._duration_s = decimal(value.partition(",")[0].strip(), self.line)

    def _read_byte_range(self, value: str) -> None:
        self._range = length_and_offset(value.strip(), self.line)

    def _read_discontinuity(self, _value: str) -> None:
        self._discontinuity = True

    def _read_gap(self, _value: str) -> None:
        self._gap = True

    def _read_key(self, value: str) -> None:
        found = attributes(value, self.line)
        method = required(found, "METHOD", self.line)
        if method == "NONE":
            self._keys.clear()
            return
        key_format = found.get("KEYFORMAT") or _IDENTITY
        is_plain = (method, key_format) == (_AES_128, _IDENTITY)
        iv = found.get("IV")
        self._keys[key_format] = _KeyTag(
            method=method,
            uri=absolute(self._url, required(found, "URI", self.line), self.line) if is_plain else "",
            iv=initialization_vector(iv, self.line) if iv else None,
        )

    def _read_map(self, value: str) -> None:
        found = attributes(value, self.line)
        byte_range = None
        if "BYTERANGE" in found:
            length, start = length_and_offset(found["BYTERANGE"], self.line)
            byte_range = ByteRange(start=start or 0, stop=(start or 0) + length)
        uri = absolute(self._url, required(found, "URI", self.line), self.line)
        self._init = InitSection(uri=uri, byte_range=byte_range, key=self._key())

    def _read_rendition(self, value: str) -> None:
        if len(self.renditions) >= VARIANTS_LIMIT:
            raise ManifestError(line=self.line, reason="it lists more than any episode can have")
        self.renditions.append(read_rendition(attributes(value, self.line), self._url, self.line))

    def _read_variant(self, value: str) -> None:
        if self._variant is not None:
            raise ManifestError(line=self.line, reason="the variant before has no address")
        self._variant = attributes(value, self.line)

    def _refuse_key_frames(self, _value: str) -> None:
        raise UnsupportedMediaError(what="a playlist of key frames only (EXT-X-I-FRAMES-ONLY)")

    def _refuse_variables(self, _value: str) -> None:
        raise UnsupportedMediaError(what="a playlist with variables (EXT-X-DEFINE)")

    def _refuse_delta(self, _value: str) -> None:
        raise UnsupportedMediaError(what="a playlist that leaves out segments it listed before (EXT-X-SKIP)")

    _TAGS: ClassVar[Mapping[str, Callable[[Reader, str], None]]] = {
        "#EXT-X-TARGETDURATION": _read_target_duration,
        "#EXT-X-MEDIA-SEQUENCE": _read_media_sequence,
        "#EXT-X-PLAYLIST-TYPE": _read_playlist_type,
        "#EXT-X-ENDLIST": _read_end,
        "#EXTINF": _read_duration,
        "#EXT-X-BYTERANGE": _read_byte_range,
        "#EXT-X-DISCONTINUITY": _read_discontinuity,
        "#EXT-X-GAP": _read_gap,
        "#EXT-X-KEY": _read_key,
        "#EXT-X-MAP": _read_map,
        "#EXT-X-MEDIA": _read_rendition,
        "#EXT-X-STREAM-INF": _read_variant,
        "#EXT-X-I-FRAMES-ONLY": _refuse_key_frames,
        "#EXT-X-DEFINE": _refuse_variables,
        "#EXT-X-SKIP": _refuse_delta,
    }
