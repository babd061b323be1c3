"""SIGTERM and SIGINT stop the service soon, cleanly, and without a trace of half-done work under a final name."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.nginx import serve_folder
from tests.acceptance.service import Service, group_is_empty
from tests.media_samples import FMP4, TS, Samples

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_during_a_download(sent: signal.Signals, samples: Samples, tmp_path: Path) -> None:
    """It ends within 5 s with status 0; no child is left; the queue continues with the next start."""
    service = Service(tmp_path)
    with serve_folder(samples.folder, limit_rate="10k") as server:
        async with service:
            job = await service.add("Nordlicht", server.url(TS), server.url(FMP4))
            await service.until(lambda seen: seen.stats.get("speed_bytes_per_s", 0) > 0)
            group = service.process.pid
            assert await service.stop(sent, within_s=5) == 0, await service.complaints()
        assert group_is_empty(group)
        assert [path.name for path in service.downloads.iterdir()] == [".aniworld-dl"]
        async with service:
            assert (await service.get(f"/api/jobs/{job['id']}"))["status"] in {"queued", "downloading"}


async def test_with_an_open_websocket(tmp_path: Path) -> None:
    """A page that is open does not keep the service from ending."""
    async with Service(tmp_path) as service, service.socket() as socket:
        await socket.recv()
        assert await service.stop(signal.SIGTERM, within_s=5) == 0, await service.complaints()
