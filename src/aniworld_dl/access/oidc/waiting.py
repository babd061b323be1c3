"""Logins that have been sent to the provider and have not come back."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.access.backoff import network_of
from aniworld_dl.access.tokens import digest, new_token

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock

WAIT_S: Final = 600.0
"""How long somebody may take at the provider."""
LOGGED_OUT: Final = "logged-out"
"""The `state` with which the provider sends back who has logged out there; that of a login is long and random."""
_MOST: Final = 1000
_MOST_OF_NETWORK: Final = 20
"""Who begins more at a time loses their own first ones, and nobody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One login. All but `page` and `network` are secrets: `state` goes to the provider, `browser` into a cookie.

    `page` is the fragment of the page to go back to.
    """

    network: str
    page: str
    until: float
    state: str = field(default_factory=new_token, repr=False)
    browser: str = field(default_factory=new_token, repr=False)
    nonce: str = field(default_factory=new_token, repr=False)
    verifier: str = field(default_factory=new_token, repr=False)
    """What only who began can answer the challenge with (RFC 7636 4.1)."""


class WaitingLogins:
    """In memory: who is at the provider while the service is started anew begins again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: OrderedDict[bytes, Waiting] = OrderedDict()

    def begin(self, address: str, page: str) -> Waiting:
        """Note a login from a network address."""
        waiting = Waiting(network=network_of(address), page=page, until=self._clock.monotonic() + WAIT_S)
        own = [key for key, each in self._waiting.items() if each.network == waiting.network]
        for key in own[: max(0, len(own) + 1 - _MOST_OF_NETWORK)]:
            del self._waiting[key]
        self._waiting[digest(waiting.state.encode())] = waiting
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        return waiting

    def take(self, state: str, browser: str) -> Waiting | None:
        """Return the login that comes back, once; None when it was not begun in this browser, or too long ago."""
        key = digest(state.encode())
        found = self._waiting.get(key)
        if found is None or not hmac.compare_digest(found.browser.encode(), browser.encode()):
            return None
        del self._waiting[key]
        return found if self._clock.monotonic() < found.until else None
