"""HLS playlists (RFC 8216): `parse_hls` turns a text into dataclasses, without I/O and in linear time.

Where players follow it, draft-pantos-hls-rfc8216bis counts too: variables, gaps, pathways.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.candidates import candidates_of, groups_of_separate_audio
from aniworld_dl.media.hls.mirrors import without_mirrors
from aniworld_dl.media.hls.reader import Reader
from aniworld_dl.media.hls.tags import shown
from aniworld_dl.media.hls.variants import Rendition, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.model import Segment

__all__ = ["MediaPlaylist", "MultivariantPlaylist", "Rendition", "Variant", "parse_hls"]

TEXT_LIMIT_CHARACTERS: Final = 50_000_000
LINES_LIMIT: Final = 4_000_000
"""Twenty for each of the most segments there may be."""
LINE_LIMIT_CHARACTERS: Final = 65_536

_HEADER: Final = "#EXTM3U"
_BYTE_ORDER_MARK: Final = "\ufeff"
_BLANKS: Final = " \t\r"


@dataclass(frozen=True, slots=True, kw_only=True)
class MultivariantPlaylist:
    """The same presentation in several versions, at least one (RFC 8216 4.3.4).

    What lies on several servers stands here once, with the other addresses as its `alternatives`. `variables` are for
    the media playlists it leads to.
    """

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return what can be chosen: every variant, every audio and subtitle rendition that has its own playlist.

        A variant is MUXED, VIDEO when its sound is in renditions alone, AUDIO when its codecs say that it is sound
        only. Of a MUXED one with an audio group, language, name and channels are those of the sound inside it.
        """
        return candidates_of(self.variants, self.renditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """Segments in order (RFC 8216 4.3.3). `ended` is false for what is still growing.

    `playlist_type` is what EXT-X-PLAYLIST-TYPE says, such as VOD or EVENT. `rounded`: no duration has decimals.
    """

    segments: tuple[Segment, ...]
    target_duration_s: float
    ended: bool
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    playlist_type: str | None = None
    rounded: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def parse_hls(
    text: str, url: str, variables: Mapping[str, str] | None = None, *, may_be_empty: bool = False
) -> MultivariantPlaylist | MediaPlaylist:
    """Read a playlist. `url` is its final address: every address in the result is absolute.

    Unknown tags and comments are ignored. A byte order mark, CRLF and blank lines before the header are accepted.
    `variables` are those of the multivariant playlist that led here, None where there is none. With `may_be_empty` a
    media playlist without segments is one, as that of a broadcast before it begins.

    Raises:
        ManifestError: the text is no valid playlist, or not a plausible one (text, lines, segments, variants, and
            what variables and addresses make of them are bounded).
        UnsupportedMediaError: it is valid and says that what it lists cannot be taken as it is: encrypted by
            something other than AES-128 with a plain key, or key frames only.
    """
    reader = Reader(url, variables)
    seen_header = False
    for number, line in _lines(text):
        if seen_header:
            reader.read(line, number)
        else:
            _check_header(line, number)
            seen_header = True
    reader.finish()
    if reader.variants.variants:
        return _multivariant_playlist(reader)
    return _media_playlist(reader, may_be_empty=may_be_empty)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, without blanks at their ends, and their numbers; one at a time."""
    if len(text) > TEXT_LIMIT_CHARACTERS:
        raise ManifestError(line=1, reason=f"it has more than {TEXT_LIMIT_CHARACTERS} characters")
    number, start = 0, len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
    while start < len(text):
        number += 1
        stop = text.find("\n", start)
        if stop < 0:
            stop = len(text)
        if stop - start > LINE_LIMIT_CHARACTERS:
            raise ManifestError(line=number, reason=f"the line is longer than {LINE_LIMIT_CHARACTERS} characters")
        if number > LINES_LIMIT:
            raise ManifestError(line=number, reason=f"it has more than {LINES_LIMIT} lines")
        if line := text[start:stop].strip(_BLANKS):
            yield number, line
        start = stop + 1


def _check_header(line: str, number: int) -> None:
    if line != _HEADER and not line.startswith((f"{_HEADER} ", f"{_HEADER}\t")):
        raise ManifestError(line=number, reason=f"it does not begin with {_HEADER} but with {shown(line)}")


def _multivariant_playlist(reader: Reader) -> MultivariantPlaylist:
    offers = without_mirrors(reader.variants.variants, reader.variants.renditions)
    separate = groups_of_separate_audio(offers.renditions)
    return MultivariantPlaylist(
        variants=tuple(replace(variant, separate_audio=variant.audio_group in separate) for variant in offers.variants),
        renditions=offers.renditions,
        variables=reader.scope.variables,
    )


def _media_playlist(reader: Reader, *, may_be_empty: bool) -> MediaPlaylist:
    read = reader.segments
    if not read.segments and not may_be_empty:
        raise reader.scope.error("it lists neither variants nor segments")
    if read.target_duration_s is None:
        raise reader.scope.error("EXT-X-TARGETDURATION is missing")
    return MediaPlaylist(
        segments=tuple(read.segments),
        target_duration_s=read.target_duration_s,
        ended=read.ended,
        media_sequence=read.media_sequence,
        discontinuity_sequence=read.discontinuity_sequence,
        playlist_type=read.playlist_type,
        rounded=read.rounded and bool(read.segments),
        variables=reader.scope.variables,
    )
