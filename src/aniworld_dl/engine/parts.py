"""What an engine is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.engine.actions import Actions
    from aniworld_dl.limits import Limiter
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.closures import Closures
    from aniworld_dl.queue.control import Control
    from aniworld_dl.queue.disk_watch import DiskWatch
    from aniworld_dl.queue.events import Hub
    from aniworld_dl.queue.exchange import Exchange
    from aniworld_dl.queue.expander import Expander
    from aniworld_dl.queue.history import History
    from aniworld_dl.queue.holds import Holds
    from aniworld_dl.queue.schedule import Schedule
    from aniworld_dl.queue.store import Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.transitions import Transitions
    from aniworld_dl.queue.tuner import Tuner
    from aniworld_dl.queue.undo import Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts, by their names."""

    clock: Clock
    store: Store
    http: HttpClient
    registry: Registry
    hub: Hub
    slots: Limiter
    throttles: Throttles
    announcer: Announcer
    transitions: Transitions
    supervisor: Supervisor
    holds: Holds
    disk_watch: DiskWatch
    tuner: Tuner
    expander: Expander
    control: Control
    closures: Closures
    schedule: Schedule
    history: History
    exchange: Exchange
    actions: Actions
    undo: Undo
