"""What users set for jobs and episodes without moving them: their place, their priority, their bandwidth limit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import Spot
from aniworld_dl.queue import changes, places
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.results import Changed
from aniworld_dl.queue.rows import episode_of, job_of, json_list
from aniworld_dl.queue.store import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiosqlite

    from aniworld_dl.model import Selection
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.store import Unset
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.transitions import Transitions

T = TypeVar("T")

_BESIDE: Final = frozenset({Spot.BEFORE, Spot.AFTER})


class Placement:
    """Each call is one transaction and acts at once: on what is claimed next, and on what runs.

    Before or after another means right there: whoever is moved takes over the other's priority. At the top or at the
    bottom means among those of the same priority, which stays.
    """

    def __init__(self, *, database: Database, transitions: Transitions, throttles: Throttles) -> None:
        self._database = database
        self._transitions = transitions
        self._throttles = throttles

    async def move_job(self, job_id: int, spot: Spot, other_id: int | None = None) -> None:
        """Put a job at a spot of the queue; `other_id` says before or after which job.

        Raises:
            NotFoundError: there is no such job, or no such other one.
            RequestInvalidError: no other one was named.
        """
        await self._carry_out(partial(_move_job, job_id=job_id, spot=spot, other_id=other_id))

    async def move_episode(self, episode_id: int, spot: Spot, other_id: int | None = None) -> None:
        """Put an episode at a spot among those of its job; `other_id` says before or after which of them.

        Raises:
            NotFoundError: there is no such episode, or no such other one.
            RequestInvalidError: no other one was named, or one of another job.
        """
        await self._carry_out(partial(_move_episode, episode_id=episode_id, spot=spot, other_id=other_id))

    async def set(
        self,
        selection: Selection,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
    ) -> Changed:
        """Set what is given for the selected jobs (not their episodes) and episodes, and return those there are."""
        given = bandwidth_limit_bytes_per_s is not UNSET
        columns = {
            "priority": priority,
            "limit_given": given,
            "bandwidth_limit_bytes_per_s": bandwidth_limit_bytes_per_s if given else None,
        }
        found = await self._carry_out(partial(_set, selection=selection, columns=columns))
        if given:
            for row in await self._database.read("jobs_by_id", ids=json_list(found.jobs)):
                self._throttles.limit_job(job_of(row))
            for episode in found.episodes:
                self._throttles.limit_episode(episode)
        return found

    async def _carry_out(self, change: partial[Any]) -> Changed:
        return await self._transitions.carry_out(lambda: self._database.write(change))


async def _set(connection: aiosqlite.Connection, *, selection: Selection, columns: dict[str, Any]) -> Changed:
    wanted = json_list(await changes.jobs_of(connection, selection))
    jobs = await fetch(connection, "set_jobs", ids=wanted, **columns)
    episodes = await fetch(connection, "set_episodes", ids=json_list(selection.episodes), **columns)
    return Changed(jobs=frozenset(row["id"] for row in jobs), episodes=tuple(map(episode_of, episodes)))


async def _move_job(connection: aiosqlite.Connection, *, job_id: int, spot: Spot, other_id: int | None) -> Changed:
    found = await fetch(connection, "jobs_by_id", ids=json_list({job_id, other_id or job_id}))
    jobs = {row["id"]: job_of(row) for row in found}
    job, other = _pair("job", jobs, (job_id, other_id), spot)
    if other is job:
        return Changed()
    row = places.MovedRow(id=job_id, before="job_before", behind="jobs_behind", put="place_job", within={})
    beside = places.Place(other.position, other.id) if other else None
    touched = await places.move(connection, row, spot, beside, other.priority if other else None)
    return Changed(jobs=touched)


async def _move_episode(
    connection: aiosqlite.Connection, *, episode_id: int, spot: Spot, other_id: int | None
) -> Changed:
    found = await fetch(connection, "episodes_by_id", ids=json_list({episode_id, other_id or episode_id}))
    episodes = {row["id"]: episode_of(row) for row in found}
    episode, other = _pair("episode", episodes, (episode_id, other_id), spot)
    if other is episode:
        return Changed()
    if other and other.job_id != episode.job_id:
        mend = f"name an episode of job {episode.job_id}"
        raise RequestInvalidError(field="episode_id", value=str(other.id), mend=mend)
    within = {"job_id": episode.job_id}
    row = places.MovedRow(
        id=episode_id, before="episode_before", behind="episodes_behind", put="place_episode", within=within
    )
    beside = places.Place(other.rank, other.id) if other else None
    touched = await places.move(connection, row, spot, beside, other.priority if other else None)
    moved = await fetch(connection, "episodes_by_id", ids=json_list(touched))
    return Changed(episodes=tuple(map(episode_of, moved)))


def _pair(what: str, found: Mapping[int, T], ids: tuple[int, int | None], spot: Spot) -> tuple[T, T | None]:
    """Return what is moved, and what it goes beside."""
    one_id, other_id = ids
    if one_id not in found:
        raise NotFoundError(what=what, id=one_id)
    if spot not in _BESIDE:
        return found[one_id], None
    if other_id is None:
        raise RequestInvalidError(field=f"{what}_id", value="null", mend=f"say {spot} which {what}")
    if other_id not in found:
        raise NotFoundError(what=what, id=other_id)
    return found[one_id], found[other_id]
