"""What a multivariant playlist offers (RFC 8216 4.3.4), and which of it is best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.hls_tags import absolute, integer, required, resolution

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_AUDIO_CODECS: Final = ("mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac", "alac", "vorbis", "mp3", "dtsc", "dtse", "dtsh")
_TEXT_CODECS: Final = ("wvtt", "stpp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """An alternative for a group of variants (EXT-X-MEDIA, RFC 8216 4.3.4.1).

    Without `uri` it is part of the variants' own segments.
    """

    type: str
    group_id: str
    name: str
    language: str | None = None
    uri: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One version of the presentation (EXT-X-STREAM-INF, RFC 8216 4.3.4.2). 0 where the playlist does not say."""

    uri: str
    bandwidth_bps: int = 0
    average_bandwidth_bps: int | None = None
    codecs: str | None = None
    width: int = 0
    height: int = 0
    audio_group: str | None = None
    subtitles_group: str | None = None
    separate_audio: bool = False
    """Its sound is not in its own segments but in a rendition of its audio group."""

    @property
    def has_video(self) -> bool:
        """Whether there is a picture, as far as the playlist says; when it says nothing, there is."""
        if self.height or not self.codecs:
            return True
        names = [codec.strip().lower() for codec in self.codecs.split(",")]
        return not all(name.startswith(_AUDIO_CODECS + _TEXT_CODECS) for name in names)


def read_rendition(found: Mapping[str, str], base: str, line: int) -> Rendition:
    """Make a rendition of its attributes.

    Raises:
        ManifestError: its type or group is missing, or its address is none.
    """
    uri = found.get("URI")
    return Rendition(
        type=required(found, "TYPE", line),
        group_id=required(found, "GROUP-ID", line),
        name=found.get("NAME", ""),
        language=found.get("LANGUAGE") or None,
        uri=absolute(base, uri, line) if uri else None,
        default=found.get("DEFAULT") == "YES",
    )


def read_variant(found: Mapping[str, str], uri: str, line: int) -> Variant:
    """Make a variant of its attributes and its absolute address.

    Raises:
        ManifestError: a number is none.
    """
    average = found.get("AVERAGE-BANDWIDTH")
    size = found.get("RESOLUTION")
    width, height = resolution(size, line) if size else (0, 0)
    return Variant(
        uri=uri,
        bandwidth_bps=integer(found.get("BANDWIDTH", "0"), line),
        average_bandwidth_bps=integer(average, line) if average else None,
        codecs=found.get("CODECS") or None,
        width=width,
        height=height,
        audio_group=found.get("AUDIO") or None,
        subtitles_group=found.get("SUBTITLES") or None,
    )


def groups_of_separate_audio(renditions: Iterable[Rendition]) -> frozenset[str]:
    """Return the audio groups whose sound is never part of the variants' own segments (RFC 8216 4.3.4.2.1)."""
    audio = [rendition for rendition in renditions if rendition.type == "AUDIO"]
    contained = {rendition.group_id for rendition in audio if rendition.uri is None}
    return frozenset(rendition.group_id for rendition in audio) - contained


def best_variant(variants: Sequence[Variant]) -> Variant:
    """Return the one with a picture, its sound inside, most pixels, the highest bandwidth; in that order.

    Of equal ones the first, which is the one its author prefers.
    """
    return max(
        variants,
        key=lambda variant: (
            variant.has_video,
            not variant.separate_audio,
            variant.width * variant.height,
            variant.bandwidth_bps,
        ),
    )
