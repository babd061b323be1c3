"""The real store against the one in memory: any sequence of calls leads both to the same rows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aniworld_dl.model import EVERYTHING, Hold, HoldReason, Selection, Status, may_move
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, WALL, refs, request
from tests.fakes.databases import new_store
from tests.fakes.store import MemoryStore

if TYPE_CHECKING:
    from aniworld_dl.model import Episode

STATUSES = st.sampled_from(Status)
SOME_STATUSES = st.none() | st.frozensets(STATUSES)
DETAILS = st.builds(
    Details,
    percentage=st.none() | st.floats(min_value=0, max_value=100),
    bytes_downloaded=st.none() | st.integers(min_value=0, max_value=10**12),
    error=st.none() | st.just(BROKEN),
    retries=st.none() | st.integers(min_value=0, max_value=5),
)
HOLDS = st.builds(Hold, reason=st.sampled_from(HoldReason), until=st.none() | st.integers(1, 60).map(float))
IDS = st.integers(min_value=1, max_value=9)
SOME_IDS = st.frozensets(IDS, max_size=4)
FEW_IDS = st.frozensets(IDS, max_size=2)
SELECTIONS = st.builds(Selection, jobs=SOME_IDS, episodes=SOME_IDS) | st.just(EVERYTHING)


def is_selected(selection: Selection, episode: Episode) -> bool:
    return episode.job_id in selection.jobs or episode.id in selection.episodes


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.memory = MemoryStore()
        self.now = 0.0

    @initialize()
    def open(self) -> None:
        self.sqlite = self.runner.run(new_store())

    def teardown(self) -> None:
        self.runner.run(self.sqlite.aclose())
        self.runner.close()

    def both(self, method: str, *args: Any, **named: Any) -> Any:
        """Call both and compare the results."""
        found = self.runner.run(getattr(self.sqlite, method)(*args, **named))
        assert found == self.runner.run(getattr(self.memory, method)(*args, **named))
        return found

    def tick(self) -> float:
        self.now += 1.0
        return self.now

    @rule(
        count=st.integers(min_value=1, max_value=3),
        series=st.frozensets(st.integers(min_value=0, max_value=2)),
        priority=st.integers(min_value=-1, max_value=1),
        paused=st.booleans(),
        key=st.none() | st.sampled_from("xy"),
    )
    def add(self, count: int, series: frozenset[int], priority: int, key: str | None, *, paused: bool) -> None:
        wanted = request(*"abc"[:count], priority=priority, paused=paused, idempotency_key=key)
        self.both("add_job", wanted, series_indexes=frozenset(n for n in series if n < count), now=self.tick())

    @rule(fair=st.booleans())
    def claim(self, *, fair: bool) -> None:
        claimed = self.both("claim", now=self.tick(), fair=fair)
        assert claimed is None or claimed.status is Status.DOWNLOADING

    @rule(episode=IDS)
    def start(self, episode: int) -> None:
        self.both("start", episode, now=self.tick())

    @rule(episode=IDS, hold=HOLDS)
    def hold(self, episode: int, hold: Hold) -> None:
        live = {episode: Details(hold=hold)}
        self.both("move", Selection.of(episodes=[episode]), Status.QUEUED, now=self.tick(), live=live)

    @rule()
    def end_holds(self) -> None:
        self.both("end_holds", now=self.tick())

    @rule(reason=st.sampled_from(HoldReason), episodes=st.frozensets(IDS))
    def end_holds_of(self, reason: HoldReason, episodes: frozenset[int]) -> None:
        self.both("end_holds_of", reason, episodes)

    @rule(
        selection=SELECTIONS,
        after=STATUSES,
        before=SOME_STATUSES,
        live=st.dictionaries(IDS, DETAILS, max_size=3),
    )
    def move(
        self, selection: Selection, after: Status, before: frozenset[Status] | None, live: dict[int, Details]
    ) -> None:
        moves = self.both("move", selection, after, now=self.tick(), before=before, live=live)
        for moved in moves.episodes:
            assert may_move(moved.before, after)
            assert before is None or moved.before in before
            assert moved.episode.status is after
            assert selection.everything or is_selected(selection, moved.episode)

    @rule()
    def recover(self) -> None:
        self.both("requeue_interrupted", now=self.tick())

    @rule(expansion=IDS, count=st.integers(min_value=0, max_value=3))
    def expand(self, expansion: int, count: int) -> None:
        self.both("expand", expansion, refs(*"stu"[:count]), now=self.tick())

    @rule(expansion=IDS)
    def fail_expansion(self, expansion: int) -> None:
        self.both("fail_expansion", expansion, BROKEN, now=self.tick())

    @rule(expansion=IDS)
    def hold_expansion(self, expansion: int) -> None:
        self.both("fail_expansion", expansion, WALL, now=self.tick(), held=True)

    @rule(job=IDS, priority=st.none() | st.integers(min_value=-1, max_value=1))
    def update(self, job: int, priority: int | None) -> None:
        self.both("update_job", job, priority=priority)

    @rule(selection=SELECTIONS, most=st.integers(min_value=0, max_value=3))
    def start_now(self, selection: Selection, most: int) -> None:
        moves = self.both("start_now", selection, now=self.tick(), most=most)
        started = [moved for moved in moves.episodes if moved.episode.status is Status.DOWNLOADING]
        assert len(started) <= most

    @rule(selection=st.builds(Selection, jobs=FEW_IDS, episodes=FEW_IDS))
    def remove(self, selection: Selection) -> None:
        self.both("remove", selection)

    @invariant()
    def same_everywhere(self) -> None:
        jobs = self.both("jobs", limit=5)
        for job in jobs.items:
            self.both("episodes", job.id, limit=50)
        self.both("active_jobs", 3)
        self.both("waiting_jobs", 3)
        self.both("ended_jobs", 3)
        self.both("counts")
        self.both("jobs_of_statuses", (Status.PAUSED, Status.FAILED, Status.CANCELLED))
        self.both("running_episodes")
        self.both("next_hold_end")
        self.both("jobs_by_id", range(1, 10))
        self.both("episodes_by_id", range(1, 10))
        for reason in HoldReason:
            self.both("held", reason, 4)
        self.both("pending_expansions")


TestStores = StoreMachine.TestCase
TestStores.settings = hypothesis.settings(max_examples=15, stateful_step_count=25)
pytestmark = pytest.mark.timeout(60)
