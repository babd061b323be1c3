"""The part of a content that a Range header asks for: what every server of files here goes by."""

from __future__ import annotations

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the part `[start, stop)` of so many bytes that a Range header asks for, None for all of them.

    What is no range of the usual form is ignored (RFC 9110 14.2).

    Raises:
        ValueError: nothing of the range exists.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        start, stop = max(size - int(match[2]), 0), size
    else:
        start, stop = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= stop:
        raise ValueError("nothing of the range exists")
    return start, stop
