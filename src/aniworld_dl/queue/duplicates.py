"""Recognises episodes that the queue has already: by their address, or by their place in a series.

An episode is a duplicate of one that has not ended if both have the same language and either the same address or the
same season and number, both given, of the same series. Language and series are compared whatever the case.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.model import Status
from aniworld_dl.queue.additions import Addition
from aniworld_dl.queue.keys import keys_of
from aniworld_dl.queue.rows import json_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import EpisodeRef, Job, JobRequest
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.keys import Keys


_FEW: Final = 200
"""The keys of more episodes than these are made beside the event loop."""


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
class Asked:
    """A request, and which of its addresses, by index, stand for several episodes."""

    request: JobRequest
    series_indexes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted(Asked):
    """What is new of a request, with the keys of what is no series.

    `known` are duplicates of what is queued; `repeated` are those addresses that the request itself has before.
    """

    keys: tuple[Keys, ...] = ()
    known: tuple[Duplicate, ...] = ()
    repeated: tuple[EpisodeRef, ...] = ()

    def addition(self) -> Addition:
        """Return what is to be stored."""
        return Addition(
            request=self.request,
            series_indexes=self.series_indexes,
            duplicates=len(self.known) + len(self.repeated),
            keys=self.keys,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked(Asked):
    """A request whose keys are known: `direct` are the indexes of what is no series."""

    direct: list[int]
    keys: list[Keys]

    @property
    def refs(self) -> list[EpisodeRef]:
        """What is no series."""
        return [self.request.episodes[index] for index in self.direct]

    def traits(self) -> set[int | str]:
        """Return what no two requests that are sifted together may share."""
        found: set[int | str] = {each.address for each in self.keys}
        found.update(each.place for each in self.keys if each.place is not None)
        return found if self.request.idempotency_key is None else found | {self.request.idempotency_key}

    def whole(self) -> Sifted:
        """Return all of it as new."""
        return Sifted(request=self.request, series_indexes=self.series_indexes, keys=tuple(self.keys))

    def without(self, known: dict[int, Duplicate]) -> Sifted:
        """Return what is new of it, where these are known, and each address only once."""
        first, repeats = _first_of_each(self.keys, known)
        if not known and not repeats:
            return self.whole()
        kept = sorted({*self.series_indexes, *(self.direct[number] for number in first)})
        return Sifted(
            request=replace(self.request, episodes=tuple(self.request.episodes[index] for index in kept)),
            series_indexes=frozenset(place for place, index in enumerate(kept) if index in self.series_indexes),
            keys=tuple(self.keys[number] for number in first),
            known=tuple(known[number] for number in sorted(known)),
            repeated=tuple(self.refs[number] for number in repeats),
        )


async def _looked(asked: Asked) -> _Looked:
    request, series = asked.request, asked.series_indexes
    direct = [index for index in range(len(request.episodes)) if index not in series]
    refs = [request.episodes[index] for index in direct]
    find = partial(keys_of, refs, request.language, request.anime_title)
    keys = find() if len(refs) <= _FEW else await asyncio.to_thread(find)
    return _Looked(request=request, series_indexes=series, direct=direct, keys=keys)


def _unlike(looked: Sequence[_Looked]) -> list[_Looked]:
    """Return the first ones, up to one that has something in common with an earlier one."""
    seen: set[int | str] = set()
    apart: list[_Looked] = []
    for each in looked:
        traits = each.traits()
        if not seen.isdisjoint(traits):
            break
        seen |= traits
        apart.append(each)
    return apart


class Sieve:
    """Finds the duplicates of episodes that are to be queued. Whoever adds them lets nobody else add meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sift(self, request: JobRequest, series_indexes: frozenset[int]) -> Sifted:
        """Take out of a request what is queued already. One whose idempotency key is known is left as it is.

        Addresses of series, at `series_indexes`, stay: what they lead to is sifted when it is known.
        """
        return (await self.sift_together([Asked(request=request, series_indexes=series_indexes)]))[0]

    async def sift_together(self, asked: Sequence[Asked]) -> list[Sifted]:
        """Sift the first of some requests, up to one that has something in common with an earlier one.

        What that one's duplicates are is known when the earlier one is stored.
        """
        looked = _unlike([await _looked(each) for each in asked])
        refs, keys = [ref for each in looked for ref in each.refs], [key for each in looked for key in each.keys]
        found = await self._known(refs, keys)
        settled = await self._settled(looked)
        sifted: list[Sifted] = []
        start = 0
        for each in looked:
            end = start + len(each.keys)
            known = {number - start: found[number] for number in range(start, end) if number in found}
            is_settled = each.request.idempotency_key in settled
            sifted.append(each.whole() if is_settled else each.without(known))
            start = end
        return sifted

    async def _settled(self, looked: Sequence[_Looked]) -> frozenset[str]:
        """Return those idempotency keys of some requests that an earlier one had."""
        keys = [key for each in looked if (key := each.request.idempotency_key) is not None]
        rows = await self._database.read("jobs_of_keys", keys=json_list(keys)) if keys else []
        return frozenset(row["idempotency_key"] for row in rows)

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
