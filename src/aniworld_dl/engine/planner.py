"""A dry run: what a request would queue, and what would be fetched for it. Nothing is queued."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.engine.plan import Address, Planned, Verdict, glimpse_of, plan_view
from aniworld_dl.errors import AniworldDlError, NoEpisodesError, NoProviderError, StalledError, UrlInvalidError
from aniworld_dl.limits import Limiter
from aniworld_dl.media.choice.wish import track_wish
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.shelf.present import Look
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.shelving import spot_of
from aniworld_dl.queue.versions import wish_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.engine.plan import Glimpse
    from aniworld_dl.media.load.media import LoadedMedia
    from aniworld_dl.model import EpisodeRef, JobRequest, Wish
    from aniworld_dl.queue.duplicates import Sieve
    from aniworld_dl.queue.runner import Tools

MOST_LISTED: Final = 20
"""Series addresses of one request that are listed."""
MOST_LOOKED_AT: Final = 50
"""Episodes of one plan whose manifests are read; the size of the others is taken to be like theirs."""
TIMEOUT_S: Final = 12.0
"""How long series are listed, and then how long manifests are read."""
_AT_A_TIME: Final = 8
"""Look-ups under way, over all plans."""


class Planner:
    """Looks at requests that are not made yet. Two clients that ask at a time share the look-ups there may be."""

    def __init__(self, *, tools: Tools, sieve: Sieve, slots: Limiter, timeout_s: float = TIMEOUT_S) -> None:
        self._tools = tools
        self._sieve = sieve
        self._episode_slots = slots
        self._timeout_s = timeout_s
        self._slots = Limiter(_AT_A_TIME)

    async def plan(self, request: JobRequest) -> dict[str, Any]:
        """Return what the request would queue, in the public shape of `docs/api.md`.

        What goes wrong with an address or an episode is part of the plan. Ends within twice `TIMEOUT_S`.

        Raises:
            StorageError: the database could not be read.
        """
        wish = wish_of(self._tools.settings(), request.language, request.provider)
        addresses = await self._listed(await asyncio.to_thread(self._sorted, request, wish), wish)
        planned = await self._compared(request, addresses)
        planned = await self._looked_at(planned, wish)
        await self._tools.disk.look()
        return plan_view(request, addresses, planned, disk=self._tools.disk.figures(), slots=self._episode_slots.slots)

    # -------------------------------------------------------------------------------------------------- addresses

    def _sorted(self, request: JobRequest, wish: Wish) -> list[Address]:
        """Find the provider of each address. Without I/O, for threads."""
        return [self._address(index, ref, wish.provider) for index, ref in enumerate(request.episodes)]

    def _address(self, index: int, ref: EpisodeRef, wanted: str | None) -> Address:
        try:
            parse(ref.url)
            provider = self._tools.registry.for_url(ref.url, wanted)
        except (UrlInvalidError, NoProviderError) as error:
            return Address(index=index, ref=ref, error=error)
        if provider.is_series(ref.url):
            return Address(index=index, ref=ref, provider=provider, is_series=True)
        return Address(index=index, ref=ref, provider=provider, refs=(ref,))

    async def _listed(self, addresses: list[Address], wish: Wish) -> list[Address]:
        """List what the first of the series addresses lead to, a few at a time."""
        series = [address for address in addresses if address.is_series][:MOST_LISTED]
        found: dict[int, Sequence[EpisodeRef] | AniworldDlError] = {
            each.index: StalledError(host=without_query(each.ref.url), timeout_s=self._timeout_s) for each in series
        }
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_s), asyncio.TaskGroup() as group:
                for each in series:
                    group.create_task(self._list(each, wish, found), name=f"plan-list-{each.index}")
        for index, listing in found.items():
            if isinstance(listing, AniworldDlError):
                addresses[index] = replace(addresses[index], error=listing)
            else:
                addresses[index] = replace(addresses[index], refs=tuple(listing), was_listed=True)
        return addresses

    async def _list(
        self, address: Address, wish: Wish, found: dict[int, Sequence[EpisodeRef] | AniworldDlError]
    ) -> None:
        provider, url = address.provider, address.ref.url
        assert provider is not None
        async with self._slots.slot():
            listing = await contain(provider.episodes(url, wish))
        found[address.index] = listing or NoEpisodesError(url=without_query(url))

    # --------------------------------------------------------------------------------------------------- episodes

    async def _compared(self, request: JobRequest, addresses: Sequence[Address]) -> list[Planned]:
        """Say of each episode whether it is queued already, or finished."""
        planned = [Planned(address=address, ref=ref) for address in addresses for ref in address.refs]
        told = await self._sieve.told_apart([each.ref for each in planned], request.language, request.anime_title)
        for number, duplicate in told.known.items():
            planned[number] = replace(planned[number], verdict=Verdict.DUPLICATE, duplicate=duplicate)
        for number in told.again:
            planned[number] = replace(planned[number], verdict=Verdict.REPEATED)
        # as the queue does: what is known at once comes first, then what is listed
        in_order = sorted(told.first, key=lambda number: planned[number].address.is_series)
        settle = partial(self._settled, planned, in_order, request.anime_title)
        for number, settled in (await asyncio.to_thread(settle)).items():
            planned[number] = settled
        return planned

    def _settled(self, planned: Sequence[Planned], in_order: Sequence[int], anime_title: str) -> dict[int, Planned]:
        """See where the files of new episodes go and whether they are there. Blocks: for threads."""
        settings = self._tools.settings()
        look = Look(settings.download_dir)
        settled: dict[int, Planned] = {}
        for position, number in enumerate(in_order, start=1):
            spot = spot_of(settings, planned[number].ref, position, anime_title)
            present = look.find(spot.target, spot.entry)
            verdict, path = (Verdict.EXISTING, present.path) if present else (Verdict.NEW, spot.target)
            settled[number] = replace(planned[number], verdict=verdict, path=path, position=position)
        return settled

    # --------------------------------------------------------------------------------------------------- look-ups

    async def _looked_at(self, planned: list[Planned], wish: Wish) -> list[Planned]:
        """Read the manifests of the first new episodes, a few at a time; those that take too long stay unknown."""
        chosen = [number for number, each in enumerate(planned) if each.verdict is Verdict.NEW][:MOST_LOOKED_AT]
        seen: dict[int, Glimpse | AniworldDlError] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_s), asyncio.TaskGroup() as group:
                for number in chosen:
                    group.create_task(self._look_at(planned[number], wish, number, seen), name=f"plan-look-{number}")
        for number, look in seen.items():
            if isinstance(look, AniworldDlError):
                planned[number] = replace(planned[number], error=look)
            else:
                planned[number] = replace(planned[number], glimpse=look)
        return planned

    async def _look_at(
        self, planned: Planned, wish: Wish, number: int, seen: dict[int, Glimpse | AniworldDlError]
    ) -> None:
        async with self._slots.slot():
            loaded = await contain(self._load(planned, wish))
        if isinstance(loaded, AniworldDlError):
            seen[number] = loaded
        else:
            seen[number] = glimpse_of(loaded, container=self._tools.settings().container, pipes=self._tools.bench.pipes)

    async def _load(self, planned: Planned, wish: Wish) -> LoadedMedia:
        """Read the manifest of the first source that gives one."""
        provider = planned.address.provider
        assert provider is not None
        tracks = track_wish(self._tools.settings(), wish.language)
        failure: AniworldDlError = NoEpisodesError(url=without_query(planned.ref.url))
        for source in await provider.sources(planned.ref, wish):
            try:
                return await load_media(self._tools.http, source.url, source.headers, tracks)
            except AniworldDlError as error:
                failure = error
        raise failure
