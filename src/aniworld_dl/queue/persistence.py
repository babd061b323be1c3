"""Writing to the queue although it cannot be written for the moment: what is decided is kept until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.errors import StorageError
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aniworld_dl.clock import Clock

T = TypeVar("T")

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 10.0

_log = get_logger(__name__)


async def persist(write: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Return what `write` returns, calling it again, later each time, while the database takes nothing.

    For the queue's own tasks: one of them that ended would end the service, and nothing would go on when
    that has passed. The log hears of it once.

    Raises:
        StorageError: one that does not pass by itself.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return await write()
        except StorageError as error:
            if not error.retryable:
                raise
            if pause_s == _FIRST_PAUSE_S:
                _log.warning("write_postponed", code=error.code, reason=str(error))
        await clock.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
