"""The one place where a failure of one episode or one address becomes data, so that it stops nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aniworld_dl.errors import AniworldDlError, InternalError, ResourcesShortError
from aniworld_dl.logs import get_logger
from aniworld_dl.media.disk import SHORT

if TYPE_CHECKING:
    from collections.abc import Awaitable


_log = get_logger(__name__)
T = TypeVar("T")


async def contain(work: Awaitable[T], **context: int) -> T | AniworldDlError:
    """Await `work` and return its result, or why it failed. A cancellation passes through.

    `context` (ids) is logged with the failure, and the traceback of what is none of the product's own errors.
    """
    try:
        return await work
    except AniworldDlError as error:
        _log.warning("contained", code=error.code, reason=str(error), **context)
        return error
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the others
        found = _error_of(error)
        _log.exception("contained", code=found.code, **context)
        return found


def _error_of(error: Exception) -> AniworldDlError:
    if isinstance(error, MemoryError):
        return ResourcesShortError(reason="memory")
    if isinstance(error, OSError) and error.errno in SHORT:
        return ResourcesShortError(reason=error.strerror or str(error))
    return InternalError(reason=repr(error))
