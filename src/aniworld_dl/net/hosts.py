"""Politeness: how many connections one server gets, and when it wants to be left alone."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.limits import Limiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.clock import Clock

MOST_CONNECTIONS: Final = 96
"""Over all hosts and episodes: each open one costs some 0.3 MB, whatever it carries."""

_KEPT_HOSTS: Final = 256


@dataclass(slots=True)
class _Host:
    limiter: Limiter
    cool_until: float

    def idle(self, now: float) -> bool:
        return not self.limiter.held and not self.limiter.waiting and self.cool_until <= now


class HostPolicy:
    """A `Limiter` and a cool-down for each host. Hosts that nobody uses are forgotten, the oldest first."""

    def __init__(self, clock: Clock, connections_per_host: int) -> None:
        self._clock = clock
        self._connections = connections_per_host
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._all = Limiter(MOST_CONNECTIONS)

    def resize(self, connections_per_host: int) -> None:
        """Change the number of connections for every host, at once where it grows, as they end where it shrinks."""
        self._connections = connections_per_host
        for host in self._hosts.values():
            host.limiter.resize(connections_per_host)

    def cool_down(self, host: str, seconds: float) -> None:
        """Let no new request to `host` begin for that long. A longer one that runs already stays."""
        entry = self._entry(host)
        entry.cool_until = max(entry.cool_until, self._clock.monotonic() + seconds)

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Hold one of the host's connections, and one of all, for the length of a `with` block.

        Waits for the host's cool-down to end.
        """
        entry = self._entry(host)
        async with entry.limiter.slot(), AsyncExitStack() as stack:
            while True:
                while (wait_s := entry.cool_until - self._clock.monotonic()) > 0:
                    await self._clock.sleep(wait_s)
                await stack.enter_async_context(self._all.slot())
                if entry.cool_until <= self._clock.monotonic():
                    break
                await stack.aclose()  # it began while there was no slot: others need it now
            yield

    def _entry(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            self._forget_idle()
            entry = self._hosts[host] = _Host(Limiter(self._connections), 0.0)
        self._hosts.move_to_end(host)
        return entry

    def _forget_idle(self) -> None:
        if len(self._hosts) < _KEPT_HOSTS:
            return
        now = self._clock.monotonic()
        for name in [name for name, entry in self._hosts.items() if entry.idle(now)][: len(self._hosts) // 2]:
            del self._hosts[name]
