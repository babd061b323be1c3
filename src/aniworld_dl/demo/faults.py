"""What can be made to go wrong at the origin: rules by path, each with a handle that tests step by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from aniworld_dl.limits import Limiter

_EVERYONE: Final = 2**31


class FaultKind(StrEnum):
    """What happens to an answer."""

    STATUS = "status"
    """An error status, with Retry-After when the fault says so."""
    TRUNCATE = "truncate"
    """Content-Length promises everything; the connection is closed after some bytes."""
    SHORT_200 = "short_200"
    """The body is cut and the headers agree with what is left: only its structure tells."""
    RESET = "reset"
    """The connection is reset (RST) after some bytes."""
    STALL = "stall"
    """Nothing more comes after some bytes until the rule is opened or the client has gone."""
    HTML = "html"
    """A page for people, with status 200."""
    REDIRECT = "redirect"
    """302 to another address."""
    GATE = "gate"
    """Not even the status comes until the rule is opened. Other faults may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A thing to go wrong for every path that fits a shell pattern (`*` crosses slashes)."""

    kind: FaultKind
    path: str = "*"
    times: int | None = 1
    """How many answers it hits; None means all."""
    status: int = 503
    retry_after_s: int | None = None
    after_bytes: int | None = None
    """Where truncate, short_200, reset and stall strike, counted in the body; by default in its middle."""
    to: str = ""
    """Where redirect leads."""


class Rule:
    """A fault at work: counts what it hit, tells when something has arrived, lets go what it holds."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.times
        self._arrived = 0
        self._waiters: list[tuple[int, asyncio.Event]] = []
        self._passes = Limiter(0)

    @property
    def arrived(self) -> int:
        """How many answers it has struck so far; those of a stall count when the bytes before it are sent."""
        return self._arrived

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
        """Tell whether it would strike an answer for `path` now."""
        return self._left != 0 and fnmatchcase(path, self.fault.path)

    def use_up(self) -> None:
        """Count one answer as chosen."""
        if self._left is not None:
            self._left -= 1

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


class Faults:
    """The rules of an origin. The oldest that fits is taken; a gate comes before the others."""

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

    def take_gate(self, path: str) -> Rule | None:
        """Return the gate that stands before `path`, using it up by one."""
        return self._take(path, gates=True)

    def take(self, path: str) -> Rule | None:
        """Return the other fault that strikes `path`, using it up by one."""
        return self._take(path, gates=False)

    def _take(self, path: str, *, gates: bool) -> Rule | None:
        for rule in self._rules:
            if (rule.fault.kind is FaultKind.GATE) is gates and rule.fits(path):
                rule.use_up()
                return rule
        return None
