"""Which sounds to take beside a picture, and which of them is to be heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from aniworld_dl.languages import ALL, ORIGINAL
from aniworld_dl.media.choice.offer import language_key, language_of, matching, roles_of
from aniworld_dl.media.choice.picture import goes_with
from aniworld_dl.media.choice.ranking import Criterion, ranked
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.offer import Offer

_HELD_EVERYWHERE: Final = ("mp4a", "mp3", "ac-3", "ec-3", "opus", "flac", "alac")
"""How codecs (RFC 6381) begin that both Matroska and MP4 hold and ffmpeg writes into both."""
MOST_SOUNDS: Final = 64
"""More languages than any episode has."""
_SPECIAL: Final = frozenset({"description", "commentary", "enhanced-audio-intelligibility"})
"""Roles of sound that is not for everyone (ISO/IEC 23009-1 5.8.5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """The sounds to take beside the picture, the one to be heard in front, and by id why or why not."""

    taken: tuple[Candidate, ...]
    reasons: dict[str, str]
    own_first: bool
    """The sound inside the picture is the one to be heard."""


def choose_sounds(offer: Offer, head: Candidate | None) -> Sounds:
    """Choose, of each wished language, one sound; where none is on offer, or nothing is wished for, the default one."""
    pool = _pool(offer, head)
    reasons = dict.fromkeys((sound.id for sound in offer.sounds), "it goes with another variant")
    reasons |= dict.fromkeys((sound.id for sound in pool), "its language is not wished for")
    by_language: dict[str, list[Candidate]] = {}
    for sound in pool:
        by_language.setdefault(language_key(sound), []).append(sound)
    chosen = []
    for language, reason in islice(_wanted(offer, by_language).items(), MOST_SOUNDS):
        found = ranked(by_language[language], _CRITERIA, equal="the manifest names an equal one of its language first")
        reasons |= {**found.others, found.best.id: reason}
        chosen.append(found.best)
    taken = [
        replace(sound, default=index == 0, language=sound.language or language_of(sound))
        for index, sound in enumerate(chosen)
        if sound is not head
    ]
    return Sounds(taken=tuple(taken), reasons=reasons, own_first=bool(chosen) and chosen[0] is head)


def _pool(offer: Offer, head: Candidate | None) -> list[Candidate]:
    """Return the sounds that may be played: the picture's own and those that go with it; without one, the variants."""
    if head is not None:
        own = [head] if head.kind is TrackKind.MUXED else []
        return own + [sound for sound in offer.sounds if goes_with(head, sound)]
    variants = [sound for sound in offer.sounds if sound.group is None]
    return variants or list(offer.sounds)


def _wanted(offer: Offer, by_language: Mapping[str, Sequence[Candidate]]) -> dict[str, str]:
    """Return the languages to take, in order, each with the reason."""
    in_order = sorted(by_language, key=lambda language: _later(by_language[language]))
    found: dict[str, str] = {}
    for wish in offer.sound_wishes:
        if wish == ALL:
            found |= {language: "all sound is wished for" for language in in_order if language not in found}
        elif wish == ORIGINAL:
            original = offer.original(in_order)
            found |= {original: "the original sound"} if original is not None and original not in found else {}
        elif matches := matching(wish, in_order):
            found.setdefault(matches[0], f"wished for ({wish})")
    if found or not in_order:
        return found
    if len(in_order) == 1:
        return {in_order[0]: "the only sound"}
    lacking = "the manifest's default, no wished language is on offer"
    return {in_order[0]: lacking if offer.sound_wishes else "the manifest's default"}


def _later(sounds: Sequence[Candidate]) -> tuple[bool, bool, bool]:
    """Rank a language: the manifest's default before others, original sound before dubs and what is for few."""
    plain = [sound for sound in sounds if not _SPECIAL & roles_of(sound)]
    return not any(sound.default for sound in sounds), not plain, all("dub" in roles_of(sound) for sound in sounds)


def _is_held(sound: Candidate) -> bool:
    names = [name.strip().lower() for name in (sound.codecs or _HELD_EVERYWHERE[0]).split(",")]
    return any(name.startswith(_HELD_EVERYWHERE) for name in names)


_CRITERIA: Final = (
    Criterion(rank=lambda sound: sound.kind is TrackKind.MUXED, reason="the picture has sound in its language"),
    Criterion(rank=lambda sound: not _SPECIAL & roles_of(sound), reason="it is a description or a commentary"),
    Criterion(rank=_is_held, reason="another one's codec fits into every container"),
    Criterion(rank=lambda sound: sound.channels or 0, reason="another one has more channels"),
    Criterion(rank=lambda sound: sound.bandwidth_bps or 0, reason="another one has more bits per second"),
    Criterion(rank=lambda sound: sound.default, reason="another one is the manifest's default"),
)
