"""What a user can do to episodes and jobs: decide by one guarded write, then act on the tasks."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import MoveRefusedError, NotFoundError
from aniworld_dl.model import EVERYTHING, Action, Selection, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.runner import Runner
    from aniworld_dl.queue.store import Moves, Store
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
        moves = await self._act(Selection.of(episodes=[episode_id]), action)
        episode = moves.episodes[0].episode if moves.episodes else await self.episode(episode_id)
        if episode.status is not _MOVES[action].after:
            raise MoveRefusedError(what="episode", id=episode_id, action=action.value, status=episode.status.value)
        return episode

    async def act_on_job(self, job_id: int, action: Action) -> Job:
        """Apply the action to every episode of a job whose status allows it, in one transaction.

        Raises:
            NotFoundError: there is no such job.
            MoveRefusedError: neither an episode nor an address of it allows the action.
        """
        moves = await self._act(Selection.of(jobs=[job_id]), action)
        job = await self.job(job_id)
        if not moves.jobs and job.status is not _MOVES[action].after:
            raise MoveRefusedError(what="job", id=job_id, action=action.value, status=job.status.value)
        return job

    async def interrupt_all(self) -> None:
        """Put everything that runs back into the queue; what was fetched stays."""
        running = frozenset({Status.DOWNLOADING})
        await self._follow(await self._transitions.move(EVERYTHING, Status.QUEUED, before=running))

    async def delete_job(self, job_id: int) -> None:
        """Stop what runs of a job, delete what was fetched for unfinished episodes, forget the job. Files stay.

        Raises:
            NotFoundError: there is no such job.
        """
        await self.job(job_id)
        moves = await self._act(Selection.of(jobs=[job_id]), Action.CANCEL)
        await self._transitions.delete_job(job_id, [moved.episode.id for moved in moves.episodes])

    async def _act(self, selection: Selection, action: Action) -> Moves:
        move = _MOVES[action]
        moves = await self._transitions.move(selection, move.after, before=move.before)
        await self._follow(moves)
        return moves

    async def _follow(self, moves: Moves) -> None:
        stopped = [moved.episode.id for moved in moves.episodes if moved.before is Status.DOWNLOADING]
        await self._supervisor.stop(stopped)
        started = [moved.episode for moved in moves.episodes if moved.episode.attempt]
        for episode in started:
            if episode.status is Status.CANCELLED:
                await self._runner.discard(episode, await self.job(episode.job_id))
        self._supervisor.wake()
