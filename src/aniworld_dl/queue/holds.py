"""Ends the holds of queued episodes when their time has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.store import LONGEST_HOLD_S

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.queue.store import Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions

_LONGEST_REST_S: Final = 60.0
"""How long holds are left alone at most: the system's time may be set anew meanwhile."""


class Holds:
    """Sleeps until the first hold ends. Whoever holds an episode until a time says so by `changed`."""

    def __init__(self, *, store: Store, transitions: Transitions, supervisor: Supervisor, clock: Clock) -> None:
        self._store = store
        self._transitions = transitions
        self._supervisor = supervisor
        self._clock = clock
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Look again at what is held: something new is."""
        self._changed.set()

    async def run(self) -> None:
        """End each hold in time, until cancelled."""
        while True:
            self._changed.clear()
            until = await self._store.next_hold_end()
            wait_s = None if until is None else until - self._clock.time()
            if wait_s is not None and not 0 < wait_s <= LONGEST_HOLD_S:
                await persist(self._transitions.end_holds, self._clock)
                self._supervisor.wake()
            else:
                await wait_for(self._changed, self._clock, None if wait_s is None else min(wait_s, _LONGEST_REST_S))
