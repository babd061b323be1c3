"""What the running service says about itself: versions, disks, connections, and flat figures for dashboards."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl._version import __version__
from aniworld_dl.engine.measures import Measures
from aniworld_dl.engine.setting_details import setting_details
from aniworld_dl.model import Status
from aniworld_dl.net.hosts import MOST_CONNECTIONS
from aniworld_dl.queue.disk import space_of
from aniworld_dl.queue.examination import size_of
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.doctor import Finding
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.net.hosts import HostPolicy
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.sqlite import SqliteStore

_STATUSES: Final = tuple(Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What an overview looks at. `settings` is asked anew each time: some change while the service runs."""

    announcer: Announcer
    store: SqliteStore
    registry: Registry
    hosts: HostPolicy
    ffmpeg: Ffmpeg
    clock: Clock
    settings: Callable[[], Settings]
    configured: Settings
    """Those that would hold without a change while the service ran."""


class Overview:
    """Answers from what the engine knows; nothing is asked of the network."""

    def __init__(self, sights: Sights) -> None:
        self._sights = sights
        self._started_at = sights.clock.time()
        self._started = sights.clock.monotonic()

    async def status(self) -> dict[str, Any]:
        """Return the state of the installation and of its connections."""
        sights, settings, stats = self._sights, self._sights.settings(), self._sights.announcer.stats()
        disks, size = await self._disks()
        return {
            "versions": {
                "aniworld_dl": __version__,
                "python": platform.python_version(),
                "ffmpeg": self._ffmpeg_version(),
                "sqlite": sqlite3.sqlite_version,
                "platform": f"{platform.system()} {platform.release()} ({platform.machine()})",
            },
            "ffmpeg_path": str(sights.ffmpeg.path),
            "now": time_view(sights.clock.time()),
            "time_zone_offset_s": time.localtime(sights.clock.time()).tm_gmtoff,
            "started_at": time_view(self._started_at),
            "uptime_s": round(sights.clock.monotonic() - self._started),
            "connections": {
                "in_use": sum(host["connections"] for host in stats["hosts"]),
                "most": MOST_CONNECTIONS,
                "most_per_host": settings.connections_per_host,
            },
            "hosts": stats["hosts"],
            "disks": disks,
            "database": {"path": str(sights.store.database.path), "size_bytes": size},
            "providers": {"names": sights.registry.names(), "broken": sorted(sights.registry.broken)},
            "notices": stats["notices"],
            "tuning": stats["tuning"],
        }

    async def summary(self) -> dict[str, Any]:
        """Return numbers alone, none of them below another."""
        stats, counts = self._sights.announcer.stats(), await self._sights.store.counts()
        return {
            **{f"episodes_{status.value}": counts.get(status, 0) for status in _STATUSES},
            "running": stats["running"],
            "waiting": stats["queued"],
            "slots": stats["slots"],
            "queue_paused": int(stats["queue_paused"]),
            "speed_bytes_per_s": round(stats["speed_bytes_per_s"]),
            "speed_mbit_per_s": round(stats["speed_bytes_per_s"] * 8 / 1e6, 1),
            "free_bytes": stats["free_bytes"],
            "connections": sum(host["connections"] for host in stats["hosts"]),
            "hosts_cooling": sum(host["cooling_until"] is not None for host in stats["hosts"]),
            "notices": len(stats["notices"]),
            "uptime_s": round(self._sights.clock.monotonic() - self._started),
        }

    async def measures(self, *, healthy: bool) -> Measures:
        """Return what the service can be measured by, as it is now; `healthy` says whether downloads can run."""
        sights, stats = self._sights, self._sights.announcer.stats()
        counts, (disks, size) = await asyncio.gather(sights.store.counts(), self._disks())
        return Measures(
            ffmpeg=self._ffmpeg_version(),
            healthy=healthy,
            episodes={status: counts.get(status, 0) for status in _STATUSES},
            running=stats["running"],
            slots=stats["slots"],
            queue_paused=stats["queue_paused"],
            speed_bytes_per_s=stats["speed_bytes_per_s"],
            tally=sights.announcer.tally.copy(),
            traffic=sights.hosts.traffic(),
            failures=dict(sights.hosts.failures),
            hosts=sights.hosts.figures(),
            disks=disks,
            database_bytes=size,
            notices=len(stats["notices"]),
            providers_broken=len(sights.registry.broken),
        )

    async def _disks(self) -> tuple[list[dict[str, Any]], int]:
        """Return the file systems in use with what of them is kept, and the bytes of the database."""
        sights = self._sights
        disks, size = await asyncio.to_thread(_look, sights.settings(), sights.store.database.path)
        figures = sights.announcer.stats()["disk"]
        return [{**disk, **_reserved(disk, figures)} for disk in disks], size

    def _ffmpeg_version(self) -> str:
        return ".".join(map(str, self._sights.ffmpeg.version))

    def settings(self) -> list[dict[str, Any]]:
        """Return every setting with its bounds and where its value comes from."""
        return setting_details(self._sights.settings(), self._sights.configured)

    async def findings(self) -> Sequence[Finding]:
        """Look for what is wrong with the installation."""
        from aniworld_dl import doctor  # noqa: PLC0415 - seldom needed

        sights = self._sights
        providers = doctor.Providers(names=sights.registry.names(), broken=sights.registry.broken)
        path = sights.store.database.path
        return await doctor.examine(sights.settings(), sights.clock, providers, database=path, serving=True)


def _look(settings: Settings, database: Path) -> tuple[list[dict[str, Any]], int]:
    disks = []
    for use, folder in (("downloads", settings.download_dir), ("data", settings.data_dir)):
        space = space_of(folder)
        disks.append(
            {
                "use": use,
                "path": str(folder),
                "total_bytes": space and space.total_bytes,
                "free_bytes": space and space.free_bytes,
            }
        )
    return disks, size_of(database)


def _reserved(disk: dict[str, Any], figures: dict[str, Any]) -> dict[str, int]:
    """Of the disk of the downloads alone anything is kept."""
    here = disk["use"] == "downloads"
    return {name: figures[name] if here else 0 for name in ("reserved_bytes", "reserve_bytes")}
