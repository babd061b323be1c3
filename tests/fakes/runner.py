"""A runner whose episodes run for as long as the test wants."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aniworld_dl.queue.shelving import Finished

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aniworld_dl.limits import Throttle
    from aniworld_dl.model import Episode, Job, Taken
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.tools import Swap


class FakeRunner:
    """Implements what the supervisor and the control need of a runner; `end` lets an episode end."""

    def __init__(self) -> None:
        self.started: list[int] = []
        self.running: set[int] = set()
        self.most_running = 0
        self.discarded: list[int] = []
        self.undeletable: Exception | None = None
        self.throttles: dict[int, Throttle] = {}
        self.stubborn = asyncio.Event()
        """Until it is set, a cancelled episode does not finish cleaning up (see `hold_clean_up`)."""
        self.stubborn.set()
        self.looked: list[int] = []
        self.better: Callable[[LiveEpisode, Swap], Awaitable[bool]] | None = None
        self.discarded_better: list[int] = []
        self.taken: Taken | None = None
        """Which version completed episodes are."""
        self._ends: dict[int, asyncio.Future[Finished]] = {}
        self._changed = asyncio.Condition()

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run until the test ends it."""
        episode_id = live.episode.id
        assert episode_id not in self.running, "two tasks run one episode"
        self.throttles[job.id] = throttle
        self.running.add(episode_id)
        self.most_running = max(self.most_running, len(self.running))
        self.started.append(episode_id)
        end: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        self._ends[episode_id] = end
        await self._notify()
        try:
            return await end
        finally:
            await self.stubborn.wait()
            self.running.discard(episode_id)

    async def discard(self, episode: Episode, job: Job) -> None:
        """Remember that the episode's work was thrown away, unless that is to fail."""
        if self.undeletable is not None:
            raise self.undeletable
        self.discarded.append(episode.id)

    async def improve(self, live: LiveEpisode, job: Job, throttle: Throttle, swap: Swap) -> bool:
        """Do what the test says, and nothing better is there where it says nothing."""
        self.looked.append(live.episode.id)
        return False if self.better is None else await self.better(live, swap)

    async def discard_better(self, episode: Episode) -> None:
        """Remember that the work at a better version was thrown away, unless that is to fail."""
        if self.undeletable is not None:
            raise self.undeletable
        self.discarded_better.append(episode.id)

    def end(self, episode_id: int, error: BaseException | None = None) -> None:
        """Let a running episode end, with an error or completed."""
        if error is None:
            self._ends[episode_id].set_result(Finished(path=PurePosixPath(f"{episode_id}.mkv"), taken=self.taken))
        else:
            self._ends[episode_id].set_exception(error)

    async def until_started(self, count: int) -> list[int]:
        """Wait until so many runs have been started in all, and return them in order."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.started) >= count)
            return list(self.started)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
