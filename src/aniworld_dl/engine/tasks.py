"""The engine's own tasks: all of them run, or the engine is dead and says why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aniworld_dl.errors import AniworldDlError, InternalError, leading_error
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.engine.parts import Worker
    from aniworld_dl.queue.sqlite import SqliteStore

_log = get_logger(__name__)


class Tasks:
    """Runs workers, each as a task under its name, and watches the store."""

    def __init__(self, workers: Mapping[str, Worker], store: SqliteStore) -> None:
        self.died = asyncio.Event()
        """Set when one of them has failed: nothing downloads any more."""
        self.death: AniworldDlError = InternalError(reason="a task that must run has ended")
        """Why it died."""
        self._workers = workers
        self._store = store
        self._main: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether all of them are at work."""
        return self._main is not None and not self.died.is_set()

    def start(self) -> None:
        """Set them to work."""
        self._main = asyncio.create_task(self._run(), name="engine")

    async def aclose(self) -> None:
        """Cancel them and wait for their ends."""
        if self._main is not None:
            self._main.cancel()
            await asyncio.wait([self._main])

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name, worker in self._workers.items():
                    group.create_task(worker.run(), name=name)
                group.create_task(self._watch_store(), name="store-watch")
        except BaseExceptionGroup as failures:
            _log.critical("engine_died", exc_info=failures)
            if isinstance(failure := leading_error(failures), AniworldDlError):
                self.death = failure
            self.died.set()

    async def _watch_store(self) -> None:
        raise await self._store.failed()
