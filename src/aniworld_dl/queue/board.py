"""What a client sees that comes now: the jobs and episodes of a snapshot, as they were last published."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

View = dict[str, Any]
_Place = tuple[float, float, int]

WAITING_SHOWN: Final = 200
"""As many waiting jobs stand in a snapshot; the others are paged over REST."""
_WAITING: Final = frozenset({Status.QUEUED, Status.PAUSED})


class Board:
    """Keeps jobs that run, the first of those that wait, and episodes that run; tells what a publication changes.

    A row that ends, or has no room, leaves. When it is published again its whole view counts as changed.
    """

    def __init__(self) -> None:
        self.jobs: dict[int, View] = {}
        self.episodes: dict[int, View] = {}
        self.stats: View = {}
        self.settings: View = {}
        self.subscriptions: dict[int, View] = {}
        self._waiting: dict[int, _Place] = {}
        self._in_order: list[_Place] = []
        self._unsent: set[int] = set()
        self._more_waiting = False
        self._touched: set[int] | None = None

    @property
    def incomplete(self) -> bool:
        """Whether more jobs wait than are here although there is room."""
        return self._more_waiting and len(self._waiting) < WAITING_SHOWN

    def change_job(self, job_id: int, fields: Mapping[str, Any] | None) -> View | None:
        """Take over a job's fields and return those that have changed; None means removed."""
        if self._touched is not None:
            self._touched.add(job_id)
        if fields is None:
            self._drop_job(job_id)
            return None
        known = self.jobs.get(job_id)
        changed = _changed(known, fields)
        merged = {**(known or {}), **changed}
        if changed and job_id in self._unsent:
            self._unsent.discard(job_id)
            changed = merged
        self._keep_job(job_id, merged)
        return changed

    def change_episode(self, episode_id: int, fields: Mapping[str, Any] | None) -> View | None:
        """Take over an episode's fields and return those that have changed; None means removed."""
        if fields is None:
            self.episodes.pop(episode_id, None)
            return None
        known = self.episodes.get(episode_id)
        changed = _changed(known, fields)
        merged = {**(known or {}), **changed}
        if merged.get("status") == Status.DOWNLOADING:
            self.episodes[episode_id] = merged
        else:
            self.episodes.pop(episode_id, None)
        return changed

    def change_subscription(self, subscription_id: int, fields: Mapping[str, Any] | None) -> View | None:
        """Take over a subscription's fields and return those that have changed; None means removed."""
        if fields is None:
            self.subscriptions.pop(subscription_id, None)
            return None
        known = self.subscriptions.get(subscription_id)
        changed = _changed(known, fields)
        self.subscriptions[subscription_id] = {**(known or {}), **changed}
        return changed

    def change_stats(self, fields: Mapping[str, Any]) -> View:
        """Take over figures and return those that have changed."""
        changed = _changed(self.stats, fields)
        self.stats = {**self.stats, **changed}
        return changed

    def change_settings(self, fields: Mapping[str, Any]) -> View:
        """Take over settings and return those that have changed."""
        changed = _changed(self.settings, fields)
        self.settings = {**self.settings, **changed}
        return changed

    def renew(self, jobs: Iterable[Mapping[str, Any]], episodes: Iterable[Mapping[str, Any]]) -> None:
        """Show these jobs, in order, and these running episodes, and no others; what is being read is too old."""
        self.jobs, self.episodes = {}, {}
        self._waiting, self._in_order, self._unsent, self._touched = {}, [], set(), None
        rows = [dict(row) for row in jobs]
        for row in rows:
            self._keep_job(row["id"], row)
        self.episodes = {row["id"]: dict(row) for row in episodes}
        self._more_waiting = sum(row["status"] in _WAITING for row in rows) >= WAITING_SHOWN

    def begin_refill(self) -> None:
        """From here to `refill` it is noted which jobs are published: what is read meanwhile may be older."""
        self._touched = set()

    def refill(self, waiting: Iterable[Mapping[str, Any]]) -> bool:
        """Take in what runs and the first waiting jobs, read since `begin_refill`. Tell whether one was missing.

        Nobody has been sent these, so the first change of each is sent with its whole view.
        """
        rows = [dict(row) for row in waiting]
        touched, self._touched = self._touched, None
        if touched is None:
            return False
        self._more_waiting = sum(row["status"] in _WAITING for row in rows) >= WAITING_SHOWN
        missing = [row for row in rows if row["id"] not in self.jobs and row["id"] not in touched]
        for row in missing:
            self._unsent.add(row["id"])
            self._keep_job(row["id"], row)
        return bool(missing)

    def _keep_job(self, job_id: int, view: View) -> None:
        status = view.get("status")
        if status == Status.DOWNLOADING:
            self.jobs[job_id] = view
            self._wait_no_more(job_id)
        elif status in _WAITING:
            self.jobs[job_id] = view
            self._wait_no_more(job_id)
            self._waiting[job_id] = place = (-view.get("priority", 0), view.get("position", 0), job_id)
            insort(self._in_order, place)
            if len(self._waiting) > WAITING_SHOWN:
                self._more_waiting = True
                self._drop_job(self._in_order[-1][2])
        else:
            self._drop_job(job_id)

    def _drop_job(self, job_id: int) -> None:
        self.jobs.pop(job_id, None)
        self._wait_no_more(job_id)
        self._unsent.discard(job_id)

    def _wait_no_more(self, job_id: int) -> None:
        place = self._waiting.pop(job_id, None)
        if place is not None:
            del self._in_order[bisect_left(self._in_order, place)]


def _changed(known: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> View:
    if known is None:
        return dict(fields)
    return {name: value for name, value in fields.items() if name not in known or known[name] != value}
