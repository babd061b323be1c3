"""What the two ways of live messages share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive


async def first_of(**runs: Coroutine[Any, Any, None]) -> None:
    """Run all until one has ended, then end the others; their names are the tasks' names."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run, name=name) for name, run in runs.items()]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def until_gone(receive: Receive) -> None:
    """Return when the client has gone; whatever it says before is read and ignored."""
    while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
        pass


async def until_set(event: asyncio.Event) -> None:
    """Return when an event is set."""
    await event.wait()
