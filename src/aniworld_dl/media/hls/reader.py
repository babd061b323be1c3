"""Reads an HLS playlist line by line (RFC 8216 4.1): hands each line to who knows what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.hls.scope import Scope
from aniworld_dl.media.hls.segments import SegmentReader
from aniworld_dl.media.hls.tags import shown
from aniworld_dl.media.hls.variants import VariantReader

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reader:
    """What was read so far. `read` takes each line that is not empty, `finish` the end."""

    def __init__(self, url: str, imported: Mapping[str, str] | None) -> None:
        self.scope = Scope(url, imported)
        self.segments = SegmentReader(self.scope)
        self.variants = VariantReader(self.scope)

    def read(self, line: str, number: int) -> None:
        """Take a line without blanks at its ends. Comments and unknown tags are ignored (RFC 8216 6.3.1).

        Raises:
            ManifestError: it is not valid where it stands.
            UnsupportedMediaError: it asks for what is not supported.
        """
        self.scope.line = number
        if line.startswith("#EXT"):
            self._tag(line)
        elif not line.startswith("#"):
            self._address(line)

    def _tag(self, line: str) -> None:
        name, _, value = line.partition(":")
        if (of_segments := self.segments.TAGS.get(name)) is not None:
            of_segments(self.segments, value.strip())
        elif (of_variants := self.variants.TAGS.get(name)) is not None:
            of_variants(self.variants, value.strip())
        elif name == "#EXT-X-DEFINE":
            self.scope.define(value)

    def _address(self, uri: str) -> None:
        if self.variants.is_open:
            self.variants.address(uri)
        elif self.segments.is_open:
            self.segments.address(uri)
        else:
            raise self.scope.error(f"nothing says what {shown(uri)} is (EXTINF is missing)")

    def finish(self) -> None:
        """Check that nothing announces what did not come.

        Raises:
            ManifestError: the text stops between a tag and its address, as one does that was cut off.
        """
        if self.variants.is_open or self.segments.is_open:
            raise self.scope.error("it stops before the address of the last entry")
        if self.variants.variants and self.segments.segments:
            raise self.scope.error("it lists both variants and segments")
