"""Checks subscriptions when their time has come: few at a time, one after the other on a host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.clock import wait_for
from aniworld_dl.errors import AniworldDlError
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.persistence import persist
from aniworld_dl.subscriptions.timing import longest_pause_s, pause_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.subscriptions.check import Checks
    from aniworld_dl.subscriptions.store import SubscriptionStore
    from aniworld_dl.subscriptions.subscription import Subscription

AT_A_TIME: Final = 2
HOST_REST_S: Final = 20.0
"""How long a host is left alone between two checks that nobody is waiting for."""
LONGEST_REST_S: Final = 30.0
"""How long the time is not looked at: it may be set anew meanwhile, or the machine sleep."""

_log = get_logger(__name__)


class Checker:
    """Keeps to the times in the database, so that a check that was missed is made up for, once, whatever the reason.

    `told` is called with the id of a subscription of which something has changed.
    """

    def __init__(
        self, *, checks: Checks, store: SubscriptionStore, clock: Clock, told: Callable[[int], Awaitable[None]]
    ) -> None:
        self._checks = checks
        self._store = store
        self._clock = clock
        self._told = told
        self._changed = asyncio.Event()
        self._busy: dict[int, str] = {}
        self._asked: set[int] = set()
        self._rested: dict[str, float] = {}

    def is_checking(self, subscription_id: int) -> bool:
        """Tell whether a check is under way, or asked for and about to begin."""
        return subscription_id in self._busy or subscription_id in self._asked

    def ask(self, subscription_id: int) -> None:
        """Check it as soon as its host is free, paused or not."""
        self._asked.add(subscription_id)
        self._changed.set()

    def changed(self) -> None:
        """Look again at what there is."""
        self._changed.set()

    async def run(self) -> None:
        """Check what is due until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                subscriptions = await persist(self._in_time, self._clock)
                for each in self._next(subscriptions):
                    self._asked.discard(each.id)
                    self._busy[each.id] = host_of(each.wanted.url)
                    group.create_task(self._check(each), name=f"subscription-{each.id}")
                await wait_for(self._changed, self._clock, self._rest_s(subscriptions))

    # ------------------------------------------------------------------------------------------------------ parts

    async def _in_time(self) -> Sequence[Subscription]:
        """Return all subscriptions, those due first in order, after a clock that was wrong has been made up for."""
        found = await self._store.due()
        self._asked &= {each.id for each in found}
        now = self._clock.time()
        wrong = [each for each in found if each.next_check_at > now + longest_pause_s(each.wanted.interval_s)]
        for each in wrong:
            await self._store.put_off(each.id, now + self._pause_s(each, 0))
        return sorted(await self._store.due() if wrong else found, key=lambda each: each.id not in self._asked)

    def _next(self, subscriptions: Sequence[Subscription]) -> list[Subscription]:
        """Return those whose check begins now."""
        chosen: list[Subscription] = []
        hosts = set(self._busy.values())
        for each in subscriptions:
            host = host_of(each.wanted.url)
            if len(self._busy) + len(chosen) >= AT_A_TIME:
                break
            if each.id not in self._busy and host not in hosts and self._wait_s(each) <= 0:
                chosen.append(each)
                hosts.add(host)
        return chosen

    def _wait_s(self, of: Subscription) -> float:
        """Return how long until a check may begin, as far as the time tells."""
        if of.id in self._asked:
            return 0.0
        if of.wanted.paused:
            return float("inf")
        rested = self._rested.get(host_of(of.wanted.url), float("-inf")) + HOST_REST_S - self._clock.monotonic()
        return max(of.next_check_at - self._clock.time(), rested)

    def _rest_s(self, subscriptions: Sequence[Subscription]) -> float | None:
        """Return how long nothing can be due. The end of a check is told by an event."""
        waits = [wait for each in subscriptions if each.id not in self._busy and (wait := self._wait_s(each)) > 0]
        return min(*waits, LONGEST_REST_S) if waits else None

    async def _check(self, of: Subscription) -> None:
        await self._told(of.id)
        found = await contain(self._checks.listed(of.wanted), subscription_id=of.id)
        taken = None
        if isinstance(found, AniworldDlError):
            info, failures = found.info(), of.failures + 1
            now = self._clock.time()
            await persist(
                lambda: self._store.fail(of, info, now=now, next_check_at=now + self._pause_s(of, failures)),
                self._clock,
            )
        else:
            taken = await persist(lambda: self._checks.take(of, found, pause_s=self._pause_s(of, 0)), self._clock)
        _log.info("subscription_checked", subscription_id=of.id, taken=taken)
        self._rested[self._busy.pop(of.id)] = self._clock.monotonic()
        self._changed.set()
        await self._told(of.id)

    def _pause_s(self, of: Subscription, failures: int) -> float:
        return pause_s(of.wanted.interval_s, failures, self._clock.random())


def host_of(url: str) -> str:
    """Return whom a check of an address asks: its host, or nobody for what is on this machine."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
