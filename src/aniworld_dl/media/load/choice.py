"""Reads the tracks that were chosen; where one is dead, chooses again without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from aniworld_dl.errors import AniworldDlError, HttpStatusError, NotMediaError
from aniworld_dl.media.choice.choose import Choice, Judged, choose
from aniworld_dl.media.choice.offer import language_of
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.wish import TrackWish

_Track = TypeVar("_Track")
Read = Callable[["Candidate"], Awaitable[_Track]]

_GONE: Final = frozenset({404, 410})
_DEAD_LIMIT: Final = 20
"""How many dead tracks there may be before a manifest is given up."""
_AT_A_TIME: Final = 8


async def load_choice(
    candidates: Sequence[Candidate], wish: TrackWish, read: Read[_Track]
) -> tuple[list[_Track], tuple[Judged, ...]]:
    """Choose, and call `read` with each chosen candidate, a few at a time; return what it gave and all judgements.

    What is not there any more, or is no media, is left out and chosen again without: the next best picture is taken,
    and sound of the same language. Subtitles that cannot be had are left out.

    Raises:
        AniworldDlError: what `read` raised, when it is worth another try, or when nothing can stand in: no picture is
            left, or a sound of the first choice is not to be had in its language.
    """
    return await _Reading(candidates, wish, read).run()


class _Reading(Generic[_Track]):
    def __init__(self, candidates: Sequence[Candidate], wish: TrackWish, read: Read[_Track]) -> None:
        self._candidates = candidates
        self._wish = wish
        self._read = read
        self._tracks: dict[str, _Track] = {}
        self._dead: dict[str, AniworldDlError] = {}
        self._slots = asyncio.Semaphore(_AT_A_TIME)

    async def run(self) -> tuple[list[_Track], tuple[Judged, ...]]:
        first = choice = await self._choose()
        while True:
            await self._read_all(choice.taken)
            dead = [self._dead[candidate.id] for candidate in choice.taken if candidate.id in self._dead]
            if not dead:
                return [self._tracks[candidate.id] for candidate in choice.taken], self._judged(choice)
            choice = await self._choose()
            if len(self._dead) > _DEAD_LIMIT or not _stands_in(choice.taken, first.taken):
                raise dead[0]

    async def _choose(self) -> Choice:
        left = [candidate for candidate in self._candidates if candidate.id not in self._dead]
        return await asyncio.to_thread(choose, left, self._wish)

    async def _read_all(self, taken: Iterable[Candidate]) -> None:
        failures: list[AniworldDlError] = []
        async with asyncio.TaskGroup() as group:
            for candidate in taken:
                if candidate.id not in self._tracks:
                    group.create_task(self._read_one(candidate, failures), name=f"track-{candidate.id}")
        if failures:
            raise failures[0]

    async def _read_one(self, candidate: Candidate, failures: list[AniworldDlError]) -> None:
        try:
            async with self._slots:
                self._tracks[candidate.id] = await self._read(candidate)
        except AniworldDlError as error:
            if _is_final(error, candidate):
                self._dead[candidate.id] = error
            else:
                failures.append(error)

    def _judged(self, choice: Choice) -> tuple[Judged, ...]:
        known = {judged.candidate.id: judged for judged in choice.judged}
        return tuple(
            Judged(candidate=candidate, taken=False, reason=f"it cannot be had: {self._dead[candidate.id]}")
            if candidate.id in self._dead
            else known[candidate.id]
            for candidate in self._candidates
        )


def _is_final(error: AniworldDlError, candidate: Candidate) -> bool:
    """Whether a track is dead, rather than out of reach for a while or a reason to give up."""
    if candidate.kind is TrackKind.TEXT:
        return not error.retryable
    return isinstance(error, NotMediaError) or (isinstance(error, HttpStatusError) and error.status in _GONE)


def _stands_in(taken: Sequence[Candidate], first: Sequence[Candidate]) -> bool:
    """Whether what is taken now has what was wanted at first: a picture, and the same languages of sound."""
    return _is_there(taken) >= _is_there(first)


def _is_there(taken: Iterable[Candidate]) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for candidate in taken:
        if candidate.kind in {TrackKind.MUXED, TrackKind.VIDEO}:
            found.add(("picture", None))
        if candidate.kind in {TrackKind.MUXED, TrackKind.AUDIO}:
            found |= {("sound", None), ("sound", language_of(candidate))}
    return found
