"""Runs of a file: every piece has one owner, whatever happens in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aniworld_dl.media.download.file_runs import FileRuns, expected_s

if TYPE_CHECKING:
    from aniworld_dl.media.download.file_runs import Run


def spans(runs: FileRuns) -> list[tuple[int, int]]:
    return sorted((run.next, run.stop) for run in runs.owned)


def test_the_first_gets_everything_and_the_next_ones_the_back_halves() -> None:
    runs = FileRuns(range(16))
    for _ in range(4):
        runs.take()
    assert spans(runs) == [(0, 4), (4, 8), (8, 12), (12, 16)]


def test_what_is_missing_in_between_makes_several_runs_the_longest_first() -> None:
    runs = FileRuns([0, 1, 5, 6, 7, 9])
    assert [(run.next, run.stop) for run in (runs.take(), runs.take(), runs.take()) if run] == [(5, 8), (0, 2), (9, 10)]


def test_the_piece_under_way_is_nobody_elses() -> None:
    runs = FileRuns([3])
    assert runs.take() is not None
    assert runs.take() is None


def test_the_run_that_lasts_longest_is_shared_so_that_both_end_together() -> None:
    """The slow one has fewer pieces left and would still last longer; a fast one takes all but its share."""
    runs = FileRuns([*range(10), *range(20, 50)])
    long, short = runs.take(), runs.take()
    assert long
    assert short
    long.rate, short.rate = 30.0, 0.1
    taken = runs.take(9.9)
    assert taken
    assert (short.next, short.stop, taken.next, taken.stop) == (0, 1, 1, 10)


def test_a_run_of_unknown_rate_is_shared_before_one_that_moves() -> None:
    runs = FileRuns([*range(10), *range(20, 50)])
    known, unknown = runs.take(), runs.take()
    assert known
    assert unknown
    known.rate = 0.001
    assert expected_s(unknown) > expected_s(known)
    taken = runs.take()
    assert taken
    assert taken.stop == 10


def test_what_is_not_worth_it_is_left_to_its_owner() -> None:
    runs = FileRuns(range(10))
    runs.take()
    assert runs.take(is_worth=lambda _: False) is None


def test_what_is_given_back_is_free_from_where_it_stands() -> None:
    runs = FileRuns(range(10))
    run = runs.take()
    assert run
    run.next = 4
    runs.give_back(run)
    again = runs.take()
    assert again
    assert (again.next, again.stop) == (4, 10)
    again.next = 10
    runs.give_back(again)
    assert runs.is_empty


class Owners(RuleBasedStateMachine):
    """Takes, passes and gives back in any order; `done` has every piece that an owner has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = FileRuns([])
        self.missing: set[int] = set()
        self.done: list[int] = []
        self.held: list[Run] = []

    @precondition(lambda self: not self.missing)
    @rule(missing=st.sets(st.integers(0, 60), min_size=1))
    def begin(self, missing: set[int]) -> None:
        self.runs, self.missing = FileRuns(missing), missing

    @rule(rate=st.none() | st.floats(0.01, 100))
    def take(self, rate: float | None) -> None:
        run = self.runs.take(rate)
        if run is not None:
            assert not run.is_over
            self.held.append(run)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), rate=st.none() | st.floats(0.0, 100))
    def store(self, data: st.DataObject, rate: float | None) -> None:
        run = data.draw(st.sampled_from(self.held))
        run.rate = rate
        if not run.is_over:
            self.done.append(run.next)
            run.next += 1

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(self.held))
        self.held.remove(run)
        self.runs.give_back(run)

    @invariant()
    def nobody_shares_a_piece(self) -> None:
        held = [index for run in self.held for index in range(run.next, run.stop)]
        assert len(held) == len(set(held))
        assert not set(held).intersection(self.done)
        assert len(self.done) == len(set(self.done))
        assert set(held).union(self.done) <= self.missing

    def teardown(self) -> None:
        """Whoever is left fetches the rest: then everything is there, each piece once."""
        for run in self.held:
            self.runs.give_back(run)
        while rest := self.runs.take():
            self.done.extend(range(rest.next, rest.stop))
            rest.next = rest.stop
            self.runs.give_back(rest)
        assert self.runs.is_empty
        assert sorted(self.done) == sorted(self.missing)


TestOwners = Owners.TestCase


@given(
    count=st.integers(1, 400), workers=st.integers(1, 16), rates=st.lists(st.floats(0.1, 50), min_size=16, max_size=16)
)
def test_workers_of_any_speed_end_together(count: int, workers: int, rates: list[float]) -> None:
    """In steps of time: the last one ends at most two of its pieces after the work divided by the speed of all."""
    runs, now = FileRuns(range(count)), 0.0
    held: dict[int, Run] = {}
    ready_at = dict.fromkeys(range(workers), 0.0)
    while not runs.is_empty:
        worker = min(ready_at, key=lambda each: ready_at[each])
        now = ready_at[worker]
        if worker in held:
            held[worker].next += 1
            if held[worker].is_over:
                runs.give_back(held.pop(worker))
        if worker not in held:
            taken = runs.take(rates[worker])
            if taken is None:
                del ready_at[worker]
                continue
            taken.rate = rates[worker]
            held[worker] = taken
        ready_at[worker] = now + 1 / rates[worker]
    ideal_s = count / sum(rates[:workers])
    assert now <= ideal_s + 2 / min(rates[:workers])
