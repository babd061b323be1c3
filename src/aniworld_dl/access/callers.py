"""Who asks, how that is known, and what they may do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Scope(StrEnum):
    """What one may do; each may do what those before it may."""

    READ = "read"
    """Look at everything and watch episodes."""
    DOWNLOAD = "download"
    """Change the queue: add, steer, remove."""
    ADMIN = "admin"
    """Change the settings and who may do what; read the log."""

    def covers(self, needed: Scope) -> bool:
        """Tell whether this is enough where `needed` is asked for."""
        return _ORDER.index(self) >= _ORDER.index(needed)


_ORDER: Final = tuple(Scope)


EVERYBODY: Final = "*"
"""In a list of groups: whoever is let through by who knows them."""


def scopes_of(items: Iterable[str]) -> Mapping[str, Scope]:
    """Return what each group or person may do, from a setting with items like `group=scope`."""
    pairs = (item.rpartition("=") for item in items)
    return {name: Scope(scope) for name, _, scope in pairs}


def widest_of_groups(scopes: Mapping[str, Scope], groups: Collection[str]) -> Scope | None:
    """Return what somebody in these groups may do at most, None where no group of theirs may do anything."""
    found = [scope for group, scope in scopes.items() if group == EVERYBODY or group in groups]
    return max(found, key=_ORDER.index, default=None)


class Way(StrEnum):
    """How a caller is known."""

    OPEN = "open"
    """Nobody has set up any access, and the service listens to this machine alone."""
    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a word, no password
    PROXY = "proxy"
    """A proxy in front of the service says who it is."""
    OIDC = "oidc"
    """A provider of OpenID Connect says who it is."""
    COMMAND_LINE = "command_line"
    """Someone who may write into the data folder."""


AMBIENT: Final = frozenset({Way.PASSWORD, Way.PROXY, Way.OIDC})
"""Ways that a browser takes by itself, for any page that makes it send a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `digest` tells credentials apart; `ended` is set when this one is revoked or expires."""

    name: str
    way: Way
    scope: Scope
    digest: bytes = b""
    key_id: int | None = None
    """For keys: the stored one's id; 0 is the setting `api_key`."""
    expires_at: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)


LOCAL: Final = "local"
"""The name of whoever uses a service that is open."""
