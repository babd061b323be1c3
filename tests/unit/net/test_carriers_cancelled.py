"""A carrier's library that loses cancellations must not keep a task from ending."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.net.carriers import cancellable


async def answered(ready: asyncio.Event) -> str:
    """Wait, and give an answer also when cancelled, as a library does that had it already."""
    try:
        await ready.wait()
    except asyncio.CancelledError:
        return "late"
    return "answer"


async def test_an_answer_comes_through() -> None:
    ready = asyncio.Event()
    ready.set()
    assert await cancellable(answered(ready)) == "answer"


async def test_a_lost_cancellation_is_found_again() -> None:
    task = asyncio.ensure_future(cancellable(answered(asyncio.Event())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_that_it_loses_is_one() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await cancellable(answered(asyncio.Event()))
