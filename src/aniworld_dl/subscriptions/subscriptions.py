"""What can be done with subscriptions, with what came of it in the public shape of `docs/api.md`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import AniworldDlError, NotFoundError, RequestInvalidError
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.views import page_view
from aniworld_dl.subscriptions import views
from aniworld_dl.subscriptions.check import Checks
from aniworld_dl.subscriptions.checker import Checker
from aniworld_dl.subscriptions.filters import normal_text
from aniworld_dl.subscriptions.store import SubscriptionStore
from aniworld_dl.subscriptions.subscription import KEPT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.core import Core, Ground
    from aniworld_dl.queue.events import Hub
    from aniworld_dl.subscriptions.decisions import Decision
    from aniworld_dl.subscriptions.subscription import Subscription, Verdict, Wanted

MOST: Final = 1000
"""Subscriptions that there can be: each stands in every snapshot."""


class Subscriptions:
    """What is followed. Its `checker` is one of the engine's workers."""

    def __init__(self, *, store: SubscriptionStore, checks: Checks, registry: Registry, hub: Hub, clock: Clock) -> None:
        self._store = store
        self._checks = checks
        self._registry = registry
        self._hub = hub
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.most = MOST
        self.checker = Checker(checks=checks, store=store, clock=clock, told=self._tell)

    async def load(self) -> None:
        """Put all of them into the stream of messages, where everyone finds them."""
        found = await self._store.all()
        self._hub.publish(subscriptions={each.id: self._view(each) for each in found})

    # --------------------------------------------------------------------------------------------------- looking

    async def all(self) -> dict[str, Any]:
        """Return every subscription, the oldest first, as a page that has no next one."""
        items = [self._view(each) for each in await self._store.all()]
        return {"items": items, "next_cursor": None, "total": len(items)}

    async def get(self, subscription_id: int) -> dict[str, Any]:
        """Return a subscription.

        Raises:
            NotFoundError: there is none of this id.
        """
        return self._view(await self._store.get(subscription_id))

    async def episodes(
        self, subscription_id: int, verdicts: Collection[Verdict] | None, *, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Return a page of what a subscription has listed, in the order of the series.

        Raises:
            NotFoundError: there is none of this id.
            RequestInvalidError: the cursor is not one that this method gave.
        """
        await self._store.get(subscription_id)
        page = await self._store.page(subscription_id, verdicts or KEPT, limit=limit, cursor=cursor)
        return page_view(page, views.seen_view)

    async def plan(self, wanted: Wanted) -> dict[str, Any]:
        """Return what a subscription that is not made would queue at its first check. Nothing is changed.

        Raises:
            UrlInvalidError, NoProviderError, RequestInvalidError: it could not be made.
        """
        return await self._plan(await self._checked(wanted), None)

    async def plan_of(self, subscription_id: int) -> dict[str, Any]:
        """Return what a check would queue now, and why not more. Nothing is changed.

        Raises:
            NotFoundError: there is none of this id.
        """
        of = await self._store.get(subscription_id)
        return await self._plan(of.wanted, of)

    # -------------------------------------------------------------------------------------------------- changing

    async def add(self, wanted: Wanted) -> dict[str, Any]:
        """Follow an address, beginning with a check, and return the subscription.

        Raises:
            UrlInvalidError: the address is none.
            NoProviderError: no provider knows it.
            RequestInvalidError: it has no list of episodes, a filter is none, or there are too many subscriptions.
        """
        wanted = await self._checked(wanted)
        subscription_id = await self._store.add(wanted, now=self._clock.time(), most=self.most)
        if subscription_id is None:
            raise RequestInvalidError(field="url", value=wanted.url, mend=f"there are {self.most} already: remove one")
        return await self._changed(subscription_id, asks=not wanted.paused)

    async def change(self, subscription_id: int, changes: dict[str, Any]) -> dict[str, Any]:
        """Change what is wanted, by the names of `Wanted`, and return the subscription.

        Other wishes are looked at in a check that begins at once; one that goes on meanwhile begins anew.

        Raises:
            NotFoundError: there is none of this id.
            RequestInvalidError: a filter is none.
        """
        async with self._one_at_a_time:
            of = await self._store.get(subscription_id)
            wanted = replace(of.wanted, **changes)
            wanted = replace(wanted, episodes=normal_text(wanted.episodes))
            if wanted != of.wanted:
                asks = not wanted.paused and replace(wanted, paused=of.wanted.paused) != of.wanted
                next_check_at = self._clock.time() if asks else of.next_check_at
                await self._store.change(subscription_id, wanted, next_check_at=next_check_at)
                return await self._changed(subscription_id, asks=asks)
        return await self.get(subscription_id)

    async def remove(self, subscription_id: int) -> None:
        """Follow an address no more. What it has queued stays.

        Raises:
            NotFoundError: there is none of this id.
        """
        await self._store.remove(subscription_id)
        self.checker.changed()
        self._hub.publish(subscriptions={subscription_id: None}, urgent=True)

    async def check(self, subscription_id: int) -> dict[str, Any]:
        """Check a subscription as soon as may be, paused or not, and return it.

        Raises:
            NotFoundError: there is none of this id.
        """
        of = await self._store.get(subscription_id)
        self.checker.ask(of.id)
        await self._tell(of.id)
        return self._view(of)

    # ------------------------------------------------------------------------------------------------------ parts

    async def _checked(self, wanted: Wanted) -> Wanted:
        """Return what is wanted as it is kept, if its address can be followed."""
        provider = self._checks.wish(wanted).provider
        series = await asyncio.to_thread(self._registry.series_among, [wanted.url], provider)
        if not series:
            raise RequestInvalidError(
                field="url",
                value=wanted.url[:200],
                mend="it leads to one episode: give the page of a series or a season, or a feed (provider 'feed')",
            )
        return replace(wanted, episodes=normal_text(wanted.episodes))

    async def _plan(self, wanted: Wanted, of: Subscription | None) -> dict[str, Any]:
        found = await contain(self._decided(wanted, of))
        if isinstance(found, AniworldDlError):
            return views.plan_view(wanted, [], found)
        return views.plan_view(wanted, found, None)

    async def _decided(self, wanted: Wanted, of: Subscription | None) -> Sequence[Decision]:
        prospect = await self._checks.prospect(wanted, await self._checks.listed(wanted), of)
        return await self._checks.decide(prospect)

    async def _changed(self, subscription_id: int, *, asks: bool) -> dict[str, Any]:
        """Tell of a subscription and return it; `asks` that someone waits for a check."""
        if asks:
            self.checker.ask(subscription_id)
        self.checker.changed()
        await self._tell(subscription_id)
        return await self.get(subscription_id)

    async def _tell(self, subscription_id: int) -> None:
        try:
            view = self._view(await self._store.get(subscription_id))
        except NotFoundError:
            return
        self._hub.publish(subscriptions={subscription_id: view}, urgent=True)

    def _view(self, of: Subscription) -> dict[str, Any]:
        return views.subscription_view(of, checking=self.checker.is_checking(of.id))


def make_subscriptions(core: Core, ground: Ground, registry: Registry) -> Subscriptions:
    """Return what is followed, in the database and into the queue of these."""
    store = SubscriptionStore(ground.store.database)
    checks = Checks(
        store=store,
        transitions=core.transitions,
        registry=registry,
        clock=ground.clock,
        settings=ground.settings,
        woken=core.woken,
    )
    return Subscriptions(store=store, checks=checks, registry=registry, hub=ground.hub, clock=ground.clock)
