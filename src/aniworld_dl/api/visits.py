"""What is known of a request: who asks, from where, and what becomes of it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Collection, MutableMapping

    from starlette.requests import HTTPConnection

    from aniworld_dl.access import Caller

_KEY: Final = "aniworld_dl.visit"
_SHOWN_IDS: Final = 20


@dataclass(slots=True, kw_only=True)
class Visit:
    """A request. `peer` is who is connected, `address` who a trusted proxy says it is, `secure` whether by TLS."""

    peer: str
    address: str
    secure: bool
    caller: Caller | None = None
    targets: dict[str, Any] = field(default_factory=dict)
    outcome: str = "ok"


def begin_visit(scope: MutableMapping[str, Any], peer: str) -> Visit:
    """Note a request, for whatever handles it."""
    visit = Visit(peer=peer, address=address_of(scope), secure=scope.get("scheme") in {"https", "wss"})
    scope[_KEY] = visit
    return visit


def find_visit(scope: MutableMapping[str, Any]) -> Visit | None:
    """Return what is known of a request, None where nobody has looked at it."""
    return scope.get(_KEY)


def visit_of(connection: HTTPConnection) -> Visit:
    """Return what is known of a request that has come past the guard."""
    visit: Visit = connection.scope[_KEY]
    return visit


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who asks.

    Raises:
        UnauthorizedError: nobody knows.
    """
    caller = visit_of(connection).caller
    if caller is None:
        raise UnauthorizedError
    return caller


def note(connection: HTTPConnection, **targets: Any) -> None:
    """Tell the audit trail what a request is about."""
    visit_of(connection).targets.update(targets)


def shown_ids(ids: Collection[int]) -> list[int] | int:
    """Return ids for the audit trail, or how many where they are many."""
    return sorted(ids) if len(ids) <= _SHOWN_IDS else len(ids)


def address_of(scope: MutableMapping[str, Any]) -> str:
    """Return the address of the other side, IPv4 as IPv4 also where it came by IPv6."""
    host = str((scope.get("client") or ("",))[0])
    try:
        mapped = getattr(ipaddress.ip_address(host), "ipv4_mapped", None)
    except ValueError:
        return host
    return str(mapped or host)
