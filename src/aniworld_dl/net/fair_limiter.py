"""Slots that several owners share evenly: who holds the fewest gets the next one."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


class FairLimiter:
    """A number of slots that can be changed at any time, like `Limiter`, for owners that each want many.

    A free slot goes to the waiting owner who holds the fewest, among such to who has waited longest: an episode with
    two dozen workers does not keep the next one waiting. Lowering the number takes nothing from a holder. One event
    loop only.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._held: Counter[Hashable] = Counter()
        self._waiters: dict[asyncio.Future[None], Hashable] = {}

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._held.total()

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiters)

    def resize(self, slots: int) -> None:
        """Change the number of slots; more of them wake waiters at once."""
        self.slots = slots
        self._grant()

    @asynccontextmanager
    async def slot(self, owner: Hashable = None) -> AsyncIterator[None]:
        """Hold a slot for the length of a `with` block, whatever ends it. A waiter that is cancelled holds none."""
        await self._acquire(owner)
        try:
            yield
        finally:
            self._release(owner)

    async def _acquire(self, owner: Hashable) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = owner
        self._grant()
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled():
                self._release(owner)  # the slot was granted in the same step as the cancellation
            raise

    def _release(self, owner: Hashable) -> None:
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        self._grant()

    def _grant(self) -> None:
        while self._waiters and self.held < self.slots:
            waiter = min(self._waiters, key=lambda waiter: self._held[self._waiters[waiter]])
            owner = self._waiters.pop(waiter)
            if not waiter.cancelled():
                self._held[owner] += 1
                waiter.set_result(None)
