"""Bytes through the check of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.media.store.structure import Check


def run(check: Check, data: bytes, piece: int = 100_000) -> None:
    """Feed all bytes in pieces and finish."""
    for start in range(0, len(data), piece):
        check.feed(data[start : start + piece])
    check.finish()
