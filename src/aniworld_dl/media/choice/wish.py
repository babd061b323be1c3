"""Which of a manifest's tracks are wanted: what the settings say, and what the language of a request asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.chains import chain_of
from aniworld_dl.languages import ALL, NONE, ORIGINAL, language_tag

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

_NAME: Final = re.compile(r"(?P<language>.+?)[\s_-]*(?P<kind>dub|sub)(?:bed|titles?|titled|s)?", re.IGNORECASE)
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the name of a version, such as "German Sub", asks for. `sound` is a language tag or `original`."""

    sound: str
    subtitles: str | None = None
    """The language of the subtitles that are to be shown unless the viewer chooses otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackWish:
    """What to take of what a manifest has on offer. Languages are tags; lists are in order, best first."""

    max_height: int | None = None
    """Lines of the best picture; None means no limit."""
    video_codecs: tuple[str, ...] = ()
    """Families of codecs to prefer at the same height: h264, hevc, av1, vp9."""
    versions: tuple[Version, ...] = ()
    """The first that is on offer is wanted; when none is, the first."""
    audio_languages: tuple[str, ...] = ()
    """Sound to take besides, all of it: tags, `all`, `original`. Nothing wished for takes the manifest's default."""
    subtitle_languages: tuple[str, ...] = (ALL,)
    """Subtitles to take besides the version's: tags or `all`. Empty takes none."""


def track_wish(settings: Settings, language: str | None) -> TrackWish:
    """Return what to take for a request that names a language or a chain of them, or none, with None."""
    names = chain_of(language).named or settings.languages
    versions = tuple(version for name in names if (version := version_of(name)) is not None)
    subtitles = [item for item in settings.subtitle_languages if item != NONE]
    return TrackWish(
        max_height=settings.max_height,
        video_codecs=tuple(settings.video_codecs),
        versions=versions,
        audio_languages=tuple(settings.audio_languages),
        subtitle_languages=tuple(subtitles),
    )


def version_of(name: str) -> Version | None:
    """Return what a version's name asks for, None when it is no such name.

    | name | sound | subtitles shown by default |
    |---|---|---|
    | `German Dub`, `English Dub`, ... | in that language | none, but for what is forced |
    | `German Sub`, `English Sub`, ... | the original: Japanese, else what is not in that language | in it |
    | `German`, `de`, ... | in that language | none, but for what is forced |
    """
    text = name.strip()[:_LONGEST]
    if match := _NAME.fullmatch(text):
        tag = language_tag(match["language"])
        if tag is not None:
            is_dub = match["kind"].lower() == "dub"
            return Version(sound=tag) if is_dub else Version(sound=ORIGINAL, subtitles=tag)
    tag = None if text.lower() in {"dub", "sub"} else language_tag(text)
    return None if tag is None else Version(sound=tag)
