"""Which host names and which pages may use the service: the defence against DNS rebinding and foreign sites."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import is_loopback

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A host and a port, as in a Host header; `port` is None where none is written."""

    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Read `host`, `host:port` or `[ipv6]:port`; None when it is none of them."""
    if not text or any(character in text for character in "/?#@\\") or text != text.strip():
        return None
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return Authority(host=host.removesuffix("."), port=port) if host else None


class HostRules:
    """Decides about Host and Origin headers.

    On a loopback address only its names are known. Elsewhere any literal address is: a foreign page reaches the
    service under a name it controls, never under a bare address that it does not own. `allowed_hosts` adds names.
    """

    def __init__(self, settings: Settings, *, machine: str | None = None) -> None:
        self._loopback = is_loopback(settings.host)
        self._listed = frozenset(_listed_host(item) for item in settings.allowed_hosts)
        machine = (socket.gethostname() if machine is None else machine).lower()
        own = {settings.host.lower()} if self._loopback else {settings.host.lower(), machine, f"{machine}.local"}
        self._names = _LOOPBACK_NAMES | self._listed | own

    def knows_host(self, header: str) -> bool:
        """Tell whether a Host header names this service, whatever its port."""
        authority = parse_authority(header)
        if authority is None:
            return False
        return authority.host in self._names or (not self._loopback and _is_address(authority.host))

    def trusts_origin(self, origin: str, host_header: str) -> bool:
        """Tell whether an Origin header names the page of this service, or a host in `allowed_hosts`.

        The scheme is not compared: a proxy may have taken TLS off.
        """
        scheme, separator, rest = origin.partition("://")
        page, here = parse_authority(rest), parse_authority(host_header)
        if not separator or scheme not in _DEFAULT_PORTS or page is None or here is None:
            return False
        if page.host in self._listed:
            return True
        return page.host == here.host and page.port in {here.port, _without_default(scheme, here.port)}


def _without_default(scheme: str, port: int | None) -> int | None:
    return None if port == _DEFAULT_PORTS.get(scheme) else port


def _listed_host(item: str) -> str:
    authority = parse_authority(item.strip())
    if authority is None:
        raise ConfigError(key="allowed_hosts", value=item, mend="list host names, such as downloads.example.org")
    return authority.host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
