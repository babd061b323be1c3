"""A manifest's candidates as the choice sees them: by kind and group, with the languages they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.languages import ALL, ORIGINAL, is_same_or_narrower, language_of_name, language_tag, ranges
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.wish import TrackWish, Version

_ROLES: Final = {
    "public.accessibility.describes-video": "description",
    "public.accessibility.transcribes-spoken-dialog": "caption",
    "public.accessibility.describes-music-and-sound": "caption",
    "public.easy-to-read": "easyreader",
    "public.original-content": "original",
}
"""The words of DASH for the characteristics of HLS, and `original`, which DASH has no word for."""
_ORIGINALLY: Final = "ja"
"""What the original sound of anime is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What there is to choose from, and what of it is wanted."""

    wish: TrackWish
    pictures: tuple[Candidate, ...]
    sounds: tuple[Candidate, ...]
    texts: tuple[Candidate, ...]
    version: Version | None
    """The one of the wished versions that is to be had."""
    originals: frozenset[str]
    """The languages of sound that the manifest itself calls original."""

    @classmethod
    def of(cls, candidates: Iterable[Candidate], wish: TrackWish) -> Offer:
        """Sort candidates by what they are, and see which version they make."""
        by_kind: dict[TrackKind, list[Candidate]] = {kind: [] for kind in TrackKind}
        pictures = []
        for candidate in candidates:
            if candidate.kind in {TrackKind.MUXED, TrackKind.VIDEO}:
                pictures.append(candidate)
            by_kind[candidate.kind].append(candidate)
        sounds, texts = by_kind[TrackKind.AUDIO], by_kind[TrackKind.TEXT]
        heard = {language_key(candidate) for candidate in (*by_kind[TrackKind.MUXED], *sounds)}
        read = {language_key(candidate) for candidate in texts}
        return cls(
            wish=wish,
            pictures=tuple(pictures),
            sounds=tuple(sounds),
            texts=tuple(texts),
            version=_version(wish.versions, heard, read),
            originals=frozenset(language_key(sound) for sound in sounds if "original" in roles_of(sound)),
        )

    @property
    def sound_wishes(self) -> tuple[str, ...]:
        """The languages of sound that are wanted, each once, best first; `original` and `all` among them."""
        first = (self.version.sound,) if self.version else ()
        return tuple(dict.fromkeys((*first, *self.wish.audio_languages)))

    def original(self, languages: Iterable[str]) -> str | None:
        """Return which of some languages of sound, the manifest's default first, is no translation, None if unknown."""
        avoided = self.version.subtitles if self.version else None
        others = [item for item in languages if avoided is None or not is_same_or_narrower(item, avoided)]
        known = [item for item in others if item in self.originals]
        japanese = [item for item in others if is_same_or_narrower(item, _ORIGINALLY)]
        return next(iter([*known, *japanese, *others]), None)

    def covered(self, languages: Collection[str]) -> tuple[int, ...]:
        """Return for each wish how many languages there are for it."""
        return tuple(self._count(wanted, languages) for wanted in self.sound_wishes)

    def _count(self, wanted: str, languages: Collection[str]) -> int:
        if wanted == ALL:
            return len(languages)
        if wanted == ORIGINAL:
            return int(self.original(languages) is not None)
        return int(bool(matching(wanted, languages)))


def roles_of(candidate: Candidate) -> frozenset[str]:
    """Return what a track is for in the words of ISO/IEC 23009-1 5.8.5.5: `description`, `caption`, `dub`, ..."""
    return frozenset(_ROLES.get(item, item) for item in candidate.characteristics)


def language_key(candidate: Candidate) -> str:
    """Return a tag; where neither language nor name tells the language, the name, marked so that it is no tag."""
    return language_of(candidate) or f"?{(candidate.name or '').casefold()}"


def language_of(candidate: Candidate) -> str | None:
    """Return the tag of what the manifest says the language is, else of what the name says."""
    return language_tag(candidate.language) or language_of_name(candidate.name)


def matching(wanted: str, languages: Iterable[str]) -> list[str]:
    """Return the languages a wished tag leads to, the very same first (RFC 4647 3.4).

    The wish is shortened until something falls into it: `de-AT` takes `de-AT`, else `de`, else `de-CH`.
    """
    tags = list(dict.fromkeys(languages))
    for wider in ranges(wanted):
        found = [tag for tag in tags if is_same_or_narrower(tag, wider)]
        if found:
            return sorted(found, key=lambda tag: tag.casefold() != wider.casefold())
    return []


def _version(versions: Sequence[Version], heard: Collection[str], read: Collection[str]) -> Version | None:
    offered: Iterator[Version] = (
        version
        for version in versions
        if (matching(version.subtitles, read) if version.subtitles else matching(version.sound, heard))
    )
    return next(offered, next(iter(versions), None))
