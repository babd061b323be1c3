"""A power cut costs what was under way, nothing that was finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.nginx import Nginx, serve_folder
from tests.acceptance.service import Seen, Service
from tests.media_samples import AES, FMP4, SEGMENTS, TS, Samples, streamhash

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

SLOW = "30k"
"""Bytes a second on each connection: a segment takes more than a second."""
FINISHED_BEFORE = 4


def _segments_asked_for(server: Nginx, samples: Samples, playlist: str) -> list[str]:
    segments = set(samples.segments(playlist))
    return [request.path for request in server.requests() if request.path in segments]


@pytest.mark.parametrize("playlist", [TS, FMP4, AES])
async def test_killed_in_the_middle(playlist: str, samples: Samples, tmp_path: Path) -> None:
    """After `kill -9` and a new start, finished segments are not asked for again, and the file is the same."""
    service = Service(tmp_path, env={"ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "2"})
    with serve_folder(samples.folder, limit_rate=SLOW) as slow:
        port, url = slow.port, slow.url(playlist)
        async with service:
            job = await service.add("Nordlicht", url)
            episode_id = (await service.episodes(job["id"]))[0]["id"]

            def enough(seen: Seen) -> bool:
                return (seen.episode(episode_id).get("segments_done") or 0) >= FINISHED_BEFORE

            done = (await service.until(enough)).episode(episode_id)["segments_done"]
            await service.kill()
            assert done < SEGMENTS
            assert [path.name for path in service.downloads.iterdir()] == [".aniworld-dl"]

    with serve_folder(samples.folder, port=port) as fast:
        async with service:
            (job,) = await service.ended(job["id"])
            (episode,) = await service.episodes(job["id"])
        assert (job["status"], episode["status"]) == ("completed", "completed")
        again = _segments_asked_for(fast, samples, playlist)
        assert 0 < len(again) <= SEGMENTS - done
        assert len(again) == len(set(again))
    assert streamhash(service.downloads / episode["path"]) == samples.own_streams(playlist)
    assert not [path for path in service.downloads.rglob("*") if path.is_file() and path.suffix != ".mkv"]


async def test_killed_while_many_wait(samples: Samples, tmp_path: Path) -> None:
    """The whole queue is there again after `kill -9`, in order, and runs to its end."""
    service = Service(tmp_path)
    with serve_folder(samples.folder, limit_rate=SLOW) as slow:
        port, urls = slow.port, [f"{slow.url(TS)}?copy={number}" for number in range(8)]
        async with service:
            job = await service.add("Nordlicht", *urls)
            await service.until(lambda seen: seen.stats.get("running") == 3)
            before = await service.episodes(job["id"])
            await service.kill()

    with serve_folder(samples.folder, port=port):
        async with service:
            after = await service.episodes(job["id"])
            assert [(item["id"], item["url"]) for item in after] == [(item["id"], item["url"]) for item in before]
            (job,) = await service.ended(job["id"])
            assert (job["status"], job["completed_episodes"]) == ("completed", 8)
