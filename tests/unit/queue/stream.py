"""Rows to publish, and ways to read what the hub sends."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.fakes.clock import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.queue.events import Hub, Subscription


def job(job_id: int, status: str = "queued", **fields: Any) -> dict[str, Any]:
    return {"id": job_id, "status": status, "priority": 0, "position": job_id, "progress_percentage": 0.0, **fields}


def episode(status: str = "downloading", **fields: Any) -> dict[str, Any]:
    return {"id": 1, "job_id": 1, "status": status, "progress_percentage": 0.0, **fields}


async def read(subscription: Subscription) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await anext(subscription))
    return message


async def read_all(subscription: Subscription) -> list[dict[str, Any]]:
    """Everything that is there now; one more message would have to be waited for."""
    messages: list[dict[str, Any]] = []
    while True:
        waiting = asyncio.ensure_future(read(subscription))
        await settle()
        if not waiting.done():
            waiting.cancel()
            return messages
        messages.append(waiting.result())


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[None]:
    task = asyncio.create_task(hub.run())
    await settle()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
