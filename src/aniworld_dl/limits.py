"""What bounds the work: `Limiter` counts slots, `Throttle` bytes per second, `Shares` divides what there is."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aniworld_dl.clock import Clock

_SHORTEST_WAIT_S: Final = 0.001
_LONGEST_WAIT_S: Final = 0.25
_SAVED_UP_S: Final = 0.02


class Limiter:
    """A number of slots that can be changed at any time.

    Slots go to waiters in the order they came. Lowering the number takes nothing from a holder: it counts down as
    holders finish. What is seized comes on top; while more are held than there are, nobody else gets one. One event
    loop only.
    """

    def __init__(self, slots: int) -> None:
        self._slots = _checked_slots(slots)
        self._held = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def slots(self) -> int:
        """How many may be held."""
        return self._slots

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._held

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiters)

    def resize(self, slots: int) -> None:
        """Change the number of slots; more of them wake waiters at once.

        Raises:
            ValueError: `slots` is negative.
        """
        self._slots = _checked_slots(slots)
        self._grant()

    async def acquire(self) -> None:
        """Wait for a slot and hold it. A waiter that is cancelled holds none."""
        if self._held < self._slots and not self._waiters:
            self._held += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()  # the slot was granted in the same step as the cancellation
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    def seize(self) -> None:
        """Hold a slot at once, also beyond their number and before all who wait."""
        self._held += 1

    def release(self) -> None:
        """Give a slot back; the longest waiter gets it in the same step.

        Raises:
            RuntimeError: no slot is held.
        """
        if not self._held:
            raise RuntimeError("released a slot that nobody holds")
        self._held -= 1
        self._grant()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot for the length of a `with` block, whatever ends it."""
        await self.acquire()
        try:
            yield
        finally:
            self.release()

    def _grant(self) -> None:
        while self._waiters and self._held < self._slots:
            waiter = self._waiters.popleft()
            if not waiter.cancelled():
                self._held += 1
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

    Each `take` draws a ticket, at every limit of the chain at once: the number of bytes asked for up to and including
    its own. It waits until the bytes released reach the ticket, so that streams advance in the order they asked and
    none starves. An idle throttle saves up 20 ms, which makes good for sleeps that end late, and no more. A cancelled
    `take` gives back what it has not used. `None` means no limit and costs no wait.
    """

    def __init__(self, clock: Clock, bytes_per_s: float | None = None, *, parent: Throttle | None = None) -> None:
        self._gate = _Gate(clock, bytes_per_s)
        self._gates: tuple[_Gate, ...] = (self._gate, *(parent._gates if parent else ()))  # noqa: SLF001 - the same class

    @property
    def bytes_per_s(self) -> float | None:
        """The limit of this throttle alone, None for no limit."""
        return self._gate.rate

    @property
    def is_open(self) -> bool:
        """Whether nothing limits what passes here: neither this throttle nor a parent."""
        return all(gate.rate is None for gate in self._gates)

    def set_rate(self, bytes_per_s: float | None) -> None:
        """Change the limit; those who wait notice within 250 ms.

        Raises:
            ValueError: the rate is not above zero.
        """
        self._gate.set_rate(bytes_per_s)

    async def take(self, size: int) -> None:
        """Wait until `size` more bytes may pass here and at every parent."""
        tickets = [(gate, gate.draw(size)) for gate in self._gates if gate.rate is not None]
        try:
            for gate, ticket in tickets:
                await gate.reach(ticket)
        finally:
            for gate, ticket in tickets:
                gate.settle(ticket)


@dataclass(slots=True, eq=False)
class _Ticket:
    size: int
    at: float
    """Its turn comes when the gate has released so many bytes."""


class _Gate:
    """One limit of a chain: how many bytes were asked for, and how many were released by the time that has passed."""

    def __init__(self, clock: Clock, rate: float | None) -> None:
        self.rate = _checked_rate(rate)
        self._clock = clock
        self._issued = 0.0
        self._released = 0.0
        self._released_at = clock.monotonic()
        self._tickets: set[_Ticket] = set()

    def set_rate(self, rate: float | None) -> None:
        checked = _checked_rate(rate)
        self._advance()
        self.rate = checked

    def draw(self, size: int) -> _Ticket:
        self._advance()
        self._issued += size
        ticket = _Ticket(size, self._issued)
        self._tickets.add(ticket)
        return ticket

    async def reach(self, ticket: _Ticket) -> None:
        self._advance()
        while (rate := self.rate) is not None and ticket.at > self._released:
            wait_s = (ticket.at - self._released) / rate
            await self._clock.sleep(min(max(wait_s, _SHORTEST_WAIT_S), _LONGEST_WAIT_S))
            self._advance()

    def settle(self, ticket: _Ticket) -> None:
        """Forget a ticket. Those behind one that was given up move forward by what it has not used."""
        self._advance()
        self._tickets.remove(ticket)
        unused = min(ticket.at - self._released, ticket.size)
        if unused > 0:
            self._issued -= unused
            for other in self._tickets:
                if other.at > ticket.at:
                    other.at -= unused

    def _advance(self) -> None:
        now = self._clock.monotonic()
        if self.rate is None:
            self._released = self._issued
        else:
            released = self._released + (now - self._released_at) * self.rate
            self._released = min(released, self._issued + self.rate * _SAVED_UP_S)
        self._released_at = now


def _checked_slots(slots: int) -> int:
    if slots < 0:
        raise ValueError("slots must not be negative")
    return slots


def _checked_rate(bytes_per_s: float | None) -> float | None:
    if bytes_per_s is not None and bytes_per_s <= 0:
        raise ValueError("bytes_per_s must be above zero")
    return bytes_per_s
