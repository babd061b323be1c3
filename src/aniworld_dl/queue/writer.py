"""The one task that writes. All changes pass through it, one transaction after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from aniworld_dl.errors import FileFailedError

if TYPE_CHECKING:
    from pathlib import Path

Result = TypeVar("Result")
Change = Callable[[aiosqlite.Connection], Awaitable[Result]]
_Order = tuple[Change[Any], asyncio.Future[Any]]


class Writer:
    """Owns a connection and a task that runs one change at a time in `BEGIN IMMEDIATE` ... `COMMIT`.

    Tasks that shared a connection would get into each other's transactions, and one that is cancelled would leave its
    transaction open. Here a caller only waits for a future: it can be cancelled at any time. A change that has not
    begun by then is left out, one that has begun is completed.
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
        self._orders.put_nowait((change, future))
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
        while (order := await self._orders.get()) is not None:
            change, future = order
            if not future.cancelled():
                await self._carry_out(change, future)

    async def _carry_out(self, change: Change[Any], future: asyncio.Future[Any]) -> None:
        try:
            result = await self._transaction(change)
        except BaseException as error:
            if not future.done():
                future.set_exception(error)
            if not isinstance(error, Exception) or self._connection.in_transaction:
                raise  # it cannot go on: it was stopped, or the rollback failed
        else:
            if not future.done():
                future.set_result(result)

    async def _transaction(self, change: Change[Result]) -> Result:
        await self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = await change(self._connection)
            await self._connection.commit()
        except BaseException:
            await self._connection.rollback()
            raise
        return result

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not self._closed:
            self._closed = True
            self._failure.set_result(_reason(task))
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order is not None and not order[1].done():
                order[1].set_exception(self._refusal())

    def _refusal(self) -> FileFailedError:
        return FileFailedError(path=str(self._path), reason="the queue is closed")


def _reason(task: asyncio.Task[None]) -> BaseException:
    reason = asyncio.CancelledError() if task.cancelled() else task.exception()
    assert reason is not None  # it returns only when it is asked to
    return reason
