"""Requests wait here while others are being stored, and are then stored together: by one transaction, told as one."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aniworld_dl.queue.duplicates import Added, Asked

    Store = Callable[[Sequence[Asked]], Awaitable[Sequence[Added | AniworldDlError]]]

_EPISODES_TOGETHER: Final = 2000
"""Requests of more than these, all together, are not held up by one another."""


@dataclass(slots=True, eq=False)
class _Order:
    """A request, and who waits for what becomes of it."""

    asked: Asked
    future: asyncio.Future[Added]

    def answer(self, outcome: Added | BaseException) -> None:
        if self.future.done():
            return
        if isinstance(outcome, asyncio.CancelledError):
            self.future.cancel()
        elif isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Intake:
    """Hands requests on in the order in which they came, as many at once as wait.

    `store` stores the first of them, one at least, and says what became of each. A caller only waits for a future: what
    it asked for is left out if it is cancelled before its turn, and carried through if it is cancelled after that.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._orders: deque[_Order] = deque()
        self._task: asyncio.Task[None] | None = None

    async def take(self, asked: Asked) -> Added:
        """Store a request and return what became of it once that is on disk."""
        order = _Order(asked, asyncio.get_running_loop().create_future())
        self._orders.append(order)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="intake")
        return await order.future

    async def aclose(self) -> None:
        """Wait until what was asked for is carried through."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _serve(self) -> None:
        try:
            while together := self._together():
                for outcome in await self._outcomes([order.asked for order in together]):
                    self._orders.popleft().answer(outcome)
        except BaseException as error:
            for order in self._orders:
                order.answer(error)
            self._orders.clear()
            if not isinstance(error, Exception):
                raise
        finally:
            self._task = None

    def _together(self) -> list[_Order]:
        self._orders = deque(order for order in self._orders if not order.future.cancelled())
        sums = accumulate(len(order.asked.request.episodes) for order in self._orders)
        some = list(takewhile(lambda each: each[1] <= _EPISODES_TOGETHER, zip(self._orders, sums, strict=True)))
        return [order for order, _ in some] or list(self._orders)[:1]

    async def _outcomes(self, asked: Sequence[Asked]) -> Sequence[Added | AniworldDlError]:
        try:
            return await self._store(asked)
        except AniworldDlError as error:
            return [error] * len(asked)
