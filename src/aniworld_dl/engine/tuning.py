"""Connects what sets the number of slots with what it looks at, and with the figures that show its reasoning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.queue.tuner import Tuner, queue_figures
from aniworld_dl.queue.tuning_views import hosts_view, tuning_view

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Limiter
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.tuner import LoadMeter


def make_tuner(
    settings: Settings, http: HttpClient, slots: Limiter, announcer: Announcer, throttles: Throttles
) -> Tuner:
    """Return what sets the number of slots, and show its reasoning among the figures."""
    clock = http.clock
    tuner = Tuner(
        slots=slots,
        clock=clock,
        machine=lambda: _machine(settings, clock),
        traffic=http.hosts.traffic,
        queue=lambda: queue_figures(announcer, throttles),
    )
    tuner.apply(settings.max_concurrent_downloads)
    announcer.figures["tuning"] = lambda: tuning_view(tuner, lambda at: at - clock.monotonic() + clock.time())
    announcer.figures["hosts"] = lambda: hosts_view(http.hosts.figures())
    return tuner


def _machine(settings: Settings, clock: Clock) -> LoadMeter:
    from aniworld_dl.machine import Machine  # noqa: PLC0415 - takes a while, and only `auto` needs it

    return Machine(settings.download_dir, clock)
