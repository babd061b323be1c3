"""The whole queue against a simple model: random actions, endings and crashes, and what must hold after each of them.

`--hypothesis-profile=thorough` takes twenty times as many steps, other ones in each run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from aniworld_dl.errors import HttpStatusError, MoveRefusedError
from aniworld_dl.model import Action, EpisodeRef, Hold, HoldReason, JobRequest, Selection
from aniworld_dl.queue.store import Details
from tests.unit.queue.power import Disk
from tests.unit.queue.world import ACTIONS, DONE, D, F, P, Q, QueueWorld, Row, X, read

BROKEN: Final = HttpStatusError(host="example.org", status=404, url="https://example.org", retry_after_s=None)
NTH = st.integers(0, 20)


class QueueMachine(QueueWorld):
    """Each rule does something to the real queue and to the model, then lets all come to rest and compares."""

    @rule(count=st.integers(1, 4), priority=st.integers(-1, 1), paused=st.booleans())
    def add(self, count: int, priority: int, *, paused: bool) -> None:
        if len(self.model) > 16:
            return
        refs = tuple(EpisodeRef(url=f"https://example.org/{next(self.addresses)}") for _ in range(count))
        request = JobRequest(anime_title="Series", episodes=refs, priority=priority, paused=paused)
        before = len(self.model)
        disk = self.disk

        async def added() -> None:
            added = await self.desk.transitions.add_job(request, frozenset())
            assert added.created
            first = max(read(self.look), default=0) - count + 1
            new = Row(job=added.job.id, status=P if paused else Q)
            if disk is self.disk:
                self.model = self.model | dict.fromkeys(range(first, first + count), new)
            self.desk.supervisor.wake()

        self.do(added())
        if disk is self.disk:
            assert len(self.model) == before + count

    @rule(nth=NTH, action=st.sampled_from(list(ACTIONS)))
    def act_on_episode(self, nth: int, action: Action) -> None:
        if (number := self.nth(nth, sorted(self.model))) is None:
            return
        status, (before, after) = self.model[number].status, ACTIONS[action]
        disk = self.disk
        result = self.do(self.desk.control.act_on_episode(number, action), self.acted({number}, action))
        if disk is self.disk:
            assert isinstance(result, MoveRefusedError) == (status not in before and status is not after)

    @rule(nth=NTH, action=st.sampled_from(list(ACTIONS)))
    def act_on_job(self, nth: int, action: Action) -> None:
        if (job := self.nth(nth, self.jobs())) is None:
            return
        episodes = {number for number, row in self.model.items() if row.job == job}
        self.do(self.desk.control.act_on_job(job, action), self.acted(episodes, action))

    @rule(nth=NTH)
    def remove(self, nth: int) -> None:
        if (job := self.nth(nth, self.jobs())) is not None:
            left = {number: row for number, row in self.model.items() if row.job != job}
            self.do(self.desk.control.remove(Selection.of(jobs=[job])), left)

    @rule(nth=NTH)
    def start_now(self, nth: int) -> None:
        """Start an episode beyond the slots, held or paused as it may be."""
        if (number := self.nth(nth, sorted(self.model))) is None:
            return
        row = self.model[number]
        started = replace(row, status=D, attempt=row.attempt + 1, reason=None, until=None)
        changed = {number: started} if row.status in {Q, P, F, X} else {}
        self.do(self.desk.control.act(Selection.of(episodes=[number]), Action.START), self.model | changed)

    @rule(slots=st.integers(0, 4))
    def resize(self, slots: int) -> None:
        async def resize() -> None:
            self.slots = slots
            self.desk.slots.resize(slots)

        self.do(resize())

    @rule(nth=NTH, well=st.booleans())
    def end(self, nth: int, *, well: bool) -> None:
        if not self.desk.runner.stubborn.is_set() or (number := self.nth(nth, self.running())) is None:
            return

        async def end() -> None:
            self.desk.runner.end(number, None if well else BROKEN)

        self.do(end(), self.moved({number}, {D}, DONE if well else F))

    @rule(nth=NTH, reason=st.sampled_from(HoldReason), delay=st.none() | st.integers(1, 200))
    def hold(self, nth: int, reason: HoldReason, delay: int | None) -> None:
        """Put a running episode back for a while, as a retry does."""
        if (number := self.nth(nth, self.running())) is None:
            return
        until = None if delay is None else self.clock.time() + delay

        async def hold() -> None:
            details = Details(hold=Hold(reason=reason, until=until))
            await self.desk.transitions.move_episode(number, Q, details=details)
            await self.desk.supervisor.stop([number])
            self.desk.holds.changed()
            self.desk.supervisor.wake()

        row = replace(self.model[number], status=Q, reason=reason, until=until)
        self.do(hold(), self.model | {number: row})

    @rule(reason=st.sampled_from(HoldReason))
    def end_holds(self, reason: HoldReason) -> None:
        held = self.runner.run(self.desk.store.held(reason, 100))
        freed = {row.id: replace(self.model[row.id], reason=None, until=None) for row in held}

        async def end_holds() -> None:
            await self.desk.transitions.end_holds_of(reason, list(freed))
            self.desk.supervisor.wake()

        self.do(end_holds(), self.model | freed)

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        async def wait() -> None:
            self.clock.advance(seconds)

        now = self.clock.time() + seconds
        freed = {n for n, row in self.model.items() if row.held and row.until is not None and row.until <= now}
        self.do(wait(), self.model | {n: replace(self.model[n], reason=None, until=None) for n in freed})

    @rule(paused=st.booleans())
    def pause_queue(self, *, paused: bool) -> None:
        """What the engine does."""
        desk = self.desk

        async def pause() -> None:
            await desk.store.set_meta("queue_paused", paused)
            desk.supervisor.set_open(not paused)
            if paused:
                await desk.control.interrupt_all()
            await desk.announcer.tell_queue_paused(paused)

        self.paused = paused
        self.do(pause(), self.moved(set(self.model), {D}, Q) if paused else None)

    @rule()
    def hold_clean_up(self) -> None:
        """From now on what is stopped takes its time."""
        self.desk.runner.stubborn.clear()

    @rule()
    def clean_up(self) -> None:
        async def clean_up() -> None:
            self.desk.runner.stubborn.set()

        self.do(clean_up())
        self.waiting = [task for task in self.waiting if not task.done()]
        assert self.waiting == []

    @rule(moments=st.integers(0, 25), cut=st.floats(0, 1))
    def fail_soon(self, moments: int, cut: float) -> None:
        """Let the power fail between two of the next writes."""
        self.disk.arm(moments, cut)

    @rule()
    def restart(self) -> None:
        """Stop and start again, as on a signal."""
        if self.disk.copy is None:
            self.disk.disarm()
            self.runner.run(self.switch_off())
            self.boot(Disk(self.disk.path))
            self.compare()

    @rule()
    def fail(self) -> None:
        """Let the power fail while nothing is written."""
        if self.disk.copy is None:  # else it has failed since the last step
            self.disk.fail()
        assert self.disk.copy is not None
        self.reboot(self.disk.copy)


@pytest.fixture
def never_blocks() -> None:
    """Here the database is read and written in the loop, on purpose (see `power.py`)."""


TestQueue = QueueMachine.TestCase
TestQueue.settings = hypothesis.settings(stateful_step_count=50)
pytestmark = pytest.mark.timeout(600)
