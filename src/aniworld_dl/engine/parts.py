"""What an engine is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.access import Access, Trail
    from aniworld_dl.clock import Clock
    from aniworld_dl.engine.actions import Actions
    from aniworld_dl.engine.overview import Overview
    from aniworld_dl.engine.planner import Planner
    from aniworld_dl.engine.versions import Versions
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.notices.courier import Courier
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.closures import Closures
    from aniworld_dl.queue.core import Core
    from aniworld_dl.queue.events import Hub
    from aniworld_dl.queue.exchange import Exchange
    from aniworld_dl.queue.expander import Expander
    from aniworld_dl.queue.folder_watch import FolderWatch
    from aniworld_dl.queue.history import History
    from aniworld_dl.queue.posters import Posters
    from aniworld_dl.queue.schedule import Schedule
    from aniworld_dl.queue.segments import Segments
    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.throughput import Throughput
    from aniworld_dl.queue.tuner import Tuner
    from aniworld_dl.queue.watching import Watching
    from aniworld_dl.subscriptions.subscriptions import Subscriptions
    from aniworld_dl.telemetry.traces import Telemetry


class Worker(Protocol):
    """Something that is at work as long as the engine is."""

    async def run(self) -> None:
        """Work until cancelled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of an engine."""

    clock: Clock
    store: SqliteStore
    http: HttpClient
    registry: Registry
    hub: Hub
    throttles: Throttles
    core: Core
    tuner: Tuner
    expander: Expander
    closures: Closures
    folder_watch: FolderWatch
    schedule: Schedule
    history: History
    exchange: Exchange
    actions: Actions
    throughput: Throughput
    segments: Segments
    planner: Planner
    overview: Overview
    watching: Watching
    versions: Versions
    subscriptions: Subscriptions
    posters: Posters
    access: Access
    trail: Trail
    courier: Courier
    telemetry: Telemetry | None

    def workers(self) -> Mapping[str, Worker]:
        """Return what has work of its own, by its name."""
        return {
            "hub": self.hub,
            "announcer": self.core.announcer,
            "supervisor": self.core.supervisor,
            "holds": self.core.holds,
            "disk-watch": self.core.disk_watch,
            "folder-watch": self.folder_watch,
            "data-watch": self.core.data_watch,
            "schedule": self.schedule,
            "tuner": self.tuner,
            "expander": self.expander,
            "undo": self.core.undo,
            "standing": self.core.standing,
            "history": self.history,
            "throughput": self.throughput,
            "subscriptions": self.subscriptions.checker,
            "posters": self.posters,
            "access": self.access,
            "audit": self.trail,
            "courier": self.courier,
        }
