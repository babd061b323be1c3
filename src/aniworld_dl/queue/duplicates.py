"""Recognises episodes that the queue has already: by their address, or by their place in a series.

An episode is a duplicate of one that has not ended if both have the same language and either the same address or the
same season and number, both given, of the same series. Language and series are compared whatever the case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from aniworld_dl.model import Status
from aniworld_dl.queue.keys import keys_of
from aniworld_dl.queue.rows import json_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import EpisodeRef, Job, JobRequest
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An address that was not queued, and the episode that stands for it."""

    url: str
    job_id: int
    episode_id: int
    status: Status


class Added(NamedTuple):
    """What became of a request: its job, whether that is new, and what was not queued because it is queued already."""

    job: Job
    created: bool
    duplicates: tuple[Duplicate, ...] = ()


class ToldApart(NamedTuple):
    """Which of some episodes are queued already, which are new, and which of them come again: by their numbers."""

    known: dict[int, Duplicate]
    first: list[int]
    again: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What is new of a request.

    `known` are duplicates of what is queued; `repeated` are those addresses that the request itself has before.
    """

    request: JobRequest
    series_indexes: frozenset[int]
    known: tuple[Duplicate, ...] = ()
    repeated: tuple[EpisodeRef, ...] = ()


class Sieve:
    """Finds the duplicates of episodes that are to be queued. Whoever adds them lets nobody else add meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sift(self, request: JobRequest, series_indexes: frozenset[int]) -> Sifted:
        """Take out of a request what is queued already. One whose idempotency key is known is left as it is.

        Addresses of series, at `series_indexes`, stay: what they lead to is sifted when it is known.
        """
        whole = Sifted(request=request, series_indexes=series_indexes)
        key = request.idempotency_key
        if key is not None and await self._database.read("job_of_key", idempotency_key=key):
            return whole
        direct = [index for index in range(len(request.episodes)) if index not in series_indexes]
        refs = [request.episodes[index] for index in direct]
        known, first, repeats = await self.told_apart(refs, request.language, request.anime_title)
        if not known and not repeats:
            return whole
        kept = sorted({*series_indexes, *(direct[number] for number in first)})
        return Sifted(
            request=replace(request, episodes=tuple(request.episodes[index] for index in kept)),
            series_indexes=frozenset(place for place, index in enumerate(kept) if index in series_indexes),
            known=tuple(known[number] for number in sorted(known)),
            repeated=tuple(refs[number] for number in repeats),
        )

    async def sift_listed(self, job: Job, refs: Sequence[EpisodeRef]) -> Sequence[EpisodeRef]:
        """Return those of the episodes listed for a job that are not queued yet, each once."""
        told = await self.told_apart(refs, job.language, job.anime_title)
        return [refs[number] for number in told.first]

    async def told_apart(self, refs: Sequence[EpisodeRef], language: str | None, title: str) -> ToldApart:
        """Say of each of some episodes of a job with this language and title whether it is queued already."""
        keys = keys_of(refs, language, title)
        known = await self._known(refs, keys)
        return ToldApart(known, *_first_of_each(keys, known))

    async def repeats(self, sifted: Sifted) -> tuple[Duplicate, ...]:
        """Return which new episodes stand for what a request has several times, once it is stored."""
        refs, request = sifted.repeated, sifted.request
        found = await self._known(refs, keys_of(refs, request.language, request.anime_title))
        return tuple(found[number] for number in sorted(found))

    async def _known(self, refs: Sequence[EpisodeRef], keys: Sequence[Keys]) -> dict[int, Duplicate]:
        if not refs:
            return {}
        rows = await self._database.read(
            "duplicates",
            addresses=json_list(each.address for each in keys),
            places=json_list(each.place for each in keys),
        )
        known: dict[int, Duplicate] = {}
        for row in sorted(rows, key=lambda row: row["id"]):  # the oldest stands for it
            duplicate = Duplicate(
                url=refs[row["number"]].url,
                job_id=row["job_id"],
                episode_id=row["id"],
                status=Status(row["status"]),
            )
            known.setdefault(row["number"], duplicate)
        return known


def _first_of_each(keys: Sequence[Keys], known: dict[int, Duplicate]) -> tuple[list[int], list[int]]:
    """Return the numbers of the episodes that are new, and of those that come again among them."""
    seen: set[int | None] = set()
    first: list[int] = []
    again: list[int] = []
    for number, each in enumerate(keys):
        if number in known:
            continue
        is_again = each.address in seen or (each.place is not None and each.place in seen)
        (again if is_again else first).append(number)
        seen.update((each.address, each.place))
    return first, again
