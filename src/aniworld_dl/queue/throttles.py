"""The bandwidth limits of what runs: everything, each job, each episode, chained so that the tightest wins."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aniworld_dl.limits import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Episode, Job


@dataclass(slots=True)
class _JobThrottle:
    throttle: Throttle
    episodes: int = 0


class Throttles:
    """Throttles of the jobs and episodes that run; `whole` is the one over everything."""

    def __init__(self, clock: Clock, whole: Throttle) -> None:
        self.whole = whole
        self._clock = clock
        self._jobs: dict[int, _JobThrottle] = {}
        self._episodes: dict[int, Throttle] = {}

    @contextmanager
    def of(self, job: Job, episode: Episode) -> Iterator[Throttle]:
        """Give the throttle for an episode that runs, for the length of a `with` block."""
        shared = self._jobs.setdefault(
            job.id, _JobThrottle(Throttle(self._clock, job.bandwidth_limit_bytes_per_s, parent=self.whole))
        )
        shared.episodes += 1
        own = Throttle(self._clock, episode.bandwidth_limit_bytes_per_s, parent=shared.throttle)
        self._episodes[episode.id] = own
        try:
            yield own
        finally:
            del self._episodes[episode.id]
            shared.episodes -= 1
            if not shared.episodes:
                del self._jobs[job.id]

    def limit_job(self, job: Job) -> None:
        """Apply a job's limit to what it has running."""
        if job.id in self._jobs:
            self._jobs[job.id].throttle.set_rate(job.bandwidth_limit_bytes_per_s)

    def limit_episode(self, episode: Episode) -> None:
        """Apply an episode's limit to it if it runs."""
        if episode.id in self._episodes:
            self._episodes[episode.id].set_rate(episode.bandwidth_limit_bytes_per_s)
