"""Who fetches which part of a plain file: runs of neighbouring pieces, each with one owner, that shrink from behind.

A run is what one connection reads in one go. Whoever has nothing to do takes the back of the run that would last
longest, so that all come to their ends together, however different the connections are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Run:
    """The pieces `[next, stop)`, of which the first is being fetched. `rate` is in pieces per second."""

    __slots__ = ("next", "rate", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.next = start
        self.stop = stop
        self.rate: float | None = None
        """Of its connection, as measured by its owner; None until something has come."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it."""
        return self.next >= self.stop

    @property
    def spare_pieces(self) -> int:
        """How many pieces after the one that is being fetched."""
        return max(self.stop - self.next - 1, 0)


class FileRuns:
    """Deals out the missing pieces of one file. Every one is in one run, or free, or done with.

    An owner counts `next` up with each piece that it is done with, and looks at `stop` before the next one.
    """

    def __init__(self, missing: Iterable[int]) -> None:
        self._free = list(_spans(missing))
        self._owned: list[Run] = []
        self._wanted: int | None = None

    @property
    def owned(self) -> tuple[Run, ...]:
        """The runs that somebody works on."""
        return tuple(self._owned)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is free or owned any more."""
        return not self._free and not self._owned

    def take(self, rate: float | None = None, *, is_worth: Callable[[Run], bool] = lambda _: True) -> Run | None:
        """Return a run for somebody whose connections make `rate` pieces per second, None when there is none.

        What is free comes first, of that the piece that is wanted, then the back of the run with the longest expected
        time; `is_worth` may say of a run that it ends too soon to be shared.
        """
        if self._free:
            start, stop = max(self._free, key=lambda span: (span[0] == self._wanted, span[1] - span[0]))
            self._free.remove((start, stop))
            return self._own(Run(start, stop))
        rich = [run for run in self._owned if run.spare_pieces and is_worth(run)]
        if not rich:
            return None
        victim = max(rich, key=expected_s)
        middle = victim.stop - _share(victim, rate)
        run = Run(middle, victim.stop)
        victim.stop = middle
        return self._own(run)

    def want(self, index: int) -> None:
        """Let whoever is free next begin at this piece. The longest run ends after its present piece, so that one is.

        Nothing happens when the piece is being fetched, or is done with.
        """
        if any(run.next == index and not run.is_over for run in self._owned):
            return
        for run in self._owned:
            if run.next < index < run.stop:
                self._free.append((index, run.stop))
                run.stop = index
        for start, stop in [span for span in self._free if span[0] < index < span[1]]:
            self._free.remove((start, stop))
            self._free += [(start, index), (index, stop)]
        if all(start != index for start, _ in self._free):
            return
        self._wanted = index
        longest = max(self._owned, key=lambda run: run.spare_pieces, default=None)
        if longest is not None and longest.spare_pieces:
            self._free.append((longest.next + 1, longest.stop))
            longest.stop = longest.next + 1

    def give_back(self, run: Run) -> None:
        """Say that nobody works on a run any more; what is left of it is free."""
        self._owned.remove(run)
        if not run.is_over:
            self._free.append((run.next, run.stop))

    def _own(self, run: Run) -> Run:
        self._owned.append(run)
        return run


def expected_s(run: Run) -> float:
    """Return how long a run would still last; one of unknown rate longer than every other, by its length."""
    left = run.stop - run.next
    return left / run.rate if run.rate else 1e9 * left


def _share(victim: Run, rate: float | None) -> int:
    """Return how many of a run's pieces somebody takes from behind, so that both end at the same time."""
    part = 0.5
    if rate and victim.rate is not None:
        part = rate / (rate + victim.rate)
    wanted = round((victim.stop - victim.next) * part)
    return min(max(wanted, 1), victim.spare_pieces)


def _spans(indexes: Iterable[int]) -> Iterable[tuple[int, int]]:
    start = stop = -1
    for index in sorted(indexes):
        if index != stop:
            if stop > start:
                yield start, stop
            start = index
        stop = index + 1
    if stop > start:
        yield start, stop
