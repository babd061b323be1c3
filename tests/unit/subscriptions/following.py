"""Subscriptions on a whole queue around a fake runner, and a site whose lists the test writes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aniworld_dl.model import EpisodeRef, Offer
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.subscriptions.check import Checks
from aniworld_dl.subscriptions.checker import LONGEST_REST_S
from aniworld_dl.subscriptions.store import SubscriptionStore
from aniworld_dl.subscriptions.subscription import Verdict, Wanted
from aniworld_dl.subscriptions.subscriptions import Subscriptions
from aniworld_dl.subscriptions.timing import DEFAULT_INTERVAL_S
from tests.fakes.clock import FakeClock
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.fakes.provider import FakeProvider

URL = "https://example.org/series/1"
CHAIN = "German Dub > German Sub"


def entry(number: int | None, *languages: str, season: int | None = 1, name: str = "e", **fields: Any) -> EpisodeRef:
    """Return an entry of a list, in these languages."""
    offers = tuple(Offer(language=language) for language in languages)
    url = fields.pop("url", f"https://example.org/{name}-{season}-{number}")
    return EpisodeRef(url=url, season=season, number=number, offers=offers, **fields)


def wanted(url: str = URL, **fields: Any) -> Wanted:
    """Return what a user wants, all of a series in any language unless the fields say otherwise."""
    return Wanted(**{"title": "Nordlicht", "url": url, "interval_s": DEFAULT_INTERVAL_S, **fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A queue with subscriptions at work."""

    desk: Desk
    provider: FakeProvider
    subscriptions: Subscriptions
    store: SubscriptionStore

    async def add(self, url: str = URL, **fields: Any) -> int:
        """Follow an address and return the subscription's id."""
        return int((await self.subscriptions.add(wanted(url, **fields)))["id"])

    async def until_checked(self, subscription_id: int, times: int) -> dict[str, Any]:
        """Wait, in no time, until so many lists were asked for in all and the check is over."""
        while len(self.provider.asked) < times or self.subscriptions.checker.is_checking(subscription_id):
            await self.desk.clock.run(0.0)
            await asyncio.sleep(0)
        return await self.subscriptions.get(subscription_id)

    async def next_check(self, subscription_id: int) -> dict[str, Any]:
        """Jump to the time of the next check, and wait until it is over."""
        asked = len(self.provider.asked)
        due = (await self.store.get(subscription_id)).next_check_at
        self.desk.clock.advance(max(due - self.desk.clock.time(), 0.0) + LONGEST_REST_S)
        return await self.until_checked(subscription_id, asked + 1)

    async def queued(self) -> list[tuple[int | None, int | None]]:
        """Return season and number of all episodes in the queue, in the order in which they came."""
        jobs = sorted((await self.desk.store.jobs(limit=500)).items, key=lambda job: job.id)
        pages = [await self.desk.store.episodes(job.id, limit=1000) for job in jobs]
        return [(episode.ref.season, episode.ref.number) for page in pages for episode in page.items]

    async def states(self, subscription_id: int) -> dict[tuple[int | None, int | None], Verdict]:
        """Return what became of each episode, by season and number."""
        seen = await self.store.seen(subscription_id)
        return {(each.season, each.number): each.state for each in seen.values()}


@asynccontextmanager
async def open_following(
    settings: Settings, provider: FakeProvider, *, path: Path | None = None, clock: FakeClock | None = None
) -> AsyncIterator[Following]:
    """Open subscriptions that are at work; on a path of one's own they outlive it."""
    async with open_desk(settings, store=await SqliteStore.open(path), clock=clock or FakeClock()) as desk:
        await asyncio.to_thread(settings.download_dir.mkdir, parents=True, exist_ok=True)
        store, registry = SubscriptionStore(desk.store.database), Registry([provider])
        checks = Checks(
            store=store,
            transitions=desk.transitions,
            registry=registry,
            clock=desk.clock,
            settings=lambda: settings,
            woken=[desk.supervisor.wake],
        )
        subscriptions = Subscriptions(store=store, checks=checks, registry=registry, hub=desk.hub, clock=desk.clock)
        await subscriptions.load()
        task = asyncio.create_task(subscriptions.checker.run())
        try:
            yield Following(desk=desk, provider=provider, subscriptions=subscriptions, store=store)
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()):
                raise error


def numbers(entries: Iterable[int]) -> list[tuple[int, int]]:
    """Return places in the first season."""
    return [(1, number) for number in entries]
