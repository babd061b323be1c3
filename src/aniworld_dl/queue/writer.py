"""The one task that writes. All changes pass through it, one transaction after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiosqlite

from aniworld_dl.errors import FileFailedError

if TYPE_CHECKING:
    from pathlib import Path

Result = TypeVar("Result")
Change = Callable[[aiosqlite.Connection], Awaitable[Result]]

_TOGETHER: Final = 64
"""As many changes are committed at once; whoever comes later waits for the next time."""


@dataclass(slots=True, eq=False)
class _Order:
    """A change that was asked for, who waits for it, and what came of it (told after the commit)."""

    change: Change[Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Owns a connection and a task that runs one change after the other, between `BEGIN IMMEDIATE` and `COMMIT`.

    Tasks that shared a connection would get into each other's transactions, and one that is cancelled would leave its
    transaction open. Here a caller only waits for a future: it can be cancelled at any time. A change that has not
    begun by then is left out, one that has begun is completed.

    To wait for the disk is what takes longest, so what was asked for meanwhile is committed together, each change
    behind a savepoint: one that fails leaves nothing and does not touch the others. Nobody is answered before the
    commit.
    """

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._orders: asyncio.Queue[_Order | None] = asyncio.Queue()
        self._closed = False
        self._failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._serve(), name="store-writer")
        self._task.add_done_callback(self._ended)

    async def write(self, change: Change[Result]) -> Result:
        """Run `change` in a transaction of its own and return its result once it is committed.

        What `change` raises is raised here, after a rollback.

        Raises:
            FileFailedError: the writer has ended.
            sqlite3.Error: the transaction could not begin or be committed.
        """
        if self._closed:
            raise self._refusal()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._orders.put_nowait(_Order(change, future))
        return await future

    async def failed(self) -> BaseException:
        """Wait until the writer ends without having been asked to, and return why."""
        return await asyncio.shield(self._failure)

    def fail(self, reason: BaseException) -> bool:
        """End by oneself, because of `reason`, after the change that has begun. Tell whether this was new."""
        if self._closed:
            return False
        self._closed = True
        self._failure.set_result(reason)
        self._refuse_waiting()
        self._orders.put_nowait(None)
        return True

    async def aclose(self) -> None:
        """Complete what was ordered, then end. The connection is closed too."""
        if not self._closed:
            self._closed = True
            self._orders.put_nowait(None)
        try:
            await asyncio.wait([self._task])
        finally:
            await self._connection.close()

    async def _serve(self) -> None:
        ending = False
        while not ending:
            waiting = [await self._orders.get()]
            while len(waiting) < _TOGETHER and not self._orders.empty():
                waiting.append(self._orders.get_nowait())
            ending = None in waiting
            await self._carry_out([order for order in waiting if order is not None])

    async def _carry_out(self, orders: list[_Order]) -> None:
        try:
            await self._transaction(orders)
        except BaseException as error:
            for each in orders:  # of none of them anything is left
                each.error = each.error or error
            if not isinstance(error, Exception) or self._connection.in_transaction:
                raise  # it cannot go on: it was stopped, or the rollback failed
        finally:
            for each in orders:
                each.answer()

    async def _transaction(self, orders: list[_Order]) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")
        try:
            for order in orders:
                if not order.future.cancelled():
                    await self._change(order, alone=len(orders) == 1)
            await self._connection.commit()
        except BaseException:
            await self._connection.rollback()
            raise

    async def _change(self, order: _Order, *, alone: bool) -> None:
        """Run one change; raise its error if it took the whole transaction with it."""
        if alone:
            order.result = await order.change(self._connection)
            return
        await self._connection.execute("SAVEPOINT change")
        try:
            order.result = await order.change(self._connection)
        except BaseException as error:
            if not isinstance(error, Exception) or not self._connection.in_transaction:
                raise
            await self._connection.execute("ROLLBACK TO change")
            order.error = error
        await self._connection.execute("RELEASE change")

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not self._closed:
            self._closed = True
            self._failure.set_result(_reason(task))
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order is not None:
                order.error = self._refusal()
                order.answer()

    def _refusal(self) -> FileFailedError:
        return FileFailedError(path=str(self._path), reason="the queue is closed")


def _reason(task: asyncio.Task[None]) -> BaseException:
    reason = asyncio.CancelledError() if task.cancelled() else task.exception()
    assert reason is not None  # it returns only when it is asked to
    return reason
