"""What a user can do to episodes and jobs: decide by one guarded write, then act on the tasks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aniworld_dl.errors import MoveRefusedError, NotFoundError
from aniworld_dl.model import ENDED, EVERYTHING, Action, HoldReason, Selection, Status
from aniworld_dl.queue.results import Moved

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
    from pathlib import Path

    from aniworld_dl.errors import StorageError
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.results import Moves, Removed, Undoable
    from aniworld_dl.queue.store import Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions
    from aniworld_dl.queue.undo import Undo

T = TypeVar("T")

MOST_STARTED: Final = 32
"""As many episodes start at once by one call; it is meant for what someone wants to see now."""


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
_RUNNING: Final = frozenset({Status.DOWNLOADING})
_RETRIED: Final = (HoldReason.NEEDS_PERSON, HoldReason.RETRY_BACKOFF)
"""What a retry ends. A server that wants to be left alone, and a disk that is full, are not asked about it."""
_DONE: Final[Mapping[Action, frozenset[Status]]] = MappingProxyType(
    {action: frozenset({move.after}) for action, move in _MOVES.items()}
    | {Action.START: frozenset({Status.DOWNLOADING, Status.QUEUED})}
)
"""Where an episode or job stands when there was nothing left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an action: how much it changed, and why it did nothing to some of what was selected.

    `changed` counts episodes, and addresses that are still to be listed; of a removal, jobs and single episodes.
    `files` says by episode why its finished file could not be removed.
    """

    changed: int
    refused: tuple[NotFoundError | MoveRefusedError, ...] = ()
    files: Mapping[int, StorageError] = field(default_factory=dict)
    undo: Undoable | None = None


class Control:
    """Pause, resume, cancel, retry, repair, start now, remove: each for whatever is selected, as one transaction.

    Pausing and cancelling are one mechanism: both stop the task; what a cancelled one has fetched is deleted when that
    cannot be undone any more. What was begun is carried through, also when the caller is cancelled: rows and tasks
    always agree.
    """

    def __init__(self, *, store: Store, transitions: Transitions, supervisor: Supervisor, undo: Undo) -> None:
        self._store = store
        self._transitions = transitions
        self._supervisor = supervisor
        self._undo = undo
        self._tasks: set[asyncio.Task[Any]] = set()

    async def aclose(self) -> None:
        """Stop what is under way, as a crash would."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

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

    async def act(self, selection: Selection, action: Action) -> Outcome:
        """Apply the action to what is selected, as far as its status allows it."""
        moves = await self._act(selection, action)
        return Outcome(
            changed=len(moves.episodes) + len(moves.addresses),
            refused=await self._refused(selection, action, moves),
            undo=moves.undo,
        )

    async def act_on_episode(self, episode_id: int, action: Action) -> Episode:
        """Apply the action to one episode. Doing what is done already changes nothing.

        Raises:
            NotFoundError: there is no such episode.
            MoveRefusedError: its status does not allow the action.
        """
        moves = await self._act_on_one(Selection.of(episodes=[episode_id]), action)
        return moves.episodes[0].episode if moves.episodes else await self.episode(episode_id)

    async def act_on_job(self, job_id: int, action: Action) -> Job:
        """Apply the action to every episode of a job whose status allows it.

        Raises:
            NotFoundError: there is no such job.
            MoveRefusedError: neither an episode nor an address of it allows the action.
        """
        await self._act_on_one(Selection.of(jobs=[job_id]), action)
        return await self.job(job_id)

    async def interrupt_all(self) -> None:
        """Put everything that runs back into the queue; what was fetched stays."""
        await self._to_the_end(self._move(EVERYTHING, _Move(before=_RUNNING, after=Status.QUEUED)))

    async def remove(self, selection: Selection, *, files: bool = False) -> Outcome:
        """Stop what runs and forget what is selected. Finished files stay, unless they are to go too.

        A job that has nothing left is forgotten too.
        """
        forget = partial(self._transitions.remove, selection, self._folder(files=files))
        removed, kept = await self._to_the_end(self._remove(forget))
        gone = frozenset(episode.id for episode in removed.episodes)
        missing = [NotFoundError(what="job", id=each) for each in sorted(selection.jobs - removed.jobs)]
        missing += [NotFoundError(what="episode", id=each) for each in sorted(selection.episodes - gone)]
        jobs = removed.jobs if selection.everything else removed.jobs & selection.jobs
        single = [each for each in removed.episodes if each.job_id not in jobs]
        changed = len(jobs) + len(single)
        return Outcome(changed=changed, refused=tuple(missing), files=kept, undo=removed.undo)

    async def clear(self, statuses: Iterable[Status], *, files: bool = False) -> Outcome:
        """Forget jobs that have ended in one of these ways. Finished files stay, unless they are to go too."""
        forget = partial(self._transitions.clear, ENDED.intersection(statuses), self._folder(files=files))
        removed, kept = await self._to_the_end(self._remove(forget))
        return Outcome(changed=len(removed.jobs), files=kept, undo=removed.undo)

    async def undo(self, undo_id: int) -> dict[str, Any]:
        """Undo what was cancelled, removed or cleared and return what has come back.

        Raises:
            NotFoundError: it cannot be undone (any more), or the job to which it belongs was removed since.
        """
        return await self._to_the_end(self._undo.restore(undo_id))

    # ------------------------------------------------------------------------------------------------------ parts

    async def _act_on_one(self, selection: Selection, action: Action) -> Moves:
        moves = await self._act(selection, action)
        for refusal in await self._refused(selection, action, moves):
            raise refusal
        return moves

    async def _act(self, selection: Selection, action: Action) -> Moves:
        if action is Action.START:
            return await self._to_the_end(self._start_now(selection))
        if action is Action.RETRY:
            return await self._to_the_end(self._retry(selection))
        return await self._to_the_end(self._move(selection, _MOVES[action]))

    async def _refused(
        self, selection: Selection, action: Action, moves: Moves
    ) -> tuple[NotFoundError | MoveRefusedError, ...]:
        """Return an error for each job and episode that was named and to which nothing was done nor need be."""
        moved = frozenset(each.episode.id for each in moves.episodes)
        jobs, episodes = selection.jobs - moves.jobs, selection.episodes - moved
        return (
            *_refusals("job", jobs, await self._store.jobs_by_id(jobs), action),
            *_refusals("episode", episodes, await self._store.episodes_by_id(episodes), action),
        )

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` in a task of its own: between a write and what follows from it nobody may leave."""
        task = asyncio.create_task(work, name="control")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the caller has it, if it still waits

    async def _move(self, selection: Selection, move: _Move) -> Moves:
        if move.after is Status.CANCELLED:
            moves = await self._transitions.cancel(selection, before=move.before)
        else:
            moves = await self._transitions.move(selection, move.after, before=move.before)
        await self._stop(moved.episode for moved in moves.episodes if moved.before is Status.DOWNLOADING)
        self._undo.changed()
        self._supervisor.wake()
        return moves

    async def _retry(self, selection: Selection) -> Moves:
        """Queue again what has failed, and let go on what waits for that, by itself or for whoever asks for it."""
        moves = await self._move(selection, _MOVES[Action.RETRY])
        freed: list[Moved] = []
        for reason in _RETRIED:
            held = [each.id for each in await self._store.held(reason, -1) if _is_in(selection, each)]
            if held:
                found = await self._transitions.end_holds_of(reason, held)
                freed += (Moved(before=each.status, episode=each) for each in found)
        self._supervisor.wake()
        return replace(moves, episodes=(*moves.episodes, *freed))

    async def _start_now(self, selection: Selection) -> Moves:
        moves, lives = await self._transitions.start_now(selection, most=MOST_STARTED)
        self._supervisor.start_now(lives)  # with nothing awaited before: who runs can be stopped
        self._supervisor.wake()
        return moves

    async def _remove(self, forget: Callable[[], Awaitable[Removed]]) -> tuple[Removed, Mapping[int, StorageError]]:
        removed = await forget()
        await self._stop(removed.episodes)
        files = await self._undo.remove_files(removed.undo) if removed.undo is not None else {}
        self._undo.changed()
        self._supervisor.wake()
        return removed, files

    def _folder(self, *, files: bool) -> Path | None:
        return self._undo.download_dir if files else None

    async def _stop(self, episodes: Iterable[Episode]) -> None:
        await self._supervisor.stop([episode.id for episode in episodes])


def _is_in(selection: Selection, episode: Episode) -> bool:
    return selection.everything or episode.job_id in selection.jobs or episode.id in selection.episodes


def _refusals(
    what: str, ids: Iterable[int], found: Mapping[int, Job] | Mapping[int, Episode], action: Action
) -> Iterable[NotFoundError | MoveRefusedError]:
    for each in sorted(ids):
        if each not in found:
            yield NotFoundError(what=what, id=each)
        elif found[each].status not in _DONE[action]:
            yield MoveRefusedError(what=what, id=each, action=action.value, status=found[each].status.value)
