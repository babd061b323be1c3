"""Who is let in: by a key, a session, a proxy that has logged them in, or because nobody has closed the door."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from starlette.requests import cookie_parser

from aniworld_dl.access import Caller, Scope, Way
from aniworld_dl.access.callers import scopes_of, widest_of_groups
from aniworld_dl.access.tokens import digest
from aniworld_dl.api.passes import admitted
from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import Headers
    from starlette.types import Scope as Connection

    from aniworld_dl.access import Access
    from aniworld_dl.config import Settings

SUBPROTOCOL: Final = "aniworld-dl"
"""What browsers ask for over WebSocket; `aniworld-dl.key.<base64url of the key>` beside it carries the key."""
KEY_SUBPROTOCOL: Final = f"{SUBPROTOCOL}.key."
SESSION_COOKIE: Final = "aniworld-dl-session"


class Door:
    """Tells who asks, by everything that can say so."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self._access = access
        self._key = _key_of_settings(settings)
        self._proxies = [ipaddress.ip_network(item) for item in settings.trusted_proxies]
        self._user_header = settings.proxy_user_header
        self._groups_header = settings.proxy_groups_header
        self._scopes = scopes_of(settings.proxy_groups)
        self._has_provider = settings.oidc_issuer is not None
        self._may_be_open = not closed_by(settings) and is_loopback(settings.host)

    @property
    def open(self) -> bool:
        """Whether everybody may do everything."""
        return self._may_be_open and not self._access.configured

    @property
    def takes_keys(self) -> bool:
        """Whether there is any key."""
        return self._key is not None or bool(self._access.keys)

    def caller(self, connection: Connection, path: str, headers: Headers, peer: str) -> Caller | None:
        """Return who asks, None when nobody knows. Only `peer`, who is really connected, makes a proxy trusted."""
        return (
            self._by_key(connection, headers)
            or admitted(self._key_by_id, connection.get("method", ""), path, headers)
            or self._by_session(headers)
            or self._by_proxy(headers, peer)
            or (self._access.local if self.open else None)
        )

    def _by_key(self, connection: Connection, headers: Headers) -> Caller | None:
        for secret in _offered(connection, headers):
            if self._key is not None and hmac.compare_digest(digest(secret), self._key.digest):
                return self._key
            caller = self._access.find(secret)
            if caller is not None and caller.way is Way.KEY:
                return caller
        return None

    def _key_by_id(self, key_id: int) -> Caller | None:
        return self._key if key_id == 0 else self._access.key(key_id)

    def _by_session(self, headers: Headers) -> Caller | None:
        token = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE)
        caller = self._access.find(token.encode("utf-8", "replace")) if token else None
        if caller is None or caller.way is Way.KEY or (caller.way is Way.OIDC and not self._has_provider):
            return None
        return caller

    def _by_proxy(self, headers: Headers, peer: str) -> Caller | None:
        if self._user_header is None:
            return None
        named = headers.getlist(self._user_header)
        if len(named) != 1 or not named[0].strip() or not self._trusts(peer):
            return None  # twice: the proxy has let through what the client says
        groups = {item.strip() for item in ",".join(headers.getlist(self._groups_header)).split(",")}
        scope = widest_of_groups(self._scopes, groups)
        if scope is None:
            return None
        name = named[0].strip().encode("latin-1").decode("utf-8", "replace")
        return Caller(name=name, way=Way.PROXY, scope=scope)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


def closed_by(settings: Settings) -> bool:
    """Tell whether the settings alone ask for somebody to say who they are."""
    given = (settings.api_key, settings.proxy_user_header, settings.oidc_issuer)
    return any(each is not None for each in given)


def require_safe_bind(settings: Settings, access: Access) -> None:
    """Refuse to listen on more than this machine while nobody is asked who they are.

    Raises:
        ConfigError: `host` is not a loopback address, and there is no key, no password and no login proxy.
    """
    if not closed_by(settings) and not access.configured and not is_loopback(settings.host):
        mend = (
            f"listening on {settings.host} lets other machines in: set a password ('aniworld-dl password set'), "
            "add a key ('aniworld-dl keys add NAME --scope admin'), or set api_key (8 characters or more)"
        )
        raise ConfigError(key="api_key", value="", mend=mend)


def _key_of_settings(settings: Settings) -> Caller | None:
    if settings.api_key is None:
        return None
    secret = digest(settings.api_key.encode())
    return Caller(name="api_key", way=Way.KEY, scope=Scope.ADMIN, digest=secret, key_id=0)


def _offered(connection: Connection, headers: Headers) -> Iterator[bytes]:
    if key := headers.get("x-api-key"):
        yield key.encode("latin-1")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip().encode("latin-1")
    for name in connection.get("subprotocols", ()):
        if name.startswith(KEY_SUBPROTOCOL):
            text = name.removeprefix(KEY_SUBPROTOCOL)
            try:
                yield base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            except (binascii.Error, ValueError):
                continue
