"""Runs a command's coroutine: on uvloop where there is one, and ended cleanly by SIGINT and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from typing import TYPE_CHECKING, Final, TypeVar

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
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


async def until_signal(work: Coroutine[object, object, int]) -> int:
    """Run `work` and return its exit code; a signal cancels it, and what is unfinished goes on the next time."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends the runner instead
            loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return EXIT_INTERRUPTED


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not for Windows

    return uvloop.new_event_loop
