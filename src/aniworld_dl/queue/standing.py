"""Standing wishes: completed episodes that wait for a better language, which is swapped in when it appears."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.chains import chain_of
from aniworld_dl.clock import wait_for
from aniworld_dl.errors import AniworldDlError, FileGoneError, NotFoundError, StorageError
from aniworld_dl.logs import get_logger, log_about
from aniworld_dl.model import Taken
from aniworld_dl.queue.archive import UNDO_S
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.results import Changed
from aniworld_dl.queue.rows import cursor_of, episode_of, json_list, place_of_cursor, standing_json, taken_column
from aniworld_dl.queue.segments import record_of
from aniworld_dl.queue.store import Page
from aniworld_dl.queue.version_views import standing_item
from aniworld_dl.queue.versions import after_look, better_than, longest_pause_s, waiting_again, wish_of
from aniworld_dl.queue.views import page_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Limiter
    from aniworld_dl.model import Episode, Job, Selection
    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.shelving import Finished
    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.throttles import Throttles
    from aniworld_dl.queue.tools import Runner
    from aniworld_dl.queue.transitions import Transitions

_LONGEST_REST_S: Final = 60.0
"""How long wishes are left alone at most: the system's time may be set anew meanwhile."""

_log = get_logger(__name__)


class StandingWishes:
    """Looks for what is waited for, one after the other, each in a slot of the queue. Begins closed.

    While nothing may start, nothing is looked for; what was under way then goes on later with what it has.
    """

    def __init__(
        self,
        *,
        store: SqliteStore,
        transitions: Transitions,
        runner: Runner,
        slots: Limiter,
        throttles: Throttles,
        clock: Clock,
        settings: Callable[[], Settings],
    ) -> None:
        self._store = store
        self._transitions = transitions
        self._runner = runner
        self._slots = slots
        self._throttles = throttles
        self._clock = clock
        self._settings = settings
        self._changed = asyncio.Event()
        self._open = False
        self._current: tuple[int, asyncio.Task[None]] | None = None

    def set_open(self, is_open: bool) -> None:
        """Look for what is waited for from now on, or stop that."""
        self._open = is_open
        if not is_open and self._current is not None:
            self._current[1].cancel()
        self._changed.set()

    def changed(self) -> None:
        """Look again at what is waited for: something new is."""
        self._changed.set()

    # ------------------------------------------------------------------------------------------------------ asking

    async def page(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of the standing wishes, the next to be looked after first.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        next_at, last_id = place_of_cursor(cursor, 2) if cursor is not None else (-1.0, 0)
        read = self._store.database.read
        rows = await read("standing_page", next_at=next_at, id=last_id, limit=limit + 1)
        (total,) = await read("standing_total")
        more = None
        if len(rows) > limit:
            last = episode_of(rows[limit - 1])
            assert last.standing is not None  # the query says so
            more = cursor_of(float(last.standing.next_at), last.id)
        items = tuple((episode_of(row), str(row["anime_title"])) for row in rows[:limit])
        return page_view(Page(items=items, next_cursor=more, total=total["total"]), lambda each: standing_item(*each))

    async def begin(self, episode_id: int) -> None:
        """Let an episode wait for a better language, and look for it at once; one that waits already is looked for too.

        Raises:
            NotFoundError: there is no such episode, or none that came in another language than the best.
        """
        episode = await self._store.episode(episode_id)
        job = None if episode is None else await self._store.job(episode.job_id)
        standing = None
        if episode is not None and job is not None:
            standing = waiting_again(self._settings(), job, episode, now=self._clock.time())
        if standing is None:
            raise NotFoundError(what="better version for episode", id=episode_id)
        await self._write("begin_standing", id=episode_id, standing=standing_json(standing))
        self.changed()

    async def end(self, selection: Selection) -> int:
        """End the standing wishes of these jobs and episodes, and stop what is under way for them; return how many."""
        ended = await self._write(
            "end_standing", episodes=json_list(selection.episodes), jobs=json_list(selection.jobs)
        )
        for episode in ended:
            if self._current is not None and self._current[0] == episode.id:
                self._current[1].cancel()
                await asyncio.wait([self._current[1]])
            await self._discard(episode)
        return len(ended)

    # ----------------------------------------------------------------------------------------------------- looking

    async def run(self) -> None:
        """Look for each in time, until cancelled."""
        while True:
            self._changed.clear()
            now = self._clock.time()
            due = await self._store.database.read("due_standing", now=now, limit=1) if self._open else []
            found = await self._store.database.read("next_standing") if self._open and not due else []
            if found and found[0]["next_at"] > now + longest_pause_s(self._settings()):
                # put so far away by a clock that was wrong
                due = await self._store.database.read("due_standing", now=found[0]["next_at"], limit=1)
            if due:
                await self._attend(episode_of(due[0]))
                continue
            wait_s = min(max(found[0]["next_at"] - now, 0.0), _LONGEST_REST_S) if found else None
            await wait_for(self._changed, self._clock, wait_s)

    async def _attend(self, episode: Episode) -> None:
        task = asyncio.create_task(self._look(episode), name=f"standing-{episode.id}")
        self._current = (episode.id, task)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._current = None
        if not task.cancelled():
            task.result()  # a failure of the queue's own

    async def _look(self, episode: Episode) -> None:
        job = await self._store.job(episode.job_id)
        if job is None or episode.standing is None:
            return  # removed a moment ago
        if not episode.standing.wanted:
            await self._discard(episode)
            await persist(lambda: self._write("set_standing", id=episode.id, standing=None), self._clock)
            return
        with log_about(job_id=job.id, episode_id=episode.id):
            await self._improve(episode, job)

    async def _improve(self, episode: Episode, job: Job) -> None:
        live = LiveEpisode(episode, self._clock)
        async with self._slots.slot():
            with self._throttles.of(job, episode) as throttle:
                found = await contain(self._runner.improve(live, job, throttle, _Swap(self, live, job)))
        if found is not True:
            error = found if isinstance(found, AniworldDlError) else None
            await persist(lambda: self._note(episode, error), self._clock)

    async def _note(self, episode: Episode, error: AniworldDlError | None) -> None:
        """Write down a look that was in vain."""
        standing = episode.standing
        assert standing is not None  # it was looked for
        left = None
        if not isinstance(error, FileGoneError | NotFoundError):
            info = None if error is None else error.info()
            left = after_look(standing, self._settings(), info, now=self._clock.time(), chance=self._clock.random())
        _log.info("standing_looked", left=left is not None)
        if left is None:
            await self._discard(episode)
        await self._write("set_standing", id=episode.id, standing=standing_json(left))

    async def _discard(self, episode: Episode) -> None:
        """Delete what has been fetched for a wish that ends. What cannot be deleted stops nothing else."""
        try:
            await self._runner.discard_better(episode)
        except StorageError as error:
            _log.warning("work_kept", code=error.code, reason=str(error))

    async def note_swap(self, live: LiveEpisode, job: Job, finished: Finished) -> None:
        """Write down that a better file has taken the place of an episode's."""
        taken = finished.taken or Taken()
        standing = live.episode.standing
        assert standing is not None  # it was looked for
        better = better_than(wish_of(self._settings(), job.language, job.provider), taken)
        # what is fulfilled ends when the work is thrown away, also when a crash comes between
        left = replace(standing, wanted="", next_at=self._clock.time(), error=None)
        if better.names and taken.instead_of_language is not None:
            now, chance = self._clock.time(), self._clock.random()
            waits = replace(standing, wanted=better.text or standing.wanted, looks=0)
            left = after_look(waits, self._settings(), None, now=now, chance=chance) or left
        segments = await record_of(live)
        await self._write(
            "note_swap",
            id=live.episode.id,
            taken=taken_column(taken),
            standing=standing_json(left),
            bytes_downloaded=live.bytes_downloaded,
            total_bytes=live.total_bytes,
        )
        await self._store.database.change("keep_segment_map", ids=json_list([live.episode.id]), tracks=segments)
        _log.info("standing_swapped", language=taken.language)

    async def begin_swap(self, episode: Episode) -> int:
        """Return the number under which the trash keeps the file that is replaced.

        Raises:
            NotFoundError: the episode is not there any more, or waits for nothing.
        """
        now = await self._store.episode(episode.id)
        if now is None or now.standing is None:
            raise NotFoundError(what="standing wish of episode", id=episode.id)
        at = self._clock.time()
        folder = str(self._settings().download_dir)
        rows = await self._store.database.change("add_swapped", folder=folder, now=at, until=at + UNDO_S)
        return int(rows[0]["id"])

    async def _write(self, query: str, **values: Any) -> Sequence[Episode]:
        async def change() -> Changed:
            rows: list[Row] = await self._store.database.change(query, **values)
            episodes = tuple(map(episode_of, rows))
            return Changed(jobs=frozenset(each.job_id for each in episodes), episodes=episodes)

        return (await self._transitions.carry_out(change)).episodes


class _Swap:
    """What becomes of the better file of one episode."""

    def __init__(self, wishes: StandingWishes, live: LiveEpisode, job: Job) -> None:
        assert live.episode.standing is not None  # it is looked for
        self.wanted = chain_of(live.episode.standing.wanted)
        self._wishes = wishes
        self._live = live
        self._job = job

    async def begin(self) -> int:
        """Return the number under which the trash keeps the file there is."""
        return await self._wishes.begin_swap(self._live.episode)

    async def done(self, finished: Finished) -> None:
        """Write down that the better file has the name."""
        await self._wishes.note_swap(self._live, self._job, finished)
