"""Memory that nobody uses goes back to the system, so that a service is as small after weeks as after an hour.

glibc keeps an arena for every few threads, and in each what was freed below something that is still in use: what the
garbage collector cannot see grows for as long as there are peaks. Other C libraries do not need this; there, nothing
is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""
_ARENAS: Final = 2
_EVERY_S: Final = 60.0


def use_few_arenas() -> None:
    """Let all threads share two arenas. Those that exist stay: call it before there are threads."""
    if mallopt := _function("mallopt"):
        mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give free memory back to the system. Blocks for milliseconds, without the interpreter's lock."""
    if trim := _function("malloc_trim"):
        trim(0)


async def give_back_regularly(clock: Clock) -> None:
    """Give free memory back every minute, until cancelled."""
    while True:
        await clock.sleep(_EVERY_S)
        await asyncio.to_thread(give_back)


def _function(name: str) -> Callable[..., Any] | None:
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # musl
            found: Callable[..., Any] = getattr(ctypes.CDLL(None), name)
            return found
    return None
