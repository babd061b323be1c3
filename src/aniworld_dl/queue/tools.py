"""What every episode shares, and what the queue needs of whoever runs its episodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aniworld_dl.media.watch.show import Shows
from aniworld_dl.queue.source_book import SourceBook

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.chains import Chain
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.assemble import Workbench
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.disk import Disk
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.posters import Posters
    from aniworld_dl.queue.shelving import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every episode shares. `settings` is asked anew each time: some change while the service runs."""

    http: HttpClient
    registry: Registry
    clock: Clock
    bench: Workbench
    disk: Disk
    settings: Callable[[], Settings]
    posters: Posters
    """Who fetches the posters of series."""
    shows: Shows = field(default_factory=Shows)
    """What can be watched of the episodes that run."""
    book: SourceBook = field(default_factory=SourceBook)
    """How sources do."""


class Swap(Protocol):
    """What becomes of a better file for a completed episode."""

    wanted: Chain
    """The languages that are better than the one there is."""

    async def begin(self) -> int:
        """Return the number under which the trash keeps the file there is, when the better one is proven.

        Raises:
            AniworldDlError: it is not wanted any more.
        """
        ...

    async def done(self, finished: Finished) -> None:
        """Write down that the better file has the name."""
        ...


class Runner(Protocol):
    """What the queue needs of whoever runs its episodes."""

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run a claimed episode to its finished file.

        Raises:
            AniworldDlError: why it cannot be completed now.
        """
        ...

    async def discard(self, episode: Episode, job: Job) -> None:
        """Delete what has been fetched of an episode that will not be finished, unless another one goes on with it."""
        ...

    async def improve(self, live: LiveEpisode, job: Job, throttle: Throttle, swap: Swap) -> bool:
        """Look for a better version of a completed episode and swap it in; tell whether there was one.

        Raises:
            AniworldDlError: why it cannot be told, or not be had now.
        """
        ...

    async def discard_better(self, episode: Episode) -> None:
        """Delete what has been fetched of a better version that is not wanted any more."""
        ...
