"""The HTTP face under the real server, in this process and around an engine of the test's choice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

from aniworld_dl.api.server import serve
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings


@dataclass(slots=True, kw_only=True)
class Serving:
    """A running server. `events` has in order what became of its engine."""

    engine: FakeEngine
    url: str = ""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[str] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def socket(self, query: str = "", *, name: str | None = None, scheme: str = "ws", **options: object) -> connect:
        """Open the WebSocket: an async context manager. `name` is a host name to ask for instead of the address."""
        server = urlsplit(self.url)
        address = f"{scheme}://{name or server.hostname}:{server.port}/api/ws{query}"
        return connect(address, max_size=None, host=server.hostname, **options)  # type: ignore[arg-type]

    async def ended(self) -> None:
        """Wait for the server's own end and raise what it raises."""
        assert self.task is not None
        await self.task


@asynccontextmanager
async def serving(
    settings: Settings, *, engine: FakeEngine | None = None, clock: Clock | None = None
) -> AsyncIterator[Serving]:
    """Run the server on a free port for the length of the block."""
    running = Serving(engine=engine or FakeEngine(settings))
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def factory(_settings: Settings) -> AsyncIterator[FakeEngine]:
        running.events.append("opened")
        try:
            yield running.engine
        finally:
            running.events.append("closed")

    task = asyncio.create_task(
        serve(
            settings.model_copy(update={"port": 0}),
            on_ready=ready.set_result,
            engine_factory=factory,
            stop=running.stop,
            clock=clock,
        )
    )
    task.add_done_callback(lambda _: ready.done() or ready.cancel())
    try:
        await ready
    except asyncio.CancelledError:
        await task  # it ended before it was ready: raise why
        raise
    running.url, running.task = ready.result(), task
    try:
        yield running
    finally:
        running.stop.set()
        await asyncio.wait({task})
