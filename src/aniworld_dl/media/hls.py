"""HLS playlists (RFC 8216): `parse_hls` turns a text into dataclasses, without I/O and in linear time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls_reader import HEADER, LINE_LIMIT_CHARACTERS, Reader
from aniworld_dl.media.hls_tags import shown
from aniworld_dl.media.hls_variants import Rendition, Variant, best_variant

if TYPE_CHECKING:
    from aniworld_dl.model import Segment

__all__ = ["MediaPlaylist", "MultivariantPlaylist", "Rendition", "Variant", "parse_hls"]

_BYTE_ORDER_MARK: Final = "\ufeff"
_BLANKS: Final = " \t\r"


@dataclass(frozen=True, slots=True, kw_only=True)
class MultivariantPlaylist:
    """The same presentation in several versions, at least one (RFC 8216 4.3.4)."""

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...] = ()

    def best(self) -> Variant:
        """Return the variant to take: with a picture, complete in itself, then most pixels, then highest bandwidth."""
        return best_variant(self.variants)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """Segments in order, at least one (RFC 8216 4.3.3). `ended` is false for what is still growing."""

    segments: tuple[Segment, ...]
    target_duration_s: float
    ended: bool
    media_sequence: int = 0
    playlist_type: str | None = None


def parse_hls(text: str, url: str) -> MultivariantPlaylist | MediaPlaylist:
    """Read a playlist. `url` is its final address: every address in the result is absolute.

    Unknown tags and comments are ignored. A byte order mark, CRLF and blank lines before the header are accepted.

    Raises:
        ManifestError: the text is no valid playlist, or not a plausible one (lines and segments are bounded).
        UnsupportedMediaError: it is valid and says that what it lists cannot be taken as it is: encrypted by
            something other than AES-128 with a plain key, segments missing (EXT-X-GAP), key frames only, variables.
    """
    reader = Reader(url)
    seen_header = False
    for number, raw in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split("\n"), start=1):
        if len(raw) > LINE_LIMIT_CHARACTERS:
            raise ManifestError(line=number, reason=f"the line is longer than {LINE_LIMIT_CHARACTERS} characters")
        line = raw.strip(_BLANKS)
        if seen_header and line:
            reader.read(line, number)
        elif line:
            _check_header(line, number)
            seen_header = True
    reader.finish()
    return _playlist(reader)


def _check_header(line: str, number: int) -> None:
    if line != HEADER and not line.startswith((f"{HEADER} ", f"{HEADER}\t")):
        raise ManifestError(line=number, reason=f"it does not begin with {HEADER} but with {shown(line)}")


def _playlist(reader: Reader) -> MultivariantPlaylist | MediaPlaylist:
    if reader.variants and reader.segments:
        raise ManifestError(line=reader.line, reason="it lists both variants and segments")
    if reader.variants:
        return MultivariantPlaylist(variants=reader.complete_variants(), renditions=tuple(reader.renditions))
    if not reader.segments:
        raise ManifestError(line=reader.line, reason="it lists neither variants nor segments")
    if reader.target_duration_s is None:
        raise ManifestError(line=reader.line, reason="EXT-X-TARGETDURATION is missing")
    return MediaPlaylist(
        segments=tuple(reader.segments),
        target_duration_s=reader.target_duration_s,
        ended=reader.ended,
        media_sequence=reader.media_sequence,
        playlist_type=reader.playlist_type,
    )
