"""The queue without providers, network and faces: what decides, writes, tells, starts, holds and takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.queue.announcer import Announcer
from aniworld_dl.queue.archive import Archive
from aniworld_dl.queue.control import Control
from aniworld_dl.queue.data_watch import DataWatch
from aniworld_dl.queue.disk_watch import DiskWatch
from aniworld_dl.queue.duplicates import Sieve
from aniworld_dl.queue.holds import Holds
from aniworld_dl.queue.standing import StandingWishes
from aniworld_dl.queue.supervisor import Supervisor
from aniworld_dl.queue.transitions import Transitions
from aniworld_dl.queue.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Limiter
    from aniworld_dl.queue.disk import Disk
    from aniworld_dl.queue.events import Hub
    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.tools import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a queue stands on. `settings` is asked anew each time: some change while the service runs."""

    store: SqliteStore
    hub: Hub
    runner: Runner
    slots: Limiter
    throttles: Throttles
    disk: Disk
    clock: Clock
    settings: Callable[[], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts of a queue that know each other. `woken` are called when queued episodes came back or may start."""

    announcer: Announcer
    archive: Archive
    sieve: Sieve
    transitions: Transitions
    supervisor: Supervisor
    holds: Holds
    disk_watch: DiskWatch
    data_watch: DataWatch
    undo: Undo
    control: Control
    standing: StandingWishes
    woken: list[Callable[[], None]]


def make_core(ground: Ground, settings: Settings, *, queue_paused: bool = False) -> Core:
    """Return the parts of a queue, none of them at work yet. `settings` are those of the start."""
    store, clock, slots = ground.store, ground.clock, ground.slots
    announcer = Announcer(
        store=store, hub=ground.hub, clock=clock, slots=slots, settings=settings, queue_paused=queue_paused
    )
    announcer.figures["disk"] = ground.disk.figures
    archive, sieve = Archive(store.database), Sieve(store.database)
    transitions = Transitions(store=store, sieve=sieve, archive=archive, announcer=announcer, clock=clock)

    def held() -> None:
        holds.changed()
        disk_watch.changed()
        standing.changed()

    supervisor = Supervisor(
        store=store,
        transitions=transitions,
        announcer=announcer,
        runner=ground.runner,
        slots=slots,
        throttles=ground.throttles,
        settings=ground.settings,
        clock=clock,
        held=held,
    )
    holds = Holds(store=store, transitions=transitions, supervisor=supervisor, clock=clock)
    disk_watch = DiskWatch(disk=ground.disk, store=store, transitions=transitions, supervisor=supervisor, clock=clock)
    standing = StandingWishes(
        store=store,
        transitions=transitions,
        runner=ground.runner,
        slots=slots,
        throttles=ground.throttles,
        clock=clock,
        settings=ground.settings,
    )
    woken: list[Callable[[], None]] = [supervisor.wake, held]
    undo = Undo(
        archive=archive,
        transitions=transitions,
        runner=ground.runner,
        clock=clock,
        download_dir=settings.download_dir,
        revived=woken,
    )
    return Core(
        announcer=announcer,
        archive=archive,
        sieve=sieve,
        transitions=transitions,
        supervisor=supervisor,
        holds=holds,
        disk_watch=disk_watch,
        data_watch=DataWatch(database=store.database, announcer=announcer, clock=clock),
        undo=undo,
        standing=standing,
        control=Control(store=store, transitions=transitions, supervisor=supervisor, undo=undo),
        woken=woken,
    )
