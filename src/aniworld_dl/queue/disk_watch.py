"""Keeps what runs within the space of the disk, and lets in again what was held back for lack of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.logs import get_logger
from aniworld_dl.model import Hold, HoldReason, Status
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.retries import sizes_of

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.errors import DiskReserveError
    from aniworld_dl.queue.disk import Disk
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.store import Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions

_EVERY_S: Final = 2.0
_WHEN_IDLE_S: Final = 5.0
_LOOKED_AT: Final = 500
"""Held episodes that are looked at each time, the first in line."""
_PROMISED_AT_A_TIME: Final = 32

_COMING: Final = frozenset({Status.QUEUED, Status.DOWNLOADING})

_log = get_logger(__name__)


class DiskWatch:
    """Looks at the disk every few seconds, and when something begins or ends.

    When space runs short it holds back the youngest of those that run, before the disk is full: an episode that is
    finished gives back what its segments took, one that is begun only takes more. `changed` is for whoever holds an
    episode for lack of space.
    """

    def __init__(
        self, *, disk: Disk, store: Store, transitions: Transitions, supervisor: Supervisor, clock: Clock
    ) -> None:
        self._disk = disk
        self._store = store
        self._transitions = transitions
        self._supervisor = supervisor
        self._clock = clock

    def changed(self) -> None:
        """Look now."""
        self._disk.changed.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._disk.changed.clear()
            is_busy = await persist(self._look, self._clock)
            await wait_for(self._disk.changed, self._clock, _EVERY_S if is_busy else _WHEN_IDLE_S)

    async def _look(self) -> bool:
        """Do what is to be done now; tell whether there is anything to watch."""
        await self._disk.look()
        while (found := self._disk.one_too_many()) is not None and await self._hold_back(*found):
            await self._disk.look()
        await self._keep_promises()
        held = await self._store.held(HoldReason.DISK_RESERVE, _LOOKED_AT)
        if let_in := self._disk.let_in(held, _PROMISED_AT_A_TIME - len(self._disk.promised)):
            await self._transitions.end_holds_of(HoldReason.DISK_RESERVE, let_in)
            self._supervisor.wake()
        return bool(held) or self._disk.is_used

    async def _hold_back(self, live: LiveEpisode, error: DiskReserveError) -> bool:
        """Queue a running episode again, held; tell whether it was still running."""
        _log.warning("held_back", episode_id=live.episode.id, **sizes_of(error))
        hold = Hold(reason=HoldReason.DISK_RESERVE, params=sizes_of(error))
        moved = await self._transitions.move_episode(
            live.episode.id,
            Status.QUEUED,
            before=frozenset({Status.DOWNLOADING}),
            details=replace(live.details(), error=error.info(), hold=hold),
        )
        await self._supervisor.stop([] if moved is None else [live.episode.id])
        return moved is not None

    async def _keep_promises(self) -> None:
        """Take back what was promised to episodes that do not come: paused, cancelled, or held again."""
        for episode_id in self._disk.promised:
            episode = await self._store.episode(episode_id)
            if episode is None or episode.hold is not None or episode.status not in _COMING:
                self._disk.break_promise(episode_id)
