"""How a command's coroutine is run."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli.loop import Interrupt, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Give the collector back as it was."""
    yield
    gc.unfreeze()
    gc.enable()


async def _collector() -> tuple[bool, int]:
    return gc.isenabled(), gc.get_freeze_count()


def test_the_collector_works_again_and_leaves_modules_alone() -> None:
    """It rests while a command is imported; what is running must not grow for ever."""
    gc.disable()
    enabled, frozen = run(_collector())
    assert enabled
    assert frozen > 1000


async def _tasks() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()}


def test_free_memory_is_given_back_while_it_runs() -> None:
    assert "heap" in run(_tasks())


async def _for_ever() -> int:
    await asyncio.Event().wait()
    return 0


async def test_an_interruption_is_handled_once_and_cancels_the_next_time() -> None:
    """The first lets a recording end, the second gives up."""
    task = asyncio.ensure_future(_for_ever())
    handled: list[bool] = []

    def handle() -> bool:
        handled.append(True)
        return True

    interrupt = Interrupt()
    interrupt.handle = handle
    interrupt(task)
    assert (handled, task.cancelling()) == ([True], 0)
    interrupt(task)
    assert (handled, task.cancelling()) == ([True], 1)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_interruption_with_nothing_to_end_cancels_at_once() -> None:
    task = asyncio.ensure_future(_for_ever())
    Interrupt()(task)
    with pytest.raises(asyncio.CancelledError):
        await task
