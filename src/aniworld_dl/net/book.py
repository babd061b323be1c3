"""Remembers checked addresses for a while, so that a name is not looked up for every segment."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.net.guard import AddressGuard

_KEPT_S: Final = 60.0
_KEPT_NAMES: Final = 256


@dataclass(slots=True)
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    addresses: list[str] = field(default_factory=list)
    expires_at: float = 0.0


class AddressBook:
    """Checked addresses by host and port, at most a minute old, those that could not be reached last.

    Keeping them also keeps the connections: a name whose answers rotate would else lead to a new server every time.
    """

    def __init__(self, guard: AddressGuard, clock: Clock) -> None:
        self._guard = guard
        self._clock = clock
        self._entries: OrderedDict[tuple[str, int], _Entry] = OrderedDict()

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the checked addresses of `host`, best first. Who asks at the same time shares one look-up.

        Raises:
            AddressRefusedError: an address is not public and no setting allows it.
            NameNotResolvedError: the name has no address.
        """
        entry = self._entries.setdefault((host, port), _Entry())
        self._entries.move_to_end((host, port))
        if len(self._entries) > _KEPT_NAMES:
            self._entries.popitem(last=False)
        async with entry.lock:
            if not entry.addresses or self._clock.monotonic() >= entry.expires_at:
                entry.addresses = await self._guard.check(host, port)
                entry.expires_at = self._clock.monotonic() + _KEPT_S
            return entry.addresses.copy()

    def put_last(self, host: str, port: int, ip: str) -> None:
        """Try `ip` after the other addresses from now on."""
        entry = self._entries.get((host, port))
        if entry is not None and ip in entry.addresses:
            entry.addresses.remove(ip)
            entry.addresses.append(ip)

    def forget(self, host: str, port: int) -> None:
        """Look the name up anew next time."""
        entry = self._entries.get((host, port))
        if entry is not None:
            entry.addresses = []
