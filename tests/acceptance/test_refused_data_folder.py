"""The real service where nothing can be written any more, not even by files that are open: it holds, and goes on."""

from __future__ import annotations

import resource
import signal
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from tests.acceptance.service import Service
from tests.media_samples import FMP4, TS, Samples, streamhash

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs a limit that is set from outside (Linux)"),
]

GATED = 3


def limit_files(pid: int, most_bytes: int) -> None:
    """Let every write of a process fail that makes a file longer than this, as a read-only file system would."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


async def test_the_service_holds_and_goes_on_by_itself(origin: Origin, samples: Samples, tmp_path: Path) -> None:
    """While an episode downloads: it says so, changes nothing, and then completes all."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path=f"/ts/{GATED:03}.ts"))
    async with Service(tmp_path, "-j", "1", env={"ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "1"}) as service:
        job = await service.add("Nordlicht", origin.url(TS), origin.url(FMP4))
        await gate.reached()
        limit_files(service.process.pid, 0)
        refused = await service.client.patch(f"/api/jobs/{job['id']}", json={"priority": 3})
        assert (refused.status_code, refused.json()["code"]) == (503, "data_folder")
        assert refused.json()["params"] == {"path": str(service.data), "reason": "File too large"}
        await service.until(lambda seen: "data_folder" in {each["code"] for each in seen.stats.get("notices", ())})
        ready = await service.client.get("/readyz")
        assert (ready.status_code, str(service.data) in ready.json()["detail"]) == (503, True)
        first, second = await service.episodes(job["id"])
        assert (first["status"], second["status"], second["reason"]) == ("downloading", "queued", "data_folder")

        limit_files(service.process.pid, resource.RLIM_INFINITY)
        await service.until(lambda seen: seen.stats.get("notices") == [])
        assert (await service.client.get("/readyz")).status_code == 200
        assert (await service.client.patch(f"/api/jobs/{job['id']}", json={"priority": 3})).status_code == 200
        gate.open()
        (over,) = await service.ended(job["id"])
        assert (over["status"], over["priority"]) == ("completed", 3)
        for number, playlist in ((1, TS), (2, FMP4)):
            file = service.downloads / f"Nordlicht/Season 01/Nordlicht S01E{number:02}.mkv"
            assert streamhash(file) == samples.own_streams(playlist)
        assert await service.stop(signal.SIGTERM, within_s=10) == 0
        log = await service.complaints()
    assert "Traceback" not in log
    assert [log.count(f"event=data_folder_{what}") for what in ("refused", "accepted")] == [1, 1]
