"""What is known of one server: how many connections it gets, whether it rests, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aniworld_dl.climbing import Climber, Pace, Verdict
from aniworld_dl.errors import ConnectError, ConnectionLostError, HttpStatusError, StalledError
from aniworld_dl.limits import Limiter
from aniworld_dl.net.retry import LONGEST_RETRY_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Hashable

    from aniworld_dl.clock import Clock
    from aniworld_dl.errors import NetError

FIRST_CONNECTIONS: Final = 8
"""What a server gets before anything is known of it, or one for each episode if those are more. Broken connections
among no more than so many do not lower the number: they may be the fault of one address, or of the line."""

_PACE: Final = Pace(least=FIRST_CONNECTIONS, settle_s=0.5, measure_s=1.5, hold_s=15.0, forget_s=180.0, doubles=True)
_TOO_MANY_REQUESTS: Final = 429
_UNAVAILABLE: Final = 503
_COOL_DOWN_S: Final = 1.0
_BREAKS_TOGETHER_S: Final = 10.0
"""Two connections that break, or two servers' silences, within this time are more than bad luck."""
_FEWEST_AFTER_503: Final = 4
"""A 503 that names no pause does not lower the number below this: it may be the trouble of one address."""
_FAILURES_TO_TRIP: Final = 3
_SHORTEST_BREAK_S: Final = 0.5
_LONGEST_BREAK_S: Final = 60.0


class HostReason(StrEnum):
    """What happened to a host last, besides the verdicts on its number of connections."""

    REFUSED = "refused"
    """It answered 429 or 503. Params: status, connections."""
    STALLED = "stalled"
    """Several connections were silent. Params: connections."""
    BROKEN = "broken"
    """Several connections broke. Params: connections."""
    UNREACHABLE = "unreachable"
    """It could not be connected to, again and again. Params: failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFigures:
    """A host as it is now. `cooling_until` is in seconds since the epoch."""

    host: str
    connections: int
    level: int
    cooling_until: float | None
    reason: Verdict | HostReason
    params: dict[str, int]


class Lease:
    """One connection of a host in use. Whoever has it says what comes over it."""

    __slots__ = ("_host", "began_at")

    def __init__(self, host: Host, began_at: float) -> None:
        self._host = host
        self.began_at = began_at

    def answered(self) -> None:
        """Say that the head of an answer has come."""
        self._host.answered()

    def received(self, size: int) -> None:
        """Count bytes of a body."""
        self._host.received(size)


class Host:
    """The state of one host. `most` is what the settings allow. One event loop only."""

    def __init__(self, name: str, clock: Clock, most: int) -> None:
        self.name = name
        self.cool_until = 0.0
        self.trips = 0
        """How often in a row it was given up for a while because it could not be connected to."""
        self.unreachable_reason = ""
        self.received_bytes = 0
        self.requests = 0
        self.troubles = 0
        """Requests that were refused, stalled or broke."""
        self._clock = clock
        self._most = most
        now = clock.monotonic()
        self._climber = Climber(_PACE, min(FIRST_CONNECTIONS, most), now=now)
        self.limiter = Limiter(0)
        self._owners = 0
        self._in_use = 0
        self._worked_s = 0.0
        self._worked_at = now
        self._lowered_at = float("-inf")
        self._broke_at = float("-inf")
        self._connect_failures = 0
        self._tripped_at = float("-inf")
        self._standing = 0
        """Requests under way when it was last given up, that still are: whoever tries it does not wait for them."""
        self._event: tuple[HostReason, dict[str, int]] | None = None
        self._apply()

    @property
    def in_use(self) -> int:
        """Connections that carry a request now."""
        return self._in_use

    def idle(self, now: float) -> bool:
        """Tell whether nobody uses it or waits for it."""
        return not self.limiter.held and not self.limiter.waiting and self.cool_until <= now

    def welcome(self, owner: Hashable) -> None:
        """Know of somebody who wants a connection: everyone gets one, as far as it is allowed and was not refused."""
        self._owners = len(self.limiter.owners | {owner})
        if self._owners > self._climber.level:
            self._climber.lift(min(self._owners, self._most), self._clock.monotonic())
            self._apply()

    def resize(self, most: int) -> None:
        """Change what the settings allow."""
        grown, self._most = most > self._most, most
        self._climber.bound(most, self._clock.monotonic())
        if grown and self._climber.level < min(FIRST_CONNECTIONS, most) and self._climber.refused_at is None:
            self._climber = Climber(_PACE, min(FIRST_CONNECTIONS, most), now=self._clock.monotonic())
        self._apply()

    def cool_down(self, seconds: float) -> None:
        """Let nothing begin for that long. A longer one that runs already stays."""
        self.cool_until = max(self.cool_until, self._clock.monotonic() + seconds)

    def figures(self) -> HostFigures:
        """Return it as it is now."""
        cooling_s = self.cool_until - self._clock.monotonic()
        reason: Verdict | HostReason = self._climber.verdict
        params = {"connections": self._climber.level}
        if self._event is not None:
            reason, params = self._event
        return HostFigures(
            host=self.name,
            connections=self._in_use,
            level=self.limiter.slots,
            cooling_until=self._clock.time() + cooling_s if cooling_s > 0 else None,
            reason=reason,
            params=params,
        )

    # ----------------------------------------------------------------------------------------------- what happens

    def begin(self) -> Lease:
        """Count a request that goes out now."""
        now = self._work()
        self._in_use += 1
        self.requests += 1
        return Lease(self, now)

    def end(self, lease: Lease) -> None:
        """Count a request no more."""
        self._work()
        self._in_use -= 1
        if self.trips and lease.began_at <= self._tripped_at:
            self._standing -= 1
            self._apply()

    def answered(self) -> None:
        """Take it for reachable."""
        self._connect_failures = 0
        if self.trips:
            self.trips = 0
            self._event = None
            self._apply()

    def received(self, size: int) -> None:
        """Count bytes, and judge the number of connections when it is time to."""
        self.received_bytes += size
        before = self._climber.level, self._climber.verdict
        self._climber.look(
            self._work(),
            fetched=self.received_bytes,
            worked=self._worked_s,
            most=self._most,
            wanted=self.limiter.held + self.limiter.waiting,
            least=self._owners,
        )
        if (self._climber.level, self._climber.verdict) != before:
            self._event = None
            self._apply()

    def failed(self, lease: Lease, error: NetError) -> None:
        """Draw the conclusions from what went wrong with a request."""
        if isinstance(error, HttpStatusError):
            self._refused(lease, error)
        elif isinstance(error, StalledError | ConnectionLostError):
            self._broke(lease, HostReason.STALLED if isinstance(error, StalledError) else HostReason.BROKEN)
        elif isinstance(error, ConnectError):
            self._not_reached(lease, error)

    def _refused(self, lease: Lease, error: HttpStatusError) -> None:
        if error.status == _UNAVAILABLE and self._in_use > _FEWEST_AFTER_503:
            error.refusal = True  # of one request among many: it is their number
        if not error.refusal:
            return
        self.troubles += 1
        clear = error.status == _TOO_MANY_REQUESTS or error.retry_after_s is not None
        if clear:
            wanted_s = _COOL_DOWN_S if error.retry_after_s is None else error.retry_after_s
            self.cool_down(min(wanted_s, LONGEST_RETRY_AFTER_S))
        fewest = 1 if clear else _FEWEST_AFTER_503
        if lease.began_at > self._lowered_at and self._in_use > fewest:  # one alone was not one too many
            self._halve(HostReason.REFUSED, {"status": error.status})

    def _broke(self, lease: Lease, reason: HostReason) -> None:
        self.troubles += 1
        now = self._clock.monotonic()
        again, self._broke_at = now - self._broke_at <= _BREAKS_TOGETHER_S, now
        if again and lease.began_at > self._lowered_at and self._in_use > FIRST_CONNECTIONS:
            self._halve(reason, {})

    def _halve(self, reason: HostReason, params: dict[str, int]) -> None:
        now = self._clock.monotonic()
        self._climber.refuse(now, at=self._in_use, until=self.cool_until)
        self._lowered_at = now
        self._event = reason, {**params, "connections": self._climber.level}
        self._apply()

    def _not_reached(self, lease: Lease, error: ConnectError) -> None:
        """After three failures in a row let one request at a time try, later each time."""
        if lease.began_at <= self._tripped_at:
            return  # it was on its way when the others had failed
        self._connect_failures += 1
        if not self.trips and self._connect_failures < _FAILURES_TO_TRIP:
            return
        self.trips += 1
        self._tripped_at = self._clock.monotonic()
        self._standing = self._in_use
        self.unreachable_reason = str(error.params["reason"])
        self.cool_down(min(_SHORTEST_BREAK_S * 2.0 ** min(self.trips - 1, 10), _LONGEST_BREAK_S))
        self._event = HostReason.UNREACHABLE, {"failures": self._connect_failures}
        self._apply()

    def _apply(self) -> None:
        if self.trips:
            self.limiter.resize(self._standing + 1)
        else:  # what is found by measuring may be exceeded for a moment, what is allowed or was refused may not
            self.limiter.resize(self._climber.level, bound=self._most if self._climber.refused_at is None else None)

    def _work(self) -> float:
        now = self._clock.monotonic()
        self._worked_s += (now - self._worked_at) * self._in_use
        self._worked_at = now
        return now
