"""Faults at work: rules that count what they hit, with a handle that tests step by."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.faults import HANDSHAKES, FaultKind
from aniworld_dl.limits import Limiter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from aniworld_dl.demo.faults import Fault

_EVERYONE: Final = 2**31
_GATES: Final = frozenset({FaultKind.GATE})
_ANSWERS: Final = frozenset(FaultKind) - HANDSHAKES - _GATES


class Rule:
    """A fault at work: counts what it hit, tells when something has arrived, lets go what it holds."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.times
        self._seen = 0
        self._seen_of: Counter[str] = Counter()
        self._taken = 0
        self._under_way = 0
        self._arrived = 0
        self._waiters: list[tuple[int, asyncio.Event]] = []
        self._passes = Limiter(0)

    @property
    def arrived(self) -> int:
        """How many answers it has struck so far; those of a stall count when the bytes before it are sent."""
        return self._arrived

    @property
    def taken(self) -> int:
        """How many answers it was chosen for, those on their way too."""
        return self._taken

    async def reached(self, count: int = 1) -> None:
        """Wait until it has struck `count` answers in all."""
        if self._arrived < count:
            event = asyncio.Event()
            self._waiters.append((count, event))
            await event.wait()

    def step(self, count: int = 1) -> None:
        """Let `count` held answers go on (a gate or a stall), the longest held first."""
        self._passes.resize(self._passes.slots + count)

    def open(self) -> None:
        """Let all held answers go on, and all that will come."""
        self._passes.resize(_EVERYONE)

    def fits(self, path: str) -> bool:
        """Tell whether it is about this path."""
        return fnmatchcase(path, self.fault.path)

    def begin(self) -> None:
        """Count an answer that it fits and that is under way from now on."""
        self._under_way += 1

    def end(self) -> None:
        """Count one no more."""
        self._under_way -= 1

    def strikes(self, path: str) -> bool:
        """Tell whether it strikes the answer for `path` that is due now, and use it up by one if so."""
        if self._left == 0 or not self.fits(path):
            return False
        if self.fault.kind is FaultKind.CROWDED and self._under_way <= self.fault.most:
            return False
        turn, self._seen = self._seen - self.fault.skip, self._seen + 1
        self._seen_of[path] += 1
        if turn < 0 or turn % self.fault.every >= self.fault.burst or self._draw(path) >= self.fault.chance:
            return False
        if self._left is not None:
            self._left -= 1
        self._taken += 1
        return True

    def arrive(self) -> None:
        """Tell those who wait that an answer has been struck."""
        self._arrived += 1
        for count, event in self._waiters:
            if self._arrived >= count:
                event.set()
        self._waiters = [waiter for waiter in self._waiters if not waiter[1].is_set()]

    async def hold(self) -> None:
        """Arrive, and wait to be let go."""
        self.arrive()
        await self._passes.acquire()

    def _draw(self, path: str) -> float:
        lot = f"{self.fault.seed} {self._seen_of[path]} {path}"
        return int.from_bytes(hashlib.sha256(lot.encode()).digest()[:6]) / 2**48


class Faults:
    """The rules of an origin. The oldest that strikes is taken; a gate comes before the others."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, fault: Fault) -> Rule:
        """Put a fault to work."""
        rule = Rule(fault)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Take all rules away and let go what they hold."""
        for rule in self._rules:
            rule.open()
        self._rules.clear()

    @contextmanager
    def answering(self, path: str) -> Iterator[None]:
        """Count an answer for `path` as under way for the length of a `with` block."""
        rules = [rule for rule in self._rules if rule.fits(path)]
        for rule in rules:
            rule.begin()
        try:
            yield
        finally:
            for rule in rules:
                rule.end()

    def take_gate(self, path: str) -> Rule | None:
        """Return the gate that stands before `path`, using it up by one."""
        return self._take(path, _GATES)

    def take(self, path: str) -> Rule | None:
        """Return the other fault that strikes `path`, using it up by one."""
        return self._take(path, _ANSWERS)

    def take_handshake(self) -> Rule | None:
        """Return the fault that strikes the TLS handshake of a new connection, using it up by one."""
        return self._take("", HANDSHAKES)

    def _take(self, path: str, kinds: Collection[FaultKind]) -> Rule | None:
        rules = (rule for rule in self._rules if rule.fault.kind in kinds)
        return next((rule for rule in rules if rule.strikes(path)), None)
