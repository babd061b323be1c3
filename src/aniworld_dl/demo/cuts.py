"""Where a body can be cut so that what is left still looks like a whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TS_PACKET_BYTES: Final = 188
_TS_SYNC: Final = b"\x47"
_STARTS_FRAGMENT: Final = frozenset({b"styp", b"sidx", b"moof"})
_SHORT_HEADER: Final = 8
_LONG_HEADER: Final = 16


def boundary_before(body: bytes | Path, start: int, at: int) -> int:
    """Return the last place in `[start, at]` between two TS packets (ISO/IEC 13818-1 2.4.3) or two MP4 fragments.

    Where there is no fragment to end in time it is the last end of any box; bytes that are neither are cut at `at`.
    Blocks on the disk: call it in a thread.
    """
    if _read(body, start, 1) == _TS_SYNC:
        return at - (at - start) % _TS_PACKET_BYTES
    ends = [(end, kind) for end, kind in _boxes(body, start) if start < end <= at]
    whole = [end for end, following in ends if following in _STARTS_FRAGMENT]
    return max(whole or [end for end, _ in ends] or [at])


def _boxes(body: bytes | Path, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the end of each box, and the type of the one that follows, from `start` on (ISO/IEC 14496-12 4.2)."""
    header = _read(body, start, _LONG_HEADER)
    while len(header) >= _SHORT_HEADER:
        size = int.from_bytes(header[:4])
        if size == 1:
            size = int.from_bytes(header[_SHORT_HEADER:])
        if size < _SHORT_HEADER:
            return
        start += size
        header = _read(body, start, _LONG_HEADER)
        yield start, header[4:_SHORT_HEADER]


def _read(body: bytes | Path, start: int, size: int) -> bytes:
    if isinstance(body, bytes):
        return body[start : start + size]
    with body.open("rb") as file:
        file.seek(start)
        return file.read(size)
