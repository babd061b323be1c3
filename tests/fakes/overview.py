"""What a service says about itself, without looking at any file or machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.api.schemas.service import SummaryOut
from aniworld_dl.doctor import Finding, Outcome
from aniworld_dl.engine.measures import Measures
from aniworld_dl.engine.overview import Overview
from aniworld_dl.engine.setting_details import setting_details
from aniworld_dl.model import Status
from aniworld_dl.net.hosts import Traffic
from aniworld_dl.queue.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.net.host import HostFigures
    from tests.fakes.engine import FakeEngine

_AT = "2026-01-31T18:00:00Z"


class FakeOverview(Overview):
    """Knows no file and no machine."""

    def __init__(self, engine: FakeEngine) -> None:  # the real one's is not called
        self._engine = engine
        self.tally = Tally()
        self.hosts: list[HostFigures] = []
        self.found = [Finding(check="clock", outcome=Outcome.OK, code="clock_ok", params={})]

    async def status(self) -> dict[str, Any]:
        stats = self._engine.stats()
        versions = dict.fromkeys(("aniworld_dl", "python", "ffmpeg", "sqlite", "platform"), "1.0")
        disk = {"use": "downloads", "path": "/d", "total_bytes": 1, "free_bytes": 1}
        return {
            "versions": versions,
            "ffmpeg_path": "/usr/bin/ffmpeg",
            "now": _AT,
            "time_zone_offset_s": 3600,
            "started_at": _AT,
            "uptime_s": 1,
            "connections": {"in_use": 0, "most": 96, "most_per_host": 32},
            "hosts": stats["hosts"],
            "disks": [{**disk, "reserved_bytes": 0, "reserve_bytes": 0}],
            "database": {"path": "/d/queue.sqlite3", "size_bytes": 1},
            "providers": {"names": self._engine.provider_names(), "broken": []},
            "notices": stats["notices"],
            "tuning": None,
        }

    async def summary(self) -> dict[str, Any]:
        return dict.fromkeys(SummaryOut.model_fields, 0)

    async def measures(self, *, healthy: bool) -> Measures:
        stats = self._engine.stats()
        return Measures(
            ffmpeg="1.0",
            healthy=healthy,
            episodes=dict.fromkeys(Status, 0),
            running=stats["running"],
            slots=stats["slots"],
            queue_paused=stats["queue_paused"],
            speed_bytes_per_s=0.0,
            tally=self.tally,
            traffic=Traffic(received_bytes=0, requests=3, troubles=0),
            failures={"stalled": 2},
            hosts=self.hosts,
            disks=[{"use": "data", "total_bytes": 5, "free_bytes": None, "reserved_bytes": 0, "reserve_bytes": 0}],
            database_bytes=1,
            notices=0,
            providers_broken=0,
        )

    def settings(self) -> list[dict[str, Any]]:
        return setting_details(self._engine.settings, self._engine.settings)

    async def findings(self) -> Sequence[Finding]:
        return self.found
