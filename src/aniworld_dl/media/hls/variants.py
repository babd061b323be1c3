"""What a multivariant playlist offers (RFC 8216 4.3.4): variants and renditions as they are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from aniworld_dl.media.hls.tags import decimal, integer, required, resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.media.hls.scope import Scope

Offer = TypeVar("Offer")

VARIANTS_LIMIT: Final = 10_000

AUDIO: Final = "AUDIO"
SUBTITLES: Final = "SUBTITLES"

AUDIO_CODECS: Final = ("mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac", "alac", "vorbis", "mp3", "dtsc", "dtse", "dtsh")
TEXT_CODECS: Final = ("wvtt", "stpp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """An alternative for a group of variants (EXT-X-MEDIA, RFC 8216 4.3.4.1).

    Without `uri` it is part of the variants' own segments.
    """

    type: str
    group_id: str
    name: str
    language: str | None = None
    assoc_language: str | None = None
    uri: str | None = None
    alternatives: tuple[str, ...] = ()
    """Addresses of the same on other servers."""
    default: bool = False
    autoselect: bool = False
    forced: bool = False
    characteristics: tuple[str, ...] = ()
    """Uniform type identifiers such as `public.accessibility.describes-video`."""
    channels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One version of the presentation (EXT-X-STREAM-INF, RFC 8216 4.3.4.2). 0 where the playlist does not say."""

    uri: str
    alternatives: tuple[str, ...] = ()
    """Addresses of the same on other servers: redundant streams (RFC 8216 6.2.4), other pathways."""
    bandwidth_bps: int = 0
    average_bandwidth_bps: int | None = None
    codecs: str | None = None
    width: int = 0
    height: int = 0
    frame_rate: float | None = None
    audio_group: str | None = None
    subtitles_group: str | None = None
    separate_audio: bool = False
    """Its sound is not in its own segments but in a rendition of its audio group."""

    @property
    def codec_names(self) -> tuple[str, ...]:
        """What CODECS lists, each as it stands there."""
        return tuple(name for codec in (self.codecs or "").split(",") if (name := codec.strip()))

    @property
    def has_video(self) -> bool:
        """Whether there is a picture, as far as the playlist says; when it says nothing, there is."""
        if self.height or not self.codec_names:
            return True
        return not all(name.lower().startswith(AUDIO_CODECS + TEXT_CODECS) for name in self.codec_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Offer]):
    """A variant or rendition with its attributes, by which the same on other servers is known."""

    offer: Offer
    attributes: Mapping[str, str]


class VariantReader:
    """What was read so far of a multivariant playlist. `TAGS` are those it takes, `address` the line after a variant.

    Every method raises `ManifestError` for what is not valid where it stands.
    """

    def __init__(self, scope: Scope) -> None:
        self.variants: list[Listed[Variant]] = []
        self.renditions: list[Listed[Rendition]] = []
        self._scope = scope
        self._attributes: dict[str, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the address of a variant is still to come."""
        return self._attributes is not None

    def address(self, uri: str) -> None:
        """Take the address of the variant that was announced."""
        found, self._attributes = self._attributes or {}, None
        self._check_room(len(self.variants))
        size, line = found.get("RESOLUTION"), self._scope.line
        width, height = resolution(size, line) if size else (0, 0)
        rate, average = found.get("FRAME-RATE"), found.get("AVERAGE-BANDWIDTH")
        variant = Variant(
            uri=self._scope.absolute(uri),
            bandwidth_bps=integer(found.get("BANDWIDTH", "0"), line),
            average_bandwidth_bps=integer(average, line) if average else None,
            codecs=found.get("CODECS") or None,
            width=width,
            height=height,
            frame_rate=decimal(rate, line) if rate else None,
            audio_group=found.get("AUDIO") or None,
            subtitles_group=found.get("SUBTITLES") or None,
        )
        self.variants.append(Listed(offer=variant, attributes=found))

    def _read_variant(self, value: str) -> None:
        if self._attributes is not None:
            raise self._scope.error("the variant before has no address")
        self._attributes = self._scope.attributes(value)

    def _read_rendition(self, value: str) -> None:
        self._check_room(len(self.renditions))
        found = self._scope.attributes(value)
        uri = found.pop("URI", None)
        rendition = Rendition(
            type=required(found, "TYPE", self._scope.line),
            group_id=required(found, "GROUP-ID", self._scope.line),
            name=found.get("NAME", ""),
            language=found.get("LANGUAGE") or None,
            assoc_language=found.get("ASSOC-LANGUAGE") or None,
            uri=self._scope.absolute(uri) if uri else None,
            default=found.get("DEFAULT") == "YES",
            autoselect=found.get("AUTOSELECT") == "YES",
            forced=found.get("FORCED") == "YES",
            characteristics=tuple(filter(None, map(str.strip, found.get("CHARACTERISTICS", "").split(",")))),
            channels=_channels(found.get("CHANNELS", "")),
        )
        self.renditions.append(Listed(offer=rendition, attributes=found))

    def _check_room(self, count: int) -> None:
        if count >= VARIANTS_LIMIT:
            raise self._scope.error("it lists more variants than any episode can have")

    TAGS: ClassVar[Mapping[str, Callable[[VariantReader, str], None]]] = {
        "#EXT-X-STREAM-INF": _read_variant,
        "#EXT-X-MEDIA": _read_rendition,
    }


def _channels(text: str) -> int | None:
    """Read how many channels there are: the first of the parameters that CHANNELS has between slashes."""
    count = text.partition("/")[0].strip()
    return int(count) if count.isascii() and count.isdecimal() and len(count) <= 3 else None  # noqa: PLR2004 - 3 digits
