"""What becomes of failures that are none of the product's own."""

from __future__ import annotations

import errno

import pytest

from aniworld_dl.errors import AniworldDlError, DiskFullError, InternalError, ResourcesShortError
from aniworld_dl.queue.containment import contain


async def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "expected", "text"),
    [
        (DiskFullError(path="p"), DiskFullError, "no space left in p"),
        (MemoryError(), ResourcesShortError, "for the moment: memory"),
        (OSError(errno.EMFILE, "Too many open files"), ResourcesShortError, "Too many open files"),
        (OSError(errno.EIO, "Input/output error"), InternalError, "Input/output error"),
        (ZeroDivisionError("odd"), InternalError, "odd"),
    ],
)
async def test_a_failure_becomes_data(error: Exception, expected: type[AniworldDlError], text: str) -> None:
    found = await contain(_raise(error))
    assert isinstance(found, expected)
    assert text in str(found)
    assert found.retryable is (expected is not InternalError)
