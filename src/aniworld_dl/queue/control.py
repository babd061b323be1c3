"""What a user can do to episodes and jobs: decide by one guarded write, then act on the tasks, then tell everyone."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import MoveRefusedError, NotFoundError
from aniworld_dl.model import Action, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.runner import Runner
    from aniworld_dl.queue.store import Moved, Store
    from aniworld_dl.queue.supervisor import Supervisor


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
    }
)


class Control:
    """Pause, resume, cancel and retry.

    Pausing and cancelling are one mechanism: both stop the task; cancelling also deletes what was fetched.
    """

    def __init__(
        self, *, store: Store, supervisor: Supervisor, runner: Runner, announcer: Announcer, clock: Clock
    ) -> None:
        self._store = store
        self._supervisor = supervisor
        self._runner = runner
        self._announcer = announcer
        self._clock = clock

    async def act_on_episode(self, episode_id: int, action: Action) -> Episode:
        """Apply the action to one episode. Doing what is done already changes nothing.

        Raises:
            NotFoundError: there is no such episode.
            MoveRefusedError: its status does not allow the action.
        """
        move = _MOVES[action]
        moved = await self._store.move_episode(
            episode_id,
            move.after,
            before=move.before,
            now=self._clock.time(),
            details=self._announcer.details().get(episode_id),
        )
        if moved is None:
            episode = await self.episode(episode_id)
            if episode.status is not move.after:
                raise MoveRefusedError(what="episode", id=episode_id, action=action.value, status=episode.status.value)
            return episode
        await self._follow([moved])
        return moved.episode

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

    async def act_on_job(self, job_id: int, action: Action) -> Job:
        """Apply the action to every episode of a job whose status allows it, in one transaction.

        Raises:
            NotFoundError: there is no such job.
            MoveRefusedError: not one of its episodes allows the action.
        """
        before = await self.job(job_id)
        retried = await self._store.retry_expansions(job_id) if action is Action.RETRY else 0
        moves = await self._move_job(job_id, action)
        if moves:
            await self._follow(moves)
        else:
            await self._announcer.announce_jobs([job_id])
        after = await self.job(job_id)
        if not moves and not retried and after.status is before.status is not _MOVES[action].after:
            raise MoveRefusedError(what="job", id=job_id, action=action.value, status=before.status.value)
        self._supervisor.wake()
        return after

    async def interrupt_all(self) -> None:
        """Put everything that runs back into the queue; what was fetched stays."""
        moves = await self._store.move_all(
            Status.QUEUED,
            before=frozenset({Status.DOWNLOADING}),
            now=self._clock.time(),
            live=self._announcer.details(),
        )
        await self._follow(moves)

    async def delete_job(self, job_id: int) -> None:
        """Stop what runs of a job, delete what was fetched for unfinished episodes, forget the job. Files stay.

        Raises:
            NotFoundError: there is no such job.
        """
        job = await self.job(job_id)
        moves = await self._move_job(job_id, Action.CANCEL)
        await self._stop(moves)
        await self._discard(job, moves)
        await self._store.delete_job(job_id)
        await self._announcer.forget_job(job_id, [moved.episode.id for moved in moves])

    async def _move_job(self, job_id: int, action: Action) -> Sequence[Moved]:
        move = _MOVES[action]
        return await self._store.move_job(
            job_id, move.after, before=move.before, now=self._clock.time(), live=self._announcer.details()
        )

    async def _follow(self, moves: Sequence[Moved]) -> None:
        await self._announcer.announce([moved.episode for moved in moves])
        await self._stop(moves)
        if moves[0].episode.status is Status.CANCELLED:
            by_job: dict[int, list[Moved]] = {}
            for moved in moves:
                by_job.setdefault(moved.episode.job_id, []).append(moved)
            for job_id, cancelled in by_job.items():
                await self._discard(await self.job(job_id), cancelled)
        self._supervisor.wake()

    async def _stop(self, moves: Sequence[Moved]) -> None:
        await self._supervisor.stop(moved.episode.id for moved in moves if moved.before is Status.DOWNLOADING)

    async def _discard(self, job: Job, moves: Sequence[Moved]) -> None:
        for moved in moves:
            if moved.episode.attempt:
                await self._runner.discard(moved.episode, job)
