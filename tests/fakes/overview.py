"""What a service says about itself, without looking at any file or machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.api.schemas.service import SummaryOut
from aniworld_dl.doctor import Finding, Outcome
from aniworld_dl.engine.overview import Overview
from aniworld_dl.engine.setting_details import setting_details

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fakes.engine import FakeEngine

_AT = "2026-01-31T18:00:00Z"


class FakeOverview(Overview):
    """Knows no file and no machine."""

    def __init__(self, engine: FakeEngine) -> None:  # the real one's is not called
        self._engine = engine
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

    def settings(self) -> list[dict[str, Any]]:
        return setting_details(self._engine.settings, self._engine.settings)

    async def findings(self) -> Sequence[Finding]:
        return self.found
