"""What has ended: searched and paged over all jobs, told attempt by attempt, and forgotten when there is too much."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import Steadiness, wait_for
from aniworld_dl.errors import NotFoundError
from aniworld_dl.logs import get_logger
from aniworld_dl.model import ENDED, Status
from aniworld_dl.queue import history_views as views
from aniworld_dl.queue.attempts import attempt_of
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.results import Changed
from aniworld_dl.queue.rows import cursor_of, episode_of, json_list, place_of_cursor, title_key
from aniworld_dl.queue.store import Page
from aniworld_dl.queue.views import page_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.model import Attempt, Episode
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.transitions import Transitions

_SWEPT_EVERY_S: Final = 60.0
_DAY_S: Final = 86_400.0
_NEVER: Final = float("inf")
_JOBS_A_SWEEP: Final = 100
_EPISODES_A_SWEEP: Final = 1000
"""What is forgotten in one transaction: so many, or one job."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An ended episode, what its job wished for, and its last attempt if there was one."""

    episode: Episode
    anime_title: str
    language: str | None
    provider: str | None
    last_attempt: Attempt | None


class History:
    """Reads what has ended, and keeps of it what `history_days` and `history_count` allow."""

    def __init__(
        self, *, database: Database, transitions: Transitions, clock: Clock, settings: Callable[[], Settings]
    ) -> None:
        self._database = database
        self._transitions = transitions
        self._clock = clock
        self._steadiness = Steadiness(clock)
        self._settings = settings
        self._changed = asyncio.Event()

    # ----------------------------------------------------------------------------------------------------- reading

    async def timeline(self, episode_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of an episode's attempts that have ended, the first one first.

        Raises:
            NotFoundError: there is no such episode.
            RequestInvalidError: the cursor is not one that this method gave.
        """
        (after,) = place_of_cursor(cursor, 1) if cursor is not None else (0,)
        if not await self._database.read("episode", id=episode_id):
            raise NotFoundError(what="episode", id=episode_id)
        rows = await self._database.read("timeline", episode_id=episode_id, number=after, limit=limit + 1)
        total = await self._database.read("timeline_total", episode_id=episode_id)
        items = tuple(map(attempt_of, rows[:limit]))
        more = cursor_of(items[-1].number) if len(rows) > limit else None
        return page_view(Page(items=items, next_cursor=more, total=total[0]["total"]), views.attempt_view)

    async def page(
        self, *, statuses: frozenset[Status] | None, q: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Return a page of the ended episodes of all jobs, the latest first.

        Only those with one of `statuses`, whose job's title or whose path contains `q`, whatever the case.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        completed_at, last_id = place_of_cursor(cursor, 2) if cursor is not None else (_NEVER, 0)
        chosen, key = ENDED if statuses is None else statuses & ENDED, title_key(q or "")
        place = {"completed_at": completed_at, "id": last_id, "limit": limit + 1}
        found: list[Row] = []
        for status in chosen:  # each from its own stretch of the index
            found += await self._database.read("history_page", status=status, q=key, **place)
        found.sort(key=lambda row: (row["completed_at"], row["id"]), reverse=True)
        rows = found[:limit]
        items = _items(rows, await self._last_attempts(rows))
        more = cursor_of(rows[-1]["completed_at"], rows[-1]["id"]) if len(found) > limit else None
        total = await self._total(chosen, key)
        return page_view(Page(items=items, next_cursor=more, total=total), views.ended_view)

    async def _last_attempts(self, rows: Sequence[Row]) -> dict[int, Attempt]:
        found = await self._database.read("last_attempts", ids=json_list(row["id"] for row in rows))
        return {row["episode_id"]: attempt_of(row) for row in found}

    async def _total(self, statuses: frozenset[Status], key: str) -> int:
        if key:
            found = [await self._database.read("history_total", status=status, q=key) for status in statuses]
            return sum(rows[0]["total"] for rows in found)
        (counts,) = await self._database.read("counts")
        return sum(int(counts[status.value]) for status in statuses)

    # -------------------------------------------------------------------------------------------------- forgetting

    def changed(self) -> None:
        """Look at once whether there is too much: the settings are others now."""
        self._changed.set()

    async def run(self) -> None:
        """Forget what is too much, until cancelled."""
        while True:
            self._changed.clear()
            await persist(self.sweep, self._clock)
            await wait_for(self._changed, self._clock, _SWEPT_EVERY_S)

    async def sweep(self) -> int:
        """Forget the jobs that ended too long ago, or before enough others; return how many. Files stay."""
        count = 0
        while batch := _batch(await self._too_old()) or await self._too_many():
            forgotten = await self._forget(batch)
            if not forgotten:  # all of it was started again just now
                break
            count += forgotten
        if count:
            _log.info("history_forgotten", jobs=count)
        return count

    async def _too_old(self) -> list[Row]:
        days = self._settings().history_days
        if days is None or not self._steadiness.holds():
            return []
        return await self._oldest(self._clock.time() - days * _DAY_S)

    async def _too_many(self) -> list[Row]:
        """Return jobs without which there is still as much as may be kept."""
        most = self._settings().history_count
        if most is None:
            return []
        (kept,) = await self._database.read("kept_episodes")
        spare = int(kept["episodes"]) - most
        return _batch(await self._oldest(_NEVER), spare) if spare > 0 else []

    async def _oldest(self, before: float) -> list[Row]:
        return await self._database.read("oldest_ended_jobs", before=before, limit=_JOBS_A_SWEEP)

    async def _forget(self, jobs: Sequence[Row]) -> int:
        ids, latest = json_list(job["id"] for job in jobs), jobs[-1]["last_ended_at"]

        async def change() -> Changed:
            rows = await self._database.change("forget_jobs", ids=ids, latest=latest)
            return Changed(jobs=frozenset(row["id"] for row in rows))

        return len((await self._transitions.carry_out(change)).jobs)


def _items(rows: Sequence[Row], attempts: Mapping[int, Attempt]) -> tuple[Ended, ...]:
    return tuple(
        Ended(
            episode=episode_of(row),
            anime_title=row["anime_title"],
            language=row["language"],
            provider=row["provider"],
            last_attempt=attempts.get(row["id"]),
        )
        for row in rows
    )


def _batch(jobs: Sequence[Row], spare: float = float("inf")) -> list[Row]:
    """Return the first jobs: what one transaction takes, with at most `spare` episodes."""
    batch: list[Row] = []
    episodes = 0
    for job in jobs:
        episodes += job["episodes"]
        if episodes > spare or (batch and episodes > _EPISODES_A_SWEEP):
            break
        batch.append(job)
    return batch
