"""Chooses among a manifest's tracks: one picture, the sounds and the subtitles that are wished for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aniworld_dl.media.choice.offer import Offer, language_of
from aniworld_dl.media.choice.picture import choose_head
from aniworld_dl.media.choice.sound import choose_sounds
from aniworld_dl.media.choice.text import choose_texts
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.wish import TrackWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate as the manifest has it, and in a few words why it is taken or not."""

    candidate: Candidate
    taken: bool
    reason: str


def only(candidate: Candidate) -> Judged:
    """Return the judgement where there is nothing to choose."""
    return Judged(candidate=candidate, taken=True, reason="the only track")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to take. `taken` has the picture first, then sounds, then subtitles, the ones to play by default in front.

    In `taken` the flag `default` says what is to be played, whatever the manifest says, and a language is there where
    only the name tells it. `judged` has every candidate once, as it came, in the manifest's order.
    """

    taken: tuple[Candidate, ...]
    judged: tuple[Judged, ...]


def choose(candidates: Sequence[Candidate], wish: TrackWish) -> Choice:
    """Choose tracks. Never raises: without candidates nothing is taken.

    The picture: as high as there is up to the wish's limit, and where all are higher the lowest; before height it
    counts that the wished sound goes with it. Among equal heights the preferred codec, then pixels, frame rate, bits.
    Sound: each wished language once, else the manifest's default; of one language the one that is no description, then
    one every container holds, then more channels, then more bits. Subtitles: of each wished language the full ones,
    those for the hard of hearing and the forced ones, each once; forced ones too in the language of the sound.
    """
    offer = Offer.of(candidates, wish)
    found = choose_head(offer)
    head = found.best if found else None
    sounds = choose_sounds(offer, head)
    plays = sounds.own_first or not sounds.taken
    pictures = [] if head is None or head.kind is TrackKind.AUDIO else [_picture(head, sound_plays=plays)]
    own = [picture for picture in pictures if picture.kind is TrackKind.MUXED]
    heard = [*own, *sounds.taken] if plays else [*sounds.taken, *own]
    texts = choose_texts(offer, head, heard)
    reasons = {**sounds.reasons, **texts.reasons, **(found.reasons if found else {})}
    return _choice(candidates, (*pictures, *sounds.taken, *texts.taken), reasons)


def _picture(head: Candidate, *, sound_plays: bool) -> Candidate:
    if head.kind is TrackKind.VIDEO:
        return replace(head, default=True)
    return replace(head, default=sound_plays, language=head.language or language_of(head))


def _choice(candidates: Sequence[Candidate], taken: Iterable[Candidate], reasons: dict[str, str]) -> Choice:
    taken = tuple(taken)
    ids = {candidate.id for candidate in taken}
    judged = (Judged(candidate=item, taken=item.id in ids, reason=reasons[item.id]) for item in candidates)
    return Choice(taken=taken, judged=tuple(judged))
