"""Work for an engine, and waiting for it by what the engine itself tells."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aniworld_dl.model import EpisodeRef, JobRequest, Status

if TYPE_CHECKING:
    from aniworld_dl.engine import Engine


def request(*urls: str, title: str = "Nordlicht", **fields: Any) -> JobRequest:
    """Return a request for the episodes at these addresses."""
    return JobRequest(anime_title=title, episodes=tuple(EpisodeRef(url=url) for url in urls), **fields)


async def add(engine: Engine, *urls: str, **fields: Any) -> int:
    """Queue a job and return its id."""
    added = await engine.add_job(request(*urls, **fields))
    assert added.created
    return added.job.id


async def until(engine: Engine, job_id: int, *statuses: Status) -> dict[str, Any]:
    """Wait until the job has one of these statuses and return it."""
    async for text in engine.hub.subscribe():
        message = json.loads(text)
        if message["type"] == "snapshot" or str(job_id) in message.get("jobs", {}):
            job = await engine.job(job_id)
            if job["status"] in statuses:
                return job
    raise AssertionError("the stream ended")


async def episodes(engine: Engine, job_id: int) -> list[dict[str, Any]]:
    """Return a job's episodes in their order."""
    return (await engine.episodes(job_id, limit=100, cursor=None))["items"]  # type: ignore[no-any-return]


async def until_stored(engine: Engine, episode_id: int, count: int) -> None:
    """Wait until so many segments of a running episode are stored."""
    async for _ in engine.hub.subscribe():
        if (await engine.episode(episode_id))["segments_done"] >= count:
            return


def files(folder: Path) -> list[str]:
    """Return everything below a folder that is no folder, also while some of it goes."""
    found = ((Path(where) / name for name in names) for where, _, names in os.walk(folder))
    return sorted(path.relative_to(folder).as_posix() for paths in found for path in paths)
