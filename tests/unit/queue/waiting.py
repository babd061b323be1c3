"""Completed episodes that wait for a better version, and waiting for what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.model import Status
from aniworld_dl.queue.shelving import Finished

if TYPE_CHECKING:
    from aniworld_dl.model import Episode, Taken
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.tools import Swap
    from tests.unit.queue.desk import Desk

CHAIN = "German Dub > English Dub > German Sub"


async def complete(desk: Desk, **fields: Any) -> Episode:
    """Let an episode be completed, and return it as it is then."""
    (episode_id,) = await desk.add(1, **{"language": CHAIN, "standing": True, **fields})
    await desk.runner.until_started(len(desk.runner.started) + (episode_id not in desk.runner.started))
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)
    await desk.until_over(episode_id)
    return await now(desk, episode_id)


async def now(desk: Desk, episode_id: int) -> Episode:
    episode = await desk.store.episode(episode_id)
    assert episode is not None
    return episode


async def until_looked(desk: Desk, count: int) -> None:
    while len(desk.runner.looked) < count:
        await desk.clock.run(0.05)


async def until_settled(desk: Desk, episode: Episode) -> Episode:
    """Wait until something was written about what an episode waits for."""
    while (found := await now(desk, episode.id)).standing == episode.standing:
        await desk.clock.run(0.05)
    return found


def swaps(taken: Taken) -> Any:
    """Return what a runner does that finds a version."""

    async def better(live: LiveEpisode, swap: Swap) -> bool:
        path = live.episode.path
        assert path is not None
        await swap.begin()
        await swap.done(Finished(path=path, taken=taken))
        return True

    return better
