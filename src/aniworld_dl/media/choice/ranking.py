"""Ranks candidates by several criteria, one after the other, and can say which of them decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.media.choice.candidates import Candidate

Rank = float | tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A question about a candidate; more is better. `reason` says why one is not taken that has less than the best."""

    rank: Callable[[Candidate], Rank]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The best of some candidates, and by id why each of the others is not it."""

    best: Candidate
    others: dict[str, str]


def ranked(candidates: Sequence[Candidate], criteria: Sequence[Criterion], *, equal: str) -> Ranked:
    """Find the best of one or more candidates, of equal ones the first. `equal` is the reason of those behind it."""
    ranks = [tuple(criterion.rank(candidate) for criterion in criteria) for candidate in candidates]
    place = max(range(len(candidates)), key=ranks.__getitem__)
    others = {}
    for index, candidate in enumerate(candidates):
        if index != place:
            pairs = zip(criteria, ranks[index], ranks[place], strict=True)
            others[candidate.id] = next((criterion.reason for criterion, own, best in pairs if own != best), equal)
    return Ranked(best=candidates[place], others=others)
