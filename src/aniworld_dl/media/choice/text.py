"""Which subtitles to take, and which of them are to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.languages import ALL
from aniworld_dl.media.choice.offer import language_key, language_of, matching, roles_of
from aniworld_dl.media.choice.ranking import Criterion, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.offer import Offer

MOST_TEXTS: Final = 128
"""More languages, each in several roles, than any episode has."""
_FULL: Final = "full"
_FORCED: Final = "forced"
_ROLES: Final = ("commentary", "easyreader", "caption")
"""Roles that make subtitles others than the full ones (ISO/IEC 23009-1 5.8.5.5)."""
_PICTURES: Final = "im1i"
"""In the codecs of IMSC subtitles that are pictures (W3C, TTML Profile Registry)."""

Version = tuple[str, str]
"""Language and role: of each, one is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The subtitles to take, those to be shown in front, and by id why or why not."""

    taken: tuple[Candidate, ...]
    reasons: dict[str, str]


def choose_texts(offer: Offer, head: Candidate | None, heard: Sequence[Candidate]) -> Texts:
    """Choose subtitles, given the sounds that are taken, the one to be heard in front."""
    group = head.subtitles_group if head else None
    pool = [text for text in offer.texts if group is None or text.group == group]
    reasons = dict.fromkeys((text.id for text in offer.texts), "they go with another variant")
    by_version: dict[Version, list[Candidate]] = {}
    for text in pool:
        by_version.setdefault((language_key(text), _role(text)), []).append(text)
    wanted = _wanted(offer, by_version, heard)
    taken = []
    for version, texts in by_version.items():
        if version not in wanted:
            reasons |= dict.fromkeys((text.id for text in texts), _unwanted(offer))
            continue
        found = ranked(texts, _CRITERIA, equal="the manifest names equal ones first")
        reasons |= {**found.others, found.best.id: wanted[version]}
        taken.append(found.best)
    shown = _shown(offer, taken, heard)
    marked = [replace(text, default=text is shown, language=text.language or language_of(text)) for text in taken]
    marked.sort(key=lambda text: not text.default)
    reasons |= dict.fromkeys((text.id for text in marked[MOST_TEXTS:]), f"there are more than {MOST_TEXTS} subtitles")
    return Texts(taken=tuple(marked[:MOST_TEXTS]), reasons=reasons)


def _role(text: Candidate) -> str:
    if text.forced:
        return _FORCED
    return next((role for role in _ROLES if role in roles_of(text)), _FULL)


def _wanted(
    offer: Offer, by_version: Mapping[Version, Sequence[Candidate]], heard: Iterable[Candidate]
) -> dict[Version, str]:
    """Return which languages in which roles to take, each with the reason."""
    languages = list(dict.fromkeys(language for language, _ in by_version))
    reasons: dict[str, str] = {}
    if offer.version and offer.version.subtitles:
        wished = offer.version.subtitles
        reasons |= dict.fromkeys(matching(wished, languages), f"wished for ({wished})")
    for wish in offer.wish.subtitle_languages:
        found = languages if wish == ALL else matching(wish, languages)
        reason = "all subtitles are wished for" if wish == ALL else f"wished for ({wish})"
        reasons = {**dict.fromkeys(found, reason), **reasons}
    forced = {language_key(sound) for sound in heard} if offer.wish.subtitle_languages else set()
    return {
        version: reasons.get(version[0], "forced, in the language of the sound")
        for version in by_version
        if version[0] in reasons or (version[1] == _FORCED and version[0] in forced)
    }


def _unwanted(offer: Offer) -> str:
    return "their language is not wished for" if offer.wish.subtitle_languages else "no subtitles are wished for"


def _shown(offer: Offer, taken: Sequence[Candidate], heard: Sequence[Candidate]) -> Candidate | None:
    """Return what is to be shown unless the viewer chooses otherwise.

    The subtitles that the version asks for; else the forced ones of the sound that is heard; else, when no version is
    wished for, the manifest's default.
    """
    version = offer.version
    if version is not None and version.subtitles:
        tags = matching(version.subtitles, map(language_key, taken))
        ready = [text for text in taken if language_key(text) in tags[:1]]
        return max(ready, key=lambda text: (_role(text) == _FULL, not text.forced), default=None)
    forced = [text for text in taken if text.forced and heard and language_key(text) == language_key(heard[0])]
    defaults = [text for text in taken if text.default] if version is None else []
    return next(iter([*defaults, *forced]), None)


def _is_simple(text: Candidate) -> bool:
    return "stpp" not in (text.codecs or "").lower()


_CRITERIA: Final = (
    Criterion(rank=lambda text: _PICTURES not in (text.codecs or ""), reason="they are made of pictures"),
    Criterion(rank=_is_simple, reason="the same are there as WebVTT"),
    Criterion(rank=lambda text: text.default, reason="others of this language are the manifest's default"),
)
