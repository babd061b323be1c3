"""What can be made to go wrong at the origin: rules by path, each with a handle that tests step by."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from aniworld_dl.limits import Limiter

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERYONE: Final = 2**31


class FaultKind(StrEnum):
    """What happens to an answer."""

    STATUS = "status"
    """An error status, with Retry-After when the fault says so."""
    TRUNCATE = "truncate"
    """Content-Length promises everything; the connection is closed after some bytes."""
    SHORT_200 = "short_200"
    """The body is cut and the headers agree with what is left: only its structure tells, or, cut at a boundary, not
    even that."""
    WRONG_LENGTH = "wrong_length"
    """The body is whole and Content-Length is not its length. What was promised too much never comes, the connection is
    closed; what was promised too little follows the answer on the connection."""
    RESET = "reset"
    """The connection is reset (RST) after some bytes of the body."""
    RESET_HEAD = "reset_head"
    """The connection is reset after some bytes of the status line and the headers."""
    STALL = "stall"
    """Nothing more comes after some bytes until the rule is opened or the client has gone."""
    DRIP = "drip"
    """The body comes at a low rate of its own."""
    HTML = "html"
    """A page for people, with status 200."""
    OTHER_BODY = "other_body"
    """Other bytes than those that stand there, such as another key; type and validators stay."""
    CONTENT_TYPE = "content_type"
    """Another Content-Type."""
    NEW_ETAG = "new_etag"
    """Validators that no answer has had before, as of a content that changes all the time."""
    NO_RANGES = "no_ranges"
    """A range is ignored: everything comes, with status 200."""
    REDIRECT = "redirect"
    """302 to another address."""
    CROWDED = "crowded"
    """An error status like that of `status`, but only while more than `most` answers are under way."""
    GATE = "gate"
    """Not even the status comes until the rule is opened. Other faults may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A thing to go wrong for every path that fits a shell pattern (`*` crosses slashes)."""

    kind: FaultKind
    path: str = "*"
    times: int | None = 1
    """How many answers it hits; None means all."""
    skip: int = 0
    """How many answers that it fits it lets pass first."""
    every: int = 1
    """Of so many answers that it fits only the first `burst` are hit, then of the next so many, and so on."""
    burst: int = 1
    chance: float = 1.0
    """Which share of them is hit, drawn by `seed`, the path and how often it was asked for: the same in each run, in
    whatever order requests come."""
    seed: int = 0
    status: int = 503
    retry_after_s: int | None = None
    after_bytes: int | None = None
    """Where truncate, short_200, reset and stall strike, counted in the body, and reset_head, counted in the head; by
    default in the middle."""
    at_boundary: bool = False
    """Whether short_200 strikes there or before, between two packets of MPEG-TS or two fragments of MP4."""
    extra_bytes: int = 1
    """What wrong_length promises too much; below zero: too little."""
    bytes_per_s: float = 1024
    """How fast a drip is."""
    most: int = 1
    """How many answers at a time crowded lets pass, of those whose paths fit."""
    to: str = ""
    """Where redirect leads; `{path}` in it is the path that was asked for."""
    body: bytes = b""
    """What other_body sends."""
    content_type: str = ""
    """What content_type says."""


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
        return self._take(path, gates=True)

    def take(self, path: str) -> Rule | None:
        """Return the other fault that strikes `path`, using it up by one."""
        return self._take(path, gates=False)

    def _take(self, path: str, *, gates: bool) -> Rule | None:
        rules = (rule for rule in self._rules if (rule.fault.kind is FaultKind.GATE) is gates)
        return next((rule for rule in rules if rule.strikes(path)), None)
