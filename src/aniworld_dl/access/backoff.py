"""Slows down who guesses passwords, without locking out who knows the right one.

Each address has a few tries; after that it must wait, twice as long each time. A name that many addresses fail at
makes all of those wait too, but an address that has not failed yet is always heard: whoever guesses cannot keep the
owner out.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock

FREE_TRIES: Final = 5
"""Failures of an address before it must wait."""
FREE_TRIES_OF_NAME: Final = 20
LONGEST_S: Final = 300.0
LONGEST_OF_NAME_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 3600.0
_MOST_KNOWN: Final = 4096
_IPV6_NETWORK: Final = 64


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0

    def wait_s(self, now: float, free: int, longest_s: float) -> float:
        if self.count < free:
            return 0.0
        pause = min(longest_s, 2.0 ** min(self.count - free, 30))
        return max(0.0, self.last + pause - now)


class Backoff:
    """Counts failures by address and by name; both are forgotten after an hour without any."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def wait_s(self, address: str, name: str) -> float:
        """Return how long this address must wait before it may try this name, 0 when it may now."""
        now = self._clock.monotonic()
        own = self._known("address", network_of(address))
        if not own.count:
            return 0.0
        of_name = self._known("name", name).wait_s(now, FREE_TRIES_OF_NAME, LONGEST_OF_NAME_S)
        return max(own.wait_s(now, FREE_TRIES, LONGEST_S), of_name)

    def try_(self, address: str, name: str) -> None:
        """Count a try as failed, before it is looked at: many at a time must not all slip through."""
        for kind, value in (("address", network_of(address)), ("name", name)):
            failures = self._known(kind, value)
            failures.count += 1
            failures.last = self._clock.monotonic()
            self._failures[kind, value] = failures
            self._failures.move_to_end((kind, value))
        while len(self._failures) > _MOST_KNOWN:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        """Forget what an address has failed at, and take back what was counted against the name."""
        self._failures.pop(("address", network_of(address)), None)
        if of_name := self._failures.get(("name", name)):
            of_name.count -= 1

    def _known(self, kind: str, value: str) -> _Failures:
        found = self._failures.get((kind, value))
        if found is None or self._clock.monotonic() - found.last > FORGOTTEN_AFTER_S:
            return _Failures()
        return found


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 a whole /64, since everybody has one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, _IPV6_NETWORK), strict=False))
    return str(ip)
