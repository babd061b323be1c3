"""What a client can do to jobs and episodes, with what came of it in the public shape of `docs/api.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.errors import NotFoundError
from aniworld_dl.model import Selection
from aniworld_dl.queue.control import Outcome
from aniworld_dl.queue.store import UNSET
from aniworld_dl.queue.undo import undo_view

if TYPE_CHECKING:
    from collections.abc import Collection

    from aniworld_dl.model import Action, Spot, Status
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.control import Control
    from aniworld_dl.queue.expander import Expander
    from aniworld_dl.queue.placement import Placement
    from aniworld_dl.queue.store import Unset
    from aniworld_dl.queue.undo import Undo


class Actions:
    """Actions on whatever is selected, each one transaction: what a single item would be refused, a list says."""

    def __init__(
        self, *, control: Control, placement: Placement, undo: Undo, announcer: Announcer, expander: Expander
    ) -> None:
        self._control = control
        self._placement = placement
        self._undo = undo
        self._announcer = announcer
        self._expander = expander

    async def act(self, selection: Selection, action: Action) -> dict[str, Any]:
        """Pause, resume, cancel, retry, repair or start what is selected."""
        outcome = await self._control.act(selection, action)
        self._expander.wake()
        return _view(outcome)

    async def set(
        self,
        selection: Selection,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
    ) -> dict[str, Any]:
        """Set what is given for the selected jobs and episodes; a limit acts at once on what runs."""
        return _view(
            await self._set(selection, priority=priority, bandwidth_limit_bytes_per_s=bandwidth_limit_bytes_per_s)
        )

    async def remove(self, selection: Selection, *, files: bool = False) -> dict[str, Any]:
        """Stop and forget what is selected; finished files stay unless they are to go too."""
        return _view(await self._control.remove(selection, files=files))

    async def clear(self, statuses: Collection[Status], *, files: bool = False) -> dict[str, Any]:
        """Forget the jobs that have ended in one of these ways; finished files stay unless they are to go too."""
        return _view(await self._control.clear(statuses, files=files))

    async def undo(self, undo_id: int) -> dict[str, Any]:
        """Undo what was cancelled, removed or cleared and return what has come back.

        Raises:
            NotFoundError: it cannot be undone (any more), or the job to which it belongs was removed since.
        """
        return await self._control.undo(undo_id)

    async def undoable(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of what can be undone, the newest first.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        return await self._undo.page(limit=limit, cursor=cursor)

    async def move_job(self, job_id: int, spot: Spot, other_id: int | None = None) -> dict[str, Any]:
        """Put a job at a spot of the queue and return it.

        Raises:
            NotFoundError: there is no such job, or no such other one.
            RequestInvalidError: no other one was named.
        """
        await self._placement.move_job(job_id, spot, other_id)
        return self._announcer.view_job(await self._control.job(job_id))

    async def move_episode(self, episode_id: int, spot: Spot, other_id: int | None = None) -> dict[str, Any]:
        """Put an episode at a spot among those of its job and return it.

        Raises:
            NotFoundError: there is no such episode, or no such other one.
            RequestInvalidError: no other one was named, or one of another job.
        """
        await self._placement.move_episode(episode_id, spot, other_id)
        return self._announcer.view_episode(await self._control.episode(episode_id))

    async def update_episode(self, episode_id: int, **changes: Any) -> dict[str, Any]:
        """Change an episode's `priority` and `bandwidth_limit_bytes_per_s`, as far as given, and return it.

        Raises:
            NotFoundError: there is none of this id.
        """
        _raise_first(await self._set(Selection.of(episodes=[episode_id]), **changes))
        return self._announcer.view_episode(await self._control.episode(episode_id))

    async def remove_one(self, selection: Selection, *, files: bool = False) -> int:
        """Stop and forget the job or the episode that is selected and return the id by which that is undone.

        A job that has nothing left is forgotten too. Finished files stay unless they are to go too.

        Raises:
            NotFoundError: there is none of this id.
            StorageError: a finished file could not be moved; nothing else is kept.
        """
        outcome = await self._control.remove(selection, files=files)
        _raise_first(outcome)
        for error in outcome.files.values():
            raise error
        assert outcome.undo is not None  # something was removed
        return outcome.undo.id

    async def _set(self, selection: Selection, **changes: Any) -> Outcome:
        found = await self._placement.set(selection, **changes)
        episodes = frozenset(episode.id for episode in found.episodes)
        missing = [NotFoundError(what="job", id=each) for each in sorted(selection.jobs - found.jobs)]
        missing += [NotFoundError(what="episode", id=each) for each in sorted(selection.episodes - episodes)]
        return Outcome(changed=len(found.jobs) + len(episodes), refused=tuple(missing))


def _raise_first(outcome: Outcome) -> None:
    for refusal in outcome.refused:
        raise refusal


def _view(outcome: Outcome) -> dict[str, Any]:
    refused = [
        {"kind": error.params["what"], "id": error.params["id"], "code": error.code, "text": str(error)}
        for error in outcome.refused
    ]
    refused += [
        {"kind": "episode", "id": episode_id, "code": failure.code, "text": str(failure)}
        for episode_id, failure in outcome.files.items()
    ]
    undo = None if outcome.undo is None else undo_view(outcome.undo)
    return {"changed": outcome.changed, "refused": refused, "undo": undo}
