"""Whose turn it is where streams share limits in bytes per second: what `Throttle` is made of."""

from __future__ import annotations

import asyncio
import heapq
import math
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock

_SHORTEST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.09
_SAVED_UP_S: Final = 0.05
_CATCH_UP_S: Final = 0.25
"""A line that takes nothing for at most so long still gets its share, and for that a limit to itself for so long."""
_PORTION_S: Final = 0.005
_PORTION_ALONE_S: Final = 0.02
_GROWN_EVERY_S: Final = 0.08
"""How long a further connection gets to show whether it only waits."""
_ENOUGH_WAITING: Final = 2
_LEAST_PORTION_BYTES: Final = 1 << 10


class Gate:
    """One limit in bytes per second, None for none. What passes sets the time from which the next may pass."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self.virtual_bytes = 0.0
        """What a line has had that never had to stand back: the measure of what is fair."""
        self._free_at = -math.inf

    def set_rate(self, rate: float | None, now: float) -> None:
        """Change the limit. What has to be waited for becomes shorter with a higher one."""
        if rate is None or self.rate is None:
            self._free_at = now
        elif self._free_at > now and rate > self.rate:
            self._free_at = now + (self._free_at - now) * self.rate / rate
        self.rate = rate

    def free_at(self) -> float:
        """Return the time from which the next bytes may pass."""
        return -math.inf if self.rate is None else self._free_at

    def floor(self) -> float:
        """Return from where a line catches up that has had less."""
        return self.virtual_bytes - (self.rate or 0.0) * _CATCH_UP_S

    def let_pass(self, size: int, had: float, now: float) -> float:
        """Let bytes of a line pass that has had so much; return how much it has had then."""
        if self.rate is None:
            return had
        self._free_at = max(self._free_at, now - _SAVED_UP_S) + size / self.rate
        start = max(had, self.floor())
        self.virtual_bytes = max(self.virtual_bytes, start)
        return start + size


@dataclass(slots=True, eq=False)
class _Waiter:
    left: int
    passed: Callable[[int], None]
    wake: asyncio.Future[None]

    def wake_up(self) -> None:
        if not self.wake.done():
            self.wake.set_result(None)


class Line:
    """Who waits at one throttle, in order, and what the line has had at each gate on its way, the widest first."""

    def __init__(self, gates: tuple[Gate, ...]) -> None:
        self.gates = gates
        self.waiters: deque[_Waiter] = deque()
        self._had = [0.0] * len(gates)
        self._left_at = -math.inf

    @property
    def is_open(self) -> bool:
        """Whether no gate limits it."""
        return all(gate.rate is None for gate in self.gates)

    def join(self, waiter: _Waiter, now: float) -> None:
        """Put somebody at the end. A line that was empty for long begins with as much as the others have had."""
        if not self.waiters and now - self._left_at > _CATCH_UP_S:
            self._had = [max(had, gate.virtual_bytes) for gate, had in zip(self.gates, self._had, strict=True)]
        self.waiters.append(waiter)

    def free_at(self) -> float:
        """Return the time from which all gates let bytes pass."""
        return max(gate.free_at() for gate in self.gates)

    def rank(self) -> tuple[float, ...]:
        """Return its place among all lines: at the widest gate, then, where lines are alike there, at the next."""
        return tuple(
            0.0 if gate.rate is None else max(had, gate.floor())
            for gate, had in zip(self.gates, self._had, strict=True)
        )

    def pass_portion(self, now: float, *, alone: bool) -> None:
        """Let the first who waits have a little time of the narrowest gate; more when nobody else does."""
        first = self.waiters[0]
        tightest = min((gate.rate for gate in self.gates if gate.rate is not None), default=sys.maxsize)
        portion_s = _PORTION_ALONE_S if alone else _PORTION_S
        size = min(first.left, max(_LEAST_PORTION_BYTES, int(tightest * portion_s)))
        self._had = [gate.let_pass(size, had, now) for gate, had in zip(self.gates, self._had, strict=True)]
        first.left -= size
        self._left_at = now
        first.passed(size)
        if not first.left:
            self.waiters.popleft()
            first.wake_up()


class Door:
    """How many connections a line is worth: one more only while fewer than two of them wait for their turn.

    Under a low limit two keep a line busy. Further ones would only hold what has come and cannot pass, be taken from
    other streams, and be so slow that servers hang up. Nor is one more worth it while one that is inside has yet to
    ask, since that one waits for its server's leave.
    """

    def __init__(self, clock: Clock, line: Line) -> None:
        self._clock = clock
        self._line = line
        self._one_asks = asyncio.Lock()
        self._inside: set[object] = set()
        self._have_yet_to_ask: set[object] = set()
        self._most = 1
        self._grown_at = -math.inf

    async def enter(self) -> object:
        """Wait until one more is of use, which without a limit it always is. Return what it is known by."""
        async with self._one_asks:
            while not self._line.is_open and len(self._inside) >= self._most and not self._grow():
                await self._clock.sleep(_GROWN_EVERY_S)
            guest = object()
            self._inside.add(guest)
            self._have_yet_to_ask.add(guest)
            self._most = max(self._most, len(self._inside))
            return guest

    def goes_out(self, guest: object) -> None:
        """Say that the request of a connection is on its way."""
        self._have_yet_to_ask.discard(guest)

    def leave(self, guest: object) -> None:
        """Say that a connection is not used any more."""
        self._inside.discard(guest)
        self._have_yet_to_ask.discard(guest)
        if self._is_crowded():
            self._most = max(len(self._inside), 1)

    def _grow(self) -> bool:
        now = self._clock.monotonic()
        if self._have_yet_to_ask or self._is_crowded() or now < self._grown_at + _GROWN_EVERY_S:
            return False
        self._grown_at = now
        self._most += 1
        return True

    def _is_crowded(self) -> bool:
        return len(self._line.waiters) >= _ENOUGH_WAITING


class Turns:
    """Gives turns to the lines of a tree of throttles. One of those who wait sleeps for all until the next turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: dict[Line, None] = {}
        """Those in which someone waits, in the order in which they came."""
        self._next_at = math.inf
        self._wakes_at = math.inf
        """When the first of those wakes who sleep."""

    async def wait(self, line: Line, size: int, passed: Callable[[int], None]) -> None:
        """Return when `size` bytes have passed; `passed` is told of each portion."""
        waiter = _Waiter(size, passed, asyncio.get_running_loop().create_future())
        line.join(waiter, self._clock.monotonic())
        self._lines[line] = None
        self.grant()
        try:
            while waiter.left:
                if (until := self._next_wake()) < self._wakes_at:
                    await self._sleep(until)
                    self.grant()
                else:
                    await waiter.wake
                    waiter.wake = asyncio.get_running_loop().create_future()
        finally:
            if waiter.left:
                line.waiters.remove(waiter)
                if not line.waiters:
                    del self._lines[line]
            self._appoint()

    def set_rate(self, gate: Gate, rate: float | None) -> None:
        """Change a limit, and let pass what may pass by the new one."""
        gate.set_rate(rate, self._clock.monotonic())
        self.grant()

    def grant(self) -> None:
        """Let pass what may pass now."""
        now = self._clock.monotonic()
        self._next_at = math.inf
        ranked = [(line.rank(), order, line) for order, line in enumerate(self._lines)]
        heapq.heapify(ranked)
        while ranked:
            _, order, line = ranked[0]
            if line.waiters and line.free_at() <= now:
                line.pass_portion(now, alone=len(self._lines) == len(line.waiters) == 1)
                heapq.heapreplace(ranked, (line.rank(), order, line))
                continue
            heapq.heappop(ranked)
            if line.waiters:
                self._next_at = min(self._next_at, line.free_at())
            else:
                del self._lines[line]

    def _next_wake(self) -> float:
        """Return when somebody should look again: not at every turn, and soon enough for a limit that is changed."""
        now = self._clock.monotonic()
        return min(max(self._next_at, now + _SHORTEST_WAIT_S), now + _LONGEST_WAIT_S)

    async def _sleep(self, until: float) -> None:
        self._wakes_at = until
        try:
            await self._clock.sleep(until - self._clock.monotonic())
        finally:
            if self._wakes_at == until:
                self._wakes_at = math.inf

    def _appoint(self) -> None:
        """Wake somebody who will sleep for all, when nobody does."""
        if self._lines and self._next_wake() < self._wakes_at:
            next(iter(self._lines)).waiters[0].wake_up()
