"""The one place that decides whether episodes may start: they may while nothing speaks against it."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.queue.control import Control
    from aniworld_dl.queue.standing import StandingWishes
    from aniworld_dl.queue.supervisor import Supervisor


class Closure(Enum):
    """Why no episode starts."""

    NOT_PROCESSING = auto()
    """The program has not begun to, or was told to stop."""
    QUEUE_PAUSED = auto()
    """The user paused everything."""
    OUTSIDE_SCHEDULE = auto()
    """The schedule wants nothing to run at this hour."""
    FOLDER_REFUSED = auto()
    """The download folder cannot be written."""


class Closures:
    """Opens what starts episodes when the last reason has gone. Begins closed: nothing is processed yet."""

    def __init__(self, supervisor: Supervisor, control: Control, standing: StandingWishes) -> None:
        self._supervisor = supervisor
        self._standing = standing
        self._control = control
        self._reasons = {Closure.NOT_PROCESSING}

    async def close(self, reason: Closure) -> None:
        """Let nothing start for one more reason, and put what runs back into the queue; it loses nothing."""
        self._reasons.add(reason)
        self._supervisor.set_open(False)
        self._standing.set_open(False)
        await self._control.interrupt_all()

    def open(self, reason: Closure) -> None:
        """Take a reason away; what another one closed stays closed."""
        self._reasons.discard(reason)
        self._supervisor.set_open(not self._reasons)
        self._standing.set_open(not self._reasons)
