"""What a representation carries and how it is wrapped, by its media type and codecs (ISO/IEC 23009-1 5.3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Collection

_CONTAINERS: Final = {
    "video/mp4": Container.FMP4,
    "audio/mp4": Container.FMP4,
    "text/mp4": Container.FMP4,
    "application/mp4": Container.FMP4,
    "video/mp2t": Container.MPEG_TS,
    "audio/mp2t": Container.MPEG_TS,
    "text/vtt": Container.WEBVTT,
    "application/ttml+xml": Container.TTML,
}
_VIDEO_CODECS: Final = (
    "avc",
    "hev1",
    "hvc1",
    "dvh",
    "dva",
    "vvc1",
    "vvi1",
    "av01",
    "vp08",
    "vp8",
    "vp09",
    "vp9",
    "mp4v",
)
_TEXT_CODECS: Final = ("stpp", "wvtt", "ttml", "vtt", "webvtt", "im1t", "im2t")
_SAME_FAMILY: Final = {"avc3": "avc1", "hev1": "hvc1", "dvhe": "dvh1", "dvav": "dva1", "vvi1": "vvc1"}
"""The two sample entries of a codec differ in where its parameters stand (ISO/IEC 14496-15)."""
_TYPES: Final = {"video": TrackKind.VIDEO, "audio": TrackKind.AUDIO, "text": TrackKind.TEXT}

AUDIO_VISUAL: Final = (TrackKind.MUXED, TrackKind.VIDEO, TrackKind.AUDIO)


def container_of(mime_type: str) -> Container | None:
    """Return how a representation is wrapped, None for what is not taken, such as WebM and pictures."""
    return _CONTAINERS.get(mime_type)


def kind_of(mime_type: str, codecs: str | None, content_types: Collection[str]) -> TrackKind | None:
    """Return what a representation carries, None for what is neither picture, sound nor text.

    The codecs know best; else what the manifest says of the content (`content_types`, several for several in one),
    else the media type.
    """
    found = _kinds_of_codecs(codecs) or {_TYPES[name] for name in content_types if name in _TYPES}
    if not found and mime_type in {"text/vtt", "application/ttml+xml"}:
        found = {TrackKind.TEXT}
    if not found:
        found = {_TYPES[name] for name in [mime_type.partition("/")[0]] if name in _TYPES}
    if {TrackKind.VIDEO, TrackKind.AUDIO} <= found:
        return TrackKind.MUXED
    return min(found, key=list(TrackKind).index, default=None)


def family_of(codecs: str | None) -> str:
    """Return the first codec without its profile, in one spelling: what a decoder is chosen by."""
    name = _names(codecs)[0].partition(".")[0] if codecs else ""
    return _SAME_FAMILY.get(name, name)


def _kinds_of_codecs(codecs: str | None) -> set[TrackKind]:
    return {_kind_of_codec(name) for name in _names(codecs) if name}


def _kind_of_codec(name: str) -> TrackKind:
    if name.startswith(_VIDEO_CODECS):
        return TrackKind.VIDEO
    return TrackKind.TEXT if name.startswith(_TEXT_CODECS) else TrackKind.AUDIO


def _names(codecs: str | None) -> list[str]:
    return [codec.strip().lower() for codec in (codecs or "").split(",")]
