"""What bounds the work: `Limiter` counts slots, `Throttle` bytes per second, `Shares` divides what there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from aniworld_dl.turns import Door, Gate, Line, Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Iterator

    from aniworld_dl.clock import Clock


def _nobody(_size: int) -> None:
    """Tell nobody."""


class Limiter:
    """A number of slots that can be changed at any time.

    A free slot goes to the waiting owner who holds the fewest, among such to who has waited longest: an episode with
    two dozen workers does not keep the next one waiting. Without owners that is the order in which they came. Lowering
    the number takes nothing from a holder: it counts down as holders finish. What is seized comes on top; while more
    are held than there are, nobody else gets one. Where that is allowed up to a *bound*, an owner who holds none gets
    one all the same, as long as fewer owners than slots hold any. One event loop only.
    """

    def __init__(self, slots: int) -> None:
        self._slots = _checked_slots(slots)
        self._bound = self._slots
        self._held: Counter[Hashable] = Counter()
        self._waiters: dict[asyncio.Future[None], Hashable] = {}

    @property
    def slots(self) -> int:
        """How many may be held."""
        return self._slots

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._held.total()

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiters)

    @property
    def owners(self) -> set[Hashable]:
        """Those who hold one or wait for one."""
        return {*self._held, *self._waiters.values()}

    def resize(self, slots: int, *, bound: int | None = None) -> None:
        """Change the number of slots; more of them wake waiters at once.

        Up to `bound` are held where an owner who holds none would wait for those who hold several. None: no more
        than there are.

        Raises:
            ValueError: `slots` is negative.
        """
        self._slots = _checked_slots(slots)
        self._bound = max(bound or 0, slots)
        self._grant()

    async def acquire(self, owner: Hashable = None) -> None:
        """Wait for a slot and hold it. A waiter that is cancelled holds none."""
        if self.held < self._slots and not self._waiters:
            self._held[owner] += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = owner
        self._grant()
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled():
                self.release(owner)  # the slot was granted in the same step as the cancellation
            raise

    def seize(self) -> None:
        """Hold a slot at once, also beyond their number and before all who wait."""
        self._held[None] += 1

    def release(self, owner: Hashable = None) -> None:
        """Give a slot back; whose turn it is gets it in the same step.

        Raises:
            RuntimeError: the owner holds no slot.
        """
        if not self._held[owner]:
            raise RuntimeError("released a slot that nobody holds")
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        self._grant()

    @asynccontextmanager
    async def slot(self, owner: Hashable = None) -> AsyncIterator[None]:
        """Hold a slot for the length of a `with` block, whatever ends it."""
        await self.acquire(owner)
        try:
            yield
        finally:
            self.release(owner)

    def _grant(self) -> None:
        while self._waiters and self.held < self._bound:
            waiter = min(self._waiters, key=lambda waiter: self._held[self._waiters[waiter]])
            owner = self._waiters[waiter]
            if self.held >= self._slots and (self._held[owner] or len(self._held) >= self._slots):
                return
            del self._waiters[waiter]
            if not waiter.cancelled():
                self._held[owner] += 1
                waiter.set_result(None)


class Shares:
    """An amount that all who work at a time divide among themselves, within bounds for each of them."""

    def __init__(self, total: int, *, least: int, most: int) -> None:
        self._total = total
        self._least = least
        self._most = most
        self._holders = 0

    @contextmanager
    def share(self) -> Iterator[None]:
        """Be one of them for the length of a `with` block."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1

    def each(self) -> int:
        """Return what one of them may take now."""
        return min(max(self._total // max(self._holders, 1), self._least), self._most)


class Throttle:
    """A limit in bytes per second, shared fairly by all who take from it; chained to a wider one by `parent`.

    Every throttle of a tree is one *line*: what several connections of a stream take through one throttle counts as
    that one stream's. A byte passes when all limits on its way have room at the same moment, and until then it uses up
    none of them. Where lines compete for a limit, the one that has had least of it goes first; one that paused shortly
    may catch up. What a line cannot use, since a narrower limit holds it, goes to the others. An idle limit saves up
    50 ms, which make good for sleeps that end late, and no more. `None` means no limit and costs no wait.
    """

    def __init__(self, clock: Clock, bytes_per_s: float | None = None, *, parent: Throttle | None = None) -> None:
        self._gate = Gate(_checked_rate(bytes_per_s))
        self._turns: Turns = parent._turns if parent else Turns(clock)  # noqa: SLF001 - the same class
        self._line: Line = Line((*(parent._line.gates if parent else ()), self._gate))  # noqa: SLF001 - the same class
        self._door = Door(clock, self._line)

    @property
    def bytes_per_s(self) -> float | None:
        """The limit of this throttle alone, None for no limit."""
        return self._gate.rate

    @property
    def is_open(self) -> bool:
        """Whether nothing limits what passes here: neither this throttle nor a parent."""
        return self._line.is_open

    def set_rate(self, bytes_per_s: float | None) -> None:
        """Change the limit; those who wait notice within 100 ms.

        Raises:
            ValueError: the rate is not above zero.
        """
        self._turns.set_rate(self._gate, _checked_rate(bytes_per_s))

    async def take(self, size: int, passed: Callable[[int], None] = _nobody) -> None:
        """Wait until `size` more bytes may pass here and at every parent.

        They pass in portions, so that all who share the limits advance evenly; `passed` is told the size of each. A
        cancelled `take` has spent what has passed by then, and nothing else.
        """
        if self._line.is_open:
            passed(size)
        else:
            await self._turns.wait(self._line, size, passed)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Callable[[], None]]:
        """Use one more connection of a stream for the length of a `with` block; waits until that is worth it.

        Under a limit that keeps two of them waiting already it is not, nor while another one cannot even ask. The
        block calls what it is given when its request goes out.
        """
        guest = await self._door.enter()
        try:
            yield partial(self._door.goes_out, guest)
        finally:
            self._door.leave(guest)


def _checked_slots(slots: int) -> int:
    if slots < 0:
        raise ValueError("slots must not be negative")
    return slots


def _checked_rate(bytes_per_s: float | None) -> float | None:
    if bytes_per_s is not None and bytes_per_s <= 0:
        raise ValueError("bytes_per_s must be above zero")
    return bytes_per_s
