"""A resolver that knows only what a test tells it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PUBLIC = "93.184.216.34"
"""What names lead to where a test does not care."""


class FakeResolver:
    """Implements `Resolver`. Unknown names lead to `default`, or nowhere when that is None.

    `asked` has every look-up.
    """

    def __init__(self, names: Mapping[str, Sequence[str]] | None = None, *, default: str | None = PUBLIC) -> None:
        self.names = dict(names or {})
        self.default = default
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        if host in self.names:
            return self.names[host]
        if self.default is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [self.default]
