"""Follows jobs through the engine's own event stream until they have ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from aniworld_dl.errors import ConfigError
from aniworld_dl.model import ENDED, Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from aniworld_dl.engine import Engine

_PAGE: int = 500


class Display(Protocol):
    """Something that shows an episode; called with the whole public view each time it changes."""

    def show(self, episode: dict[str, Any]) -> None:
        """Show the episode as it is now."""
        ...


async def follow(engine: Engine, since: int, job_ids: Collection[int], display: Display) -> None:
    """Show every change of these jobs' episodes until all the jobs have ended.

    `since` is the number of the last message before the jobs were added: they may have ended by now.

    Raises:
        ConfigError: no episode may run, so that this would wait for ever.
    """
    if not engine.settings.max_concurrent_downloads:
        raise ConfigError(key="max_concurrent_downloads", value=0, mend="a command that waits needs at least 1")
    episodes: dict[int, dict[str, Any]] = {}
    waiting = set(job_ids)
    async for text in engine.hub.subscribe(since):
        message = json.loads(text)
        for episode_id, changes in message["episodes"].items():
            if changes is not None:
                episode = episodes.setdefault(int(episode_id), {})
                episode.update(changes)
                display.show(episode)
        suspects = waiting if message["type"] == "snapshot" else waiting & {int(key) for key in message["jobs"]}
        waiting -= {job_id for job_id in suspects if await _has_ended(engine, job_id)}
        if not waiting:
            break
    for job_id in job_ids:
        for episode in await all_episodes(engine, job_id):
            # the message that tells of its end may still be on its way
            if episodes.get(episode["id"], {}).get("status") != episode["status"]:
                display.show(episode)


async def all_episodes(engine: Engine, job_id: int) -> list[dict[str, Any]]:
    """Return every episode of a job in order."""
    episodes: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await engine.episodes(job_id, limit=_PAGE, cursor=cursor)
        episodes += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return episodes


async def _has_ended(engine: Engine, job_id: int) -> bool:
    job = await engine.job(job_id)
    return Status(job["status"]) in ENDED
