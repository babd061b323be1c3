"""Cuts off clients that take nothing: their backlog must cost the others nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.clock import Clock

STALL_S: Final = 20.0
"""How long a client may take nothing while there is something for it."""


@dataclass(slots=True)
class _Backlog:
    size: int
    since: float


class StallGuard:
    """Watches the write buffers of all connections, of whatever protocol.

    A buffer above its high-water mark has stopped its writer, and a closing connection has none: from then on only
    reading changes the buffer, and one that stays the same is not being read.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._backlogs: dict[Any, _Backlog] = {}

    def sweep(self, transports: Iterable[Any]) -> None:
        """Abort each transport (of `asyncio.Transport`'s interface) that has been stuck for 20 s; call it often."""
        now = self._clock.monotonic()
        stuck: dict[Any, _Backlog] = {}
        for transport in transports:
            size = transport.get_write_buffer_size()
            waits = size > 0 and (transport.is_closing() or size > transport.get_write_buffer_limits()[1])
            backlog = self._backlogs.get(transport)
            if not waits:
                continue
            if backlog is None or size != backlog.size:
                backlog = _Backlog(size, now)
            if now - backlog.since >= STALL_S:
                transport.abort()
            else:
                stuck[transport] = backlog
        self._backlogs = stuck
