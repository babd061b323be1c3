"""Who asks, how that is known, and what they may do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


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


class Way(StrEnum):
    """How a caller is known."""

    OPEN = "open"
    """Nobody has set up any access, and the service listens to this machine alone."""
    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a word, no password
    PROXY = "proxy"
    """A proxy in front of the service says who it is."""
    COMMAND_LINE = "command_line"
    """Someone who may write into the data folder."""


AMBIENT: Final = frozenset({Way.PASSWORD, Way.PROXY})
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
