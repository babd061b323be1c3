"""Which picture to take: the variant that decides what sound and subtitles there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from aniworld_dl.languages import ALL
from aniworld_dl.media.choice.offer import language_key
from aniworld_dl.media.choice.ranking import Criterion, ranked
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.offer import Offer

_FAMILIES: Final = {
    "h264": ("avc1", "avc3", "h264", "dva1", "dvav"),
    "hevc": ("hvc1", "hev1", "hevc", "dvh1", "dvhe"),
    "av1": ("av01", "av1", "dav1"),
    "vp9": ("vp09", "vp9"),
}
"""How a list of codecs (RFC 6381) begins to name each family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The variant that leads. Of a presentation without a picture it is one whose sound is among the renditions."""

    best: Candidate
    reasons: dict[str, str]


def choose_head(offer: Offer) -> Head | None:
    """Choose the picture, or the leading variant of sound alone; None when no candidate leads others."""
    groups = {sound.group for sound in offer.sounds if sound.group is not None}
    heads = offer.pictures or [sound for sound in offer.sounds if sound.group is None and sound.audio_group in groups]
    if not heads:
        return None
    found = ranked(heads, _criteria(offer, heads), equal="the manifest names an equal one first")
    reason = _reason(offer, found.best, heads)
    return Head(best=found.best, reasons={**found.others, found.best.id: reason})


def goes_with(head: Candidate, sound: Candidate) -> bool:
    """Whether a rendition of sound may be played with a picture (RFC 8216 4.3.4.2.1)."""
    if head.audio_group is not None:
        return sound.group == head.audio_group
    return sound.group is not None or head.kind is TrackKind.VIDEO


def video_family(codecs: str | None) -> str | None:
    """Return the family of the picture's codec, None when it is none of those that can be wished for."""
    names = [name.strip().lower() for name in (codecs or "").split(",")]
    for family, starts in _FAMILIES.items():
        if any(name.startswith(starts) for name in names):
            return family
    return None


def _criteria(offer: Offer, heads: Sequence[Candidate]) -> list[Criterion]:
    limit, preferred = offer.wish.max_height, offer.wish.video_codecs
    covered = _covered_by(offer)
    lacking = "a wished sound does not go with it"
    languages = Criterion(rank=lambda head: covered(head)[1:], reason=lacking)
    sound = Criterion(rank=lambda head: covered(head)[0], reason="no sound goes with it")
    height = Criterion(rank=lambda head: head.height or 0, reason="another picture is higher")
    if limit is not None and _fits(heads, limit):
        fits = Criterion(rank=lambda head: (head.height or 0) <= limit, reason=f"it is higher than {limit}p")
        order = [fits, languages, sound, height]
    elif limit is not None:
        lowest = Criterion(rank=lambda head: -(head.height or 0), reason=f"another picture is closer to {limit}p")
        order = [lowest, languages, sound]
    else:
        order = [languages, sound, height]
    codec = Criterion(
        rank=lambda head: -_place(video_family(head.codecs), preferred), reason="another codec is preferred"
    )
    pixels = Criterion(rank=lambda head: (head.width or 0) * (head.height or 0), reason="another has more pixels")
    rate = Criterion(rank=lambda head: head.frame_rate or 0, reason="another has more frames per second")
    bits = Criterion(rank=lambda head: head.bandwidth_bps or 0, reason="another has more bits per second")
    return [*order, codec, pixels, rate, bits]


def _reason(offer: Offer, best: Candidate, heads: Sequence[Candidate]) -> str:
    limit = offer.wish.max_height
    if best.kind is TrackKind.AUDIO:
        return "its sound is among the renditions"
    if limit is not None and not _fits(heads, limit):
        return f"the lowest picture, all are higher than {limit}p"
    if len(heads) == 1:
        return "the only picture"
    return "the best picture" if limit is None else f"the best picture up to {limit}p"


def _fits(heads: Sequence[Candidate], limit: int) -> bool:
    return any((head.height or 0) <= limit for head in heads)


def _place(family: str | None, preferred: Sequence[str]) -> int:
    return preferred.index(family) if family in preferred else len(preferred)


def _covered_by(offer: Offer) -> Callable[[Candidate], tuple[int, ...]]:
    """Return what tells, of a picture, whether there is sound with it and how far it goes with what is wished for."""
    everything = {language_key(sound) for sound in offer.sounds}
    renditions = {language_key(sound) for sound in offer.sounds if sound.group is not None}
    by_group: dict[str | None, set[str]] = {}
    for sound in offer.sounds:
        by_group.setdefault(sound.group, set()).add(language_key(sound))

    @cache
    def covered_by(group: str | None, kind: TrackKind) -> tuple[set[str], tuple[int, ...]]:
        loose = everything if kind is TrackKind.VIDEO else renditions
        languages = loose if group is None else by_group.get(group, set())
        return languages, offer.covered(languages)

    def covered(head: Candidate) -> tuple[int, ...]:
        languages, found = covered_by(head.audio_group, head.kind)
        if head.kind is not TrackKind.MUXED:
            return (int(bool(languages)), *found)
        own = language_key(head)
        counts = zip(offer.sound_wishes, found, offer.covered([own]), strict=True)
        return (
            1,
            *(there + (own not in languages) if wish == ALL else max(there, here) for wish, there, here in counts),
        )

    return covered
