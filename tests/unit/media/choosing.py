"""Candidates by hand, and what is chosen of them."""

from __future__ import annotations

from typing import Any

from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.choice.choose import Choice, choose
from aniworld_dl.media.choice.wish import TrackWish, version_of
from aniworld_dl.model import TrackKind

DESCRIBES = "public.accessibility.describes-video"
CAPTIONS = "public.accessibility.transcribes-spoken-dialog"


def picture(id_: str, height: int | None = None, **facts: Any) -> Candidate:
    width = height * 16 // 9 if height else None
    return Candidate(**{"id": id_, "kind": TrackKind.VIDEO, "height": height, "width": width, **facts})


def muxed(id_: str, height: int | None = None, **facts: Any) -> Candidate:
    return picture(id_, height, kind=TrackKind.MUXED, **facts)


def sound(id_: str, language: str | None = None, **facts: Any) -> Candidate:
    return Candidate(**{"id": id_, "kind": TrackKind.AUDIO, "language": language, "group": "a", **facts})


def text(id_: str, language: str | None = None, **facts: Any) -> Candidate:
    return Candidate(**{"id": id_, "kind": TrackKind.TEXT, "language": language, "group": "s", **facts})


def chosen(*candidates: Candidate, language: str | None = None, **wish: Any) -> Choice:
    """Choose for a request of a language such as "German Sub"."""
    version = version_of(language) if language else None
    versions = {"versions": (version,)} if version else {}
    return choose(candidates, TrackWish(**{**versions, **wish}))


def taken(*candidates: Candidate, language: str | None = None, **wish: Any) -> list[str]:
    return [candidate.id for candidate in chosen(*candidates, language=language, **wish).taken]


def defaults(choice: Choice) -> set[str]:
    return {candidate.id for candidate in choice.taken if candidate.default}


def reasons(choice: Choice) -> dict[str, str]:
    return {judged.candidate.id: judged.reason for judged in choice.judged}
