"""The seam: every exception of the HTTP libraries becomes a `NetError` here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from aniworld_dl.errors import BodyTruncatedError, ConnectError, ConnectionLostError, StalledError
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from aniworld_dl.errors import NetError

_LONGEST_REASON: Final = 200
_URL: Final = re.compile(r"https?://[^\s)\]'\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Translates what goes wrong with one server."""

    host: str
    connect_timeout_s: float
    read_timeout_s: float

    def before_body(self, exc: httpx.HTTPError) -> NetError:
        """Return the error for a failure before the response's head was whole."""
        if isinstance(exc, httpx.ConnectTimeout):
            return ConnectError(host=self.host, reason=f"no answer within {self.connect_timeout_s:g} s")
        if isinstance(exc, httpx.ConnectError):
            return ConnectError(host=self.host, reason=_reason(exc))
        return self._while_connected(exc)

    def in_body(self, exc: httpx.HTTPError, *, received: int, expected: int | None) -> NetError:
        """Return the error for a failure after `received` bytes of the body."""
        if isinstance(exc, httpx.RemoteProtocolError) and expected is not None and received < expected:
            return BodyTruncatedError(host=self.host, received_bytes=received, expected_bytes=expected)
        return self._while_connected(exc)

    def _while_connected(self, exc: httpx.HTTPError) -> NetError:
        if isinstance(exc, httpx.TimeoutException):
            return StalledError(host=self.host, timeout_s=self.read_timeout_s)
        return ConnectionLostError(host=self.host, reason=_reason(exc))


def _reason(exc: httpx.HTTPError) -> str:
    """Return the message without queries, which carry tokens."""
    text = _URL.sub(lambda found: without_query(found[0]), str(exc)) or type(exc).__name__
    return text[:_LONGEST_REASON]
