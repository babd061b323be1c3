"""Politeness: how many connections each server gets, and when it wants to be left alone."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConnectError, HostCoolingError, NetError
from aniworld_dl.limits import Limiter
from aniworld_dl.net.host import Host

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from aniworld_dl.clock import Clock
    from aniworld_dl.net.host import HostFigures, Lease

MOST_CONNECTIONS: Final = 96
"""Over all hosts and episodes: each open one costs some 0.3 MB, whatever it carries."""

OWNER: Final[ContextVar[Hashable]] = ContextVar("OWNER", default=None)
"""For whom the requests of a task and of its children are. Owners get equal shares of a host's connections."""

LONGEST_WAIT_S: Final = 10.0
"""A cool-down that lasts longer is not waited for by a request; who wants to go on comes back."""
_LOOK_EVERY_S: Final = 1.0

_KEPT_HOSTS: Final = 256
_SHOWN_HOSTS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What has been asked and fetched so far, over all hosts. `troubles` were refused, stalled or broke."""

    received_bytes: int
    requests: int
    troubles: int


class HostPolicy:
    """Connections and cool-downs of all hosts. Those that nobody uses are forgotten, the oldest first.

    A host gets 8 connections at first, then as many as pay, at most `connections_per_host`; half as many when it
    refuses or breaks some. One that cannot be connected to is tried by one request at a time, later each time.
    """

    def __init__(self, clock: Clock, connections_per_host: int) -> None:
        self._clock = clock
        self._connections = connections_per_host
        self._hosts: OrderedDict[str, Host] = OrderedDict()
        self._all = Limiter(MOST_CONNECTIONS)
        self._forgotten = Traffic(received_bytes=0, requests=0, troubles=0)
        self.failures: Counter[str] = Counter()
        """Requests that failed since the start, over all hosts, by the code of their error."""

    def resize(self, connections_per_host: int) -> None:
        """Change the most connections a host may get, at once where that is more, as they end where it is fewer."""
        self._connections = connections_per_host
        for host in self._hosts.values():
            host.resize(connections_per_host)

    def cool_down(self, host: str, seconds: float) -> None:
        """Let no new request to `host` begin for that long. A longer one that runs already stays."""
        self._entry(host).cool_down(seconds)

    def cooling_until(self, host: str) -> float | None:
        """Return until when a host is left alone, in seconds since the epoch; None when it is not.

        Of a host name without a port the longest of its ports counts.
        """
        named = (entry for name, entry in self._hosts.items() if name == host or name.rpartition(":")[0] == host)
        left_s = max((entry.cool_until for entry in named), default=0.0) - self._clock.monotonic()
        return self._clock.time() + left_s if left_s > 0 else None

    def figures(self) -> list[HostFigures]:
        """Return the hosts that are in use or cooling, those last asked first; 16 at most."""
        now = self._clock.monotonic()
        live = [host for host in reversed(self._hosts.values()) if host.in_use or not host.idle(now)]
        return [host.figures() for host in live[:_SHOWN_HOSTS]]

    def traffic(self) -> Traffic:
        """Return what has been asked and fetched so far."""
        return _sum([self._forgotten, *self._hosts.values()])

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[Lease]:
        """Hold one of the host's connections, and one of all, for the length of a `with` block.

        Waits for the host's cool-down to end: a long one only for as long as others have answers of it under way, that
        they are not lost. What the block raises is taken into account.

        Raises:
            ConnectError: somebody else found meanwhile that it still cannot be connected to.
            HostCoolingError: it wants to be left alone for longer than 10 s.
        """
        entry = self._entry(host)
        trips = entry.trips
        entry.welcome(OWNER.get())
        async with entry.limiter.slot(OWNER.get()), AsyncExitStack() as stack:
            while True:
                if entry.trips > trips:
                    raise ConnectError(host=host, reason=entry.unreachable_reason)
                while (wait_s := entry.cool_until - self._clock.monotonic()) > 0:
                    if wait_s > LONGEST_WAIT_S and not entry.in_use:
                        raise HostCoolingError(host=host, wait_s=math.ceil(wait_s))
                    await self._clock.sleep(min(wait_s, _LOOK_EVERY_S) if wait_s > LONGEST_WAIT_S else wait_s)
                await stack.enter_async_context(self._all.slot())
                if entry.cool_until <= self._clock.monotonic():
                    break
                await stack.aclose()  # it began while there was no slot: others need it now
            lease = entry.begin()
            try:
                yield lease
            except NetError as error:
                self.failures[error.code] += 1
                entry.failed(lease, error)
                raise
            finally:
                entry.end(lease)

    def _entry(self, host: str) -> Host:
        entry = self._hosts.get(host)
        if entry is None:
            self._forget_idle()
            entry = self._hosts[host] = Host(host, self._clock, self._connections)
        self._hosts.move_to_end(host)
        return entry

    def _forget_idle(self) -> None:
        if len(self._hosts) < _KEPT_HOSTS:
            return
        now = self._clock.monotonic()
        idle = [name for name, entry in self._hosts.items() if entry.idle(now)][: len(self._hosts) // 2]
        self._forgotten = _sum([self._forgotten, *(self._hosts.pop(name) for name in idle)])


def _sum(parts: list[Traffic | Host]) -> Traffic:
    return Traffic(
        received_bytes=sum(part.received_bytes for part in parts),
        requests=sum(part.requests for part in parts),
        troubles=sum(part.troubles for part in parts),
    )
