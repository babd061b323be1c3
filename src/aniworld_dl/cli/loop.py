"""Runs a command's coroutine: on uvloop where there is one, and ended cleanly by SIGINT and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.clock import SystemClock
from aniworld_dl.heap import give_back_regularly, use_few_arenas

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
_SWITCH_S: Final = 0.0005
"""How long a thread that checks segments may keep the event loop waiting for the interpreter; Python's own is 5 ms."""
EXIT_INTERRUPTED: Final = 130
"""128 + SIGINT, what a shell expects of a program that was interrupted."""


def run(main: Coroutine[object, object, T]) -> T:
    """Run `main` to its end. All modules are imported by now: they are kept out of garbage collections from here on."""
    sys.setswitchinterval(_SWITCH_S)
    gc.freeze()
    gc.enable()
    use_few_arenas()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_in_little_memory(main))


class Interrupt:
    """What SIGINT does first, if anything: `handle` tells whether it did something, else the command is cancelled."""

    def __init__(self) -> None:
        self.handle: Callable[[], bool] = lambda: False

    def __call__(self, task: asyncio.Future[int]) -> None:
        """Handle it once; the next one cancels."""
        handle, self.handle = self.handle, lambda: False
        if not handle():
            task.cancel()


async def until_signal(work: Coroutine[object, object, int], interrupt: Interrupt | None = None) -> int:
    """Run `work` and return its exit code; a signal cancels it, and what is unfinished goes on the next time."""
    interrupt = interrupt or Interrupt()
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends the runner instead
        loop.add_signal_handler(signal.SIGINT, interrupt, task)
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return EXIT_INTERRUPTED


async def _in_little_memory(main: Coroutine[object, object, T]) -> T:
    giving_back = asyncio.create_task(give_back_regularly(SystemClock()), name="heap")
    try:
        return await main
    finally:
        giving_back.cancel()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not for Windows

    return uvloop.new_event_loop
