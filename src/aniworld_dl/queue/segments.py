"""Where the segments of an episode stand: from the download that runs, the disk, or the record of a completed one."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import NotFoundError
from aniworld_dl.media.store.segment_map import track_view
from aniworld_dl.media.store.work import map_of_folder
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.sqlite import SqliteStore

_NO_RECORD: Final = b"[]"


class Segments:
    """Tells where segments stand. `target_of` returns an episode's file, relative to the download folder."""

    def __init__(
        self,
        *,
        store: SqliteStore,
        announcer: Announcer,
        target_of: Callable[[Episode, Job], PurePosixPath],
        download_dir: Path,
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._target_of = target_of
        self._download_dir = download_dir

    async def view(self, episode_id: int) -> Mapping[str, Any]:
        """Return the public view: `id`, `source` (`download`, `disk`, `record` or null) and `tracks`.

        Raises:
            NotFoundError: there is no such episode.
        """
        source: str | None
        if (live := self._announcer.live(episode_id)) and live.segments is not None:
            source, tracks = "download", await live.segments.view()
        else:
            episode = await self._store.episode(episode_id)
            if episode is None:
                raise NotFoundError(what="episode", id=episode_id)
            is_completed = episode.status is Status.COMPLETED
            source = "record" if is_completed else "disk"
            tracks = await (self._recorded(episode) if is_completed else self._on_disk(episode))
        return {"id": episode_id, "source": source if tracks else None, "tracks": tracks}

    async def _recorded(self, episode: Episode) -> Sequence[Mapping[str, Any]]:
        rows = await self._store.database.read("segment_map", episode_id=episode.id)
        data = zlib.decompress(rows[0]["tracks"]) if rows else _NO_RECORD
        tracks: Sequence[Mapping[str, Any]] = json.loads(data)
        return tracks

    async def _on_disk(self, episode: Episode) -> Sequence[Mapping[str, Any]]:
        job = await self._store.job(episode.job_id)
        if job is None:  # removed a moment ago
            return ()
        return await asyncio.to_thread(self._read, self._target_of(episode, job), episode.id)

    def _read(self, target: PurePosixPath, owner: int) -> Sequence[Mapping[str, Any]]:
        return [track_view(track) for track in map_of_folder(self._download_dir, target, owner)]


async def record_of(live: LiveEpisode) -> bytes | None:
    """Return how the segments of an episode came, to be kept with it; None where nothing was downloaded."""
    if live.segments is None:
        return None
    tracks = await live.segments.view()
    return await asyncio.to_thread(lambda: zlib.compress(json.dumps(tracks, separators=(",", ":")).encode()))
