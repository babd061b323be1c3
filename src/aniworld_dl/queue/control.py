"""What a user can do to episodes and jobs: decide by one guarded write, then act on the tasks."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import MoveRefusedError, NotFoundError
from aniworld_dl.model import Action, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.runner import Runner
    from aniworld_dl.queue.store import Moved, Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    before: frozenset[Status]
    after: Status


_MOVES: Final[Mapping[Action, _Move]] = MappingProxyType(
    {
        Action.PAUSE: _Move(before=frozenset({Status.QUEUED, Status.DOWNLOADING}), after=Status.PAUSED),
        Action.RESUME: _Move(before=frozenset({Status.PAUSED}), after=Status.QUEUED),
        Action.CANCEL: _Move(
            before=frozenset({Status.QUEUED, Status.DOWNLOADING, Status.PAUSED, Status.FAILED}),
            after=Status.CANCELLED,
        ),
        Action.RETRY: _Move(before=frozenset({Status.FAILED, Status.CANCELLED}), after=Status.QUEUED),
        Action.REPAIR: _Move(before=frozenset({Status.FAILED}), after=Status.QUEUED),
    }
)


class Control:
    """Pause, resume, cancel, retry and repair.

    Pausing and cancelling are one mechanism: both stop the task; cancelling also deletes what was fetched.
    """

    def __init__(self, *, store: Store, transitions: Transitions, supervisor: Supervisor, runner: Runner) -> None:
        self._store = store
        self._transitions = transitions
        self._supervisor = supervisor
        self._runner = runner

    async def episode(self, episode_id: int) -> Episode:
        """Return an episode.

        Raises:
            NotFoundError: there is none of this id.
        """
        episode = await self._store.episode(episode_id)
        if episode is None:
            raise NotFoundError(what="episode", id=episode_id)
        return episode

    async def job(self, job_id: int) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is none of this id.
        """
        job = await self._store.job(job_id)
        if job is None:
            raise NotFoundError(what="job", id=job_id)
        return job

    async def act_on_episode(self, episode_id: int, action: Action) -> Episode:
        """Apply the action to one episode. Doing what is done already changes nothing.

        Raises:
            NotFoundError: there is no such episode.
            MoveRefusedError: its status does not allow the action.
        """
        move = _MOVES[action]
        moved = await self._transitions.move_episode(episode_id, move.after, before=move.before)
        if moved is not None:
            await self._follow([moved])
            return moved.episode
        episode = await self.episode(episode_id)
        if episode.status is not move.after:
            raise MoveRefusedError(what="episode", id=episode_id, action=action.value, status=episode.status.value)
        return episode

    async def act_on_job(self, job_id: int, action: Action) -> Job:
        """Apply the action to every episode of a job whose status allows it, in one transaction.

        Raises:
            NotFoundError: there is no such job.
            MoveRefusedError: neither an episode nor an address of it allows the action.
        """
        move = _MOVES[action]
        before = await self.job(job_id)
        retried = await self._transitions.retry_expansions(job_id) if action is Action.RETRY else 0
        moves = await self._transitions.move_job(job_id, move.after, before=move.before)
        await self._follow(moves)
        after = await self.job(job_id)
        if not moves and not retried and after.status is before.status is not move.after:
            raise MoveRefusedError(what="job", id=job_id, action=action.value, status=before.status.value)
        return after

    async def interrupt_all(self) -> None:
        """Put everything that runs back into the queue; what was fetched stays."""
        await self._follow(await self._transitions.move_all(Status.QUEUED, before=frozenset({Status.DOWNLOADING})))

    async def delete_job(self, job_id: int) -> None:
        """Stop what runs of a job, delete what was fetched for unfinished episodes, forget the job. Files stay.

        Raises:
            NotFoundError: there is no such job.
        """
        await self.job(job_id)
        move = _MOVES[Action.CANCEL]
        moves = await self._transitions.move_job(job_id, move.after, before=move.before)
        await self._follow(moves)
        await self._transitions.delete_job(job_id, [moved.episode.id for moved in moves])

    async def _follow(self, moves: Sequence[Moved]) -> None:
        # a paused episode that is cancelled may still have a task, which cleans up after it was stopped
        await self._supervisor.stop(
            moved.episode.id
            for moved in moves
            if moved.before is Status.DOWNLOADING or moved.episode.status is Status.CANCELLED
        )
        started = [moved.episode for moved in moves if moved.episode.attempt]
        for episode in started:
            if episode.status is Status.CANCELLED:
                await self._runner.discard(episode, await self.job(episode.job_id))
        self._supervisor.wake()
