"""The whole queue beside a simple model of it, which is switched on and off and compared whenever all is at rest."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from aniworld_dl.config import Settings
from aniworld_dl.errors import AniworldDlError
from aniworld_dl.model import Action, HoldReason, Status
from aniworld_dl.queue.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.unit.queue.damaged import counted_up
from tests.unit.queue.desk import Desk, open_desk
from tests.unit.queue.power import Disk, InlineExecutor, open_store, rest

if TYPE_CHECKING:
    from collections.abc import Coroutine

Q, D, P = Status.QUEUED, Status.DOWNLOADING, Status.PAUSED
DONE, F, X = Status.COMPLETED, Status.FAILED, Status.CANCELLED

MOVES: Final = {Q: {D, P, X}, D: {Q, P, DONE, F, X}, P: {Q, X}, F: {Q, X}, X: {Q}, DONE: set()}
"""The allowed moves, written down once more."""
STARTS: Final = {status: {D} for status in (P, F, X)}
"""Moves that are two in one transaction: started by a user."""
ACTIONS: Final = {
    Action.PAUSE: ({Q, D}, P),
    Action.RESUME: ({P}, Q),
    Action.CANCEL: ({Q, D, P, F}, X),
    Action.RETRY: ({F, X}, Q),
    Action.REPAIR: ({F}, Q),
}
RETRIED: Final = {HoldReason.RETRY_BACKOFF, HoldReason.NEEDS_PERSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the model knows of an episode."""

    job: int
    status: Status
    attempt: int = 0
    reason: HoldReason | None = None
    """Why it is held, if it is."""
    until: float | None = None

    @property
    def held(self) -> bool:
        return self.reason is not None


@cache
def empty_database() -> bytes:
    """Return a database of the present schema, with nothing in it."""

    async def make(path: Path) -> bytes:
        await (await SqliteStore.open(path)).aclose()
        return path.read_bytes()

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(make(Path(folder) / "queue.db"))


def read(connection: sqlite3.Connection) -> dict[int, Row]:
    """Return what the file says of every episode."""
    query = "SELECT id, job_id, status, attempt, hold_reason, hold_until FROM episodes"
    rows = connection.execute(query).fetchall()
    return {
        number: Row(job=job, status=Status(status), attempt=attempt, reason=reason and HoldReason(reason), until=until)
        for number, job, status, attempt, reason, until in rows
    }


class QueueWorld(RuleBasedStateMachine):
    """The real queue around a fake runner, on a disk whose power may fail; `model` says how each episode must stand."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="queue-machine-")
        self.runner = asyncio.Runner()
        self.loop = self.runner.get_loop()
        self.model: dict[int, Row] = {}
        self.addresses = itertools.count()
        self.slots = 3
        self.paused = False
        self.clock = FakeClock()
        self.waiting: list[asyncio.Task[Any]] = []
        self.wrong: list[str] = []

    # -------------------------------------------------------------------------------------------------- power on, off

    @initialize(slots=st.integers(0, 4))
    def switch_on(self, slots: int) -> None:
        path = Path(self.folder.name) / "0" / "queue.db"
        path.parent.mkdir()
        path.write_bytes(empty_database())
        self.loop.set_default_executor(InlineExecutor())
        self.slots = slots
        self.boot(Disk(path))

    def boot(self, disk: Disk, possible: list[Any] | None = None) -> None:
        """Start on a disk as the engine does; it must hold one of the possible contents."""
        self.disk = disk
        self.look = sqlite3.connect(disk.path)
        self.model = disk.committed = read(self.look)
        disk.on_commit = self.on_commit
        assert possible is None or self.model in possible
        self.runner.run(self.start())

    async def start(self) -> None:
        self.stack = AsyncExitStack()
        store = open_store(self.disk)
        self.paused = bool(await store.get_meta("queue_paused"))
        for row in await store.requeue_interrupted(now=self.clock.time()):
            self.model[row.id] = replace(self.model[row.id], status=Q, reason=None, until=None)
        settings = Settings(download_dir=Path(self.folder.name), data_dir=Path(self.folder.name))
        # nothing is known of the space, so that whoever holds back for lack of it lets nobody in by itself
        desk = open_desk(settings, slots=self.slots, space=lambda _: None, store=store, clock=self.clock)
        self.desk: Desk = await self.stack.enter_async_context(desk)
        self.desk.announcer.queue_paused = self.paused
        self.desk.supervisor.set_open(not self.paused)
        await rest()

    async def switch_off(self) -> None:
        """End everything in memory; what is still being written comes too late for the copy."""
        for task in self.waiting:
            task.cancel()
        self.desk.runner.stubborn.set()
        await asyncio.gather(*self.waiting, return_exceptions=True)
        self.waiting.clear()
        await self.stack.aclose()
        self.look.close()

    def on_commit(self) -> dict[int, Row]:
        """Look at what is written: each transaction makes allowed moves only."""
        now, before = read(self.look), self.disk.committed
        for number in now.keys() & before.keys():
            old, new = before[number], now[number]
            if new.status is not old.status and new.status not in MOVES[old.status] | STARTS.get(old.status, set()):
                self.wrong.append(f"{number}: {old} -> {new}")
            if new.attempt != old.attempt + (old.status is not D and new.status is D):
                self.wrong.append(f"{number}: {old} -> {new}: an attempt was not counted")
        return now

    def teardown(self) -> None:
        self.runner.run(self.switch_off())
        self.loop.set_default_executor(ThreadPoolExecutor(1))  # it is waited for at the end
        self.runner.close()
        self.folder.cleanup()

    # ------------------------------------------------------------------------------------------------ doing, comparing

    def do(self, work: Coroutine[Any, Any, Any], model: dict[int, Row] | None = None) -> Any:
        """Begin `work` and let everything come to rest; `model` is what must be true then, but for what starts."""

        async def begun() -> asyncio.Task[Any]:
            task = self.loop.create_task(work)
            await rest()
            return task

        task = self.runner.run(begun())
        if not task.done():
            self.waiting.append(task)
        if model is not None:
            self.model = model
        if self.disk.copy is not None:
            self.reboot(self.disk.copy)
        else:
            self.compare()
        if not task.done() or task.cancelled():
            return None
        error = task.exception()
        if error is not None and not isinstance(error, AniworldDlError):
            raise error
        return error or task.result()

    def reboot(self, copy: Path) -> None:
        """Go on with what the disk held when the power failed: the last commit, or the one that was under way."""
        possible = self.disk.possible
        self.runner.run(self.switch_off())
        self.boot(Disk(copy), possible)
        self.compare()

    def compare(self) -> None:
        """Check everything that must hold when all is at rest."""
        rows, desk = read(self.look), self.desk
        assert self.wrong == []
        for number, row in rows.items():
            expected = self.model[number]
            if row.status is D and expected.status is Q and not expected.held:
                expected = replace(expected, status=D, attempt=expected.attempt + 1)
                assert desk.slots.held <= self.slots, "started beyond the slots"
            assert row == expected, number
        assert rows.keys() == self.model.keys()
        self.model = rows
        tasks = [task for task in asyncio.all_tasks(self.loop) if task.get_name().startswith("episode-")]
        assert desk.slots.held == len(tasks), "a slot without a task, or a task without a slot"
        running = {number for number, row in rows.items() if row.status is D}
        cleaning_up = desk.runner.running - running
        assert cleaning_up == set() or not desk.runner.stubborn.is_set()
        assert running <= {int(task.get_name().removeprefix("episode-")) for task in tasks}
        ready = [number for number, row in rows.items() if row.status is Q and not row.held]
        assert not ready or self.paused or desk.slots.held >= self.slots, "a free slot, and something that could run"
        assert counted_up(self.look)
        self.runner.run(self.compare_reasons(running))

    async def compare_reasons(self, running: set[int]) -> None:
        """Whatever waits says why; what is told to run does."""
        for job in (await self.desk.store.jobs(limit=100)).items:
            view = self.desk.announcer.view_job(job)
            assert (view["reason"] is not None) == (job.status in {Q, P}), view
            for episode in (await self.desk.store.episodes(job.id, limit=100)).items:
                view = self.desk.announcer.view_episode(episode)
                assert (view["reason"] is not None) == (episode.status in {Q, P}), view
                assert (view["phase"] is not None) == (episode.id in running)
        assert self.desk.announcer.stats()["running"] == len(running)

    def moved(self, numbers: set[int], before: set[Status], after: Status) -> dict[int, Row]:
        """Return the model with those of the episodes moved that may."""
        changed = {
            number: replace(row, status=after, reason=None, until=None)
            for number, row in self.model.items()
            if number in numbers and row.status in before
        }
        return self.model | changed

    def acted(self, numbers: set[int], action: Action) -> dict[int, Row]:
        """Return the model after an action on these episodes. Retry also lets go on what waits for that."""
        model = self.moved(numbers, *ACTIONS[action])
        if action is not Action.RETRY:
            return model
        freed = {number: row for number, row in model.items() if number in numbers and row.reason in RETRIED}
        return model | {number: replace(row, reason=None, until=None) for number, row in freed.items()}

    def nth(self, nth: int, among: list[int]) -> int | None:
        return among[nth % len(among)] if among else None

    def running(self) -> list[int]:
        """Return the episodes whose work goes on and can end."""
        ends = self.desk.runner._ends
        return sorted(
            n for n in self.desk.runner.running if n in self.model and self.model[n].status is D and not ends[n].done()
        )

    def jobs(self) -> list[int]:
        return sorted({row.job for row in self.model.values()})
