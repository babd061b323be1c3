"""Addresses of the web: taken apart, checked, and made fit for logs."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes, urljoin

import httpx

from aniworld_dl.errors import UrlInvalidError

LONGEST_URL: Final = 8192
"""Characters; what common servers take as a request line."""

_SHOWN_CHARACTERS: Final = 300
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_AUTHORITY: Final = re.compile(r"^[^:/?#]*://([^/?#]*)")
_USER_INFO: Final = re.compile(r"//[^/]*@")
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_LONGEST_NAME: Final = 253
_LAST_PORT: Final = 65535
_REMEMBERED: Final = 256
_USUAL: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?"
    r"(?=/)(?:[A-Za-z0-9_~!$&()*+,;=:@.-]++|/(?!\.)|%[0-9A-F]{2})*+"
    r"(?:\?(?:[A-Za-z0-9_~!$&()*+,;=:@/?.-]++|%[0-9A-F]{2})*+)?"
)
"""What nearly all addresses look like: nothing in it would be written otherwise when it is taken apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A checked http or https address. `url` has neither credentials nor fragment, `host` is lower-case ASCII."""

    url: str = field(repr=False)
    scheme: str
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)
    """Value for the Authorization header, from a `user:password@` in the address."""

    @property
    def shown(self) -> str:
        """The address as it may stand in logs and errors."""
        return without_query(self.url)


@lru_cache(maxsize=_REMEMBERED)
def parse(url: str) -> Address:
    """Take an address apart. The last ones are remembered: each segment's is asked for several times.

    Raises:
        UrlInvalidError: it is not a usable http or https address. The error never shows a query or credentials.
    """
    text = url.strip(" \t\r\n")
    return _usual(text) or _any(text)


def check(url: str) -> None:
    """Do what `parse` does for whoever only wants to know whether it raises.

    Raises:
        UrlInvalidError: it is not a usable http or https address.
    """
    if _usual_parts(url) is None:
        parse(url)


def _usual(text: str) -> Address | None:
    """Return the address that `_any` would return, at a thirtieth of the time; None when it takes that to know.

    A request may bring a hundred thousand addresses, an episode has thousands of segments.
    """
    parts = _usual_parts(text)
    return None if parts is None else Address(url=text, scheme=parts[0], host=parts[1], port=parts[2])


def _usual_parts(text: str) -> tuple[str, str, int] | None:
    parts = _USUAL.fullmatch(text)
    if parts is None or len(text) > LONGEST_URL:
        return None
    scheme, host, port = parts.groups()
    default = _DEFAULT_PORTS[scheme]
    number = default if port is None else int(port)
    if (port is not None and number == default) or _fault_of_port(number) or _fault_of_known_host(host):
        return None
    return scheme, host, number


@lru_cache(maxsize=_REMEMBERED)
def _fault_of_known_host(host: str) -> str:
    return _fault_of_host(host)


def _any(text: str) -> Address:
    if reason := _fault_of_text(text):
        raise _invalid(text, reason)
    try:
        parts = httpx.URL(text)
        host = parts.raw_host.decode("ascii").lower().removesuffix(".")
    except (httpx.InvalidURL, ValueError) as exc:
        raise _invalid(text, "it cannot be taken apart") from exc
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if reason := _fault_of_host(host) or _fault_of_port(port):
        raise _invalid(text, reason)
    is_clean = parts.raw_host.decode("ascii") == host and not parts.userinfo and not parts.fragment
    clean = parts if is_clean and "#" not in text else parts.copy_with(userinfo=b"", fragment=None, host=host)
    return Address(url=str(clean), scheme=parts.scheme, host=host, port=port, authorization=_basic(parts.userinfo))


def join(base: Address, reference: str) -> Address:
    """Resolve a reference such as a `Location` header against an address.

    Raises:
        UrlInvalidError: the result is not a usable http or https address.
    """
    try:
        joined = urljoin(base.url, reference)
    except ValueError as exc:
        raise _invalid(reference, "it cannot be taken apart") from exc
    return parse(joined)


def authority(address: Address) -> str:
    """Return the host, with the port where that is not the scheme's own."""
    return address.host if address.port == _DEFAULT_PORTS[address.scheme] else f"{address.host}:{address.port}"


def same_host(before: Address, after: Address) -> bool:
    """Tell whether what was meant for `before` (cookies, authorization) may be sent to `after`.

    Host, scheme and port must be the same; the one exception is the usual step from http to https.
    """
    if before.host != after.host:
        return False
    upgraded = (before.scheme, before.port, after.scheme, after.port) == ("http", 80, "https", 443)
    return upgraded or (before.scheme, before.port) == (after.scheme, after.port)


def without_query(url: str) -> str:
    """Return any text that should be an address without query, fragment and credentials, on one bounded line."""
    text = url.split("?", 1)[0].split("#", 1)[0]
    text = _CONTROL.sub(" ", _USER_INFO.sub("//", text, count=1))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def is_address_like(host: str) -> bool:
    """Tell whether some program would read the host name as an IPv4 address: its last label is a number.

    WHATWG URL 3.5 ("ends in a number"): `2130706433`, `0x7f.1` and `0177.0.0.1` are all 127.0.0.1 to a browser.
    """
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that a host is in its one canonical form, None for a name and for every other form."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reachable from this machine only."""
    ip = ip_of(host)
    return host.lower() == "localhost" or (ip is not None and ip.is_loopback)


def _fault_of_text(text: str) -> str:
    if len(text) > LONGEST_URL:
        return f"it is longer than {LONGEST_URL} characters"
    if _CONTROL.search(text):
        return "it has control characters"
    if not text.lower().startswith(("http://", "https://")):
        return "it must begin with http:// or https://"
    authority = _AUTHORITY.match(text)
    if authority is None or not authority[1]:
        return "it has no host"
    if "\\" in authority[1]:
        return "its host has a backslash"
    return ""


@lru_cache(maxsize=_REMEMBERED)
def _fault_of_host(host: str) -> str:
    if not host:
        return "it has no host"
    if ip_of(host) is not None:
        return "" if "%" not in host else "its host names a network interface"
    if is_address_like(host):
        return "write an IPv4 address as four decimal numbers"
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        return "its host is not a valid name"
    return ""


def _fault_of_port(port: int) -> str:
    return "" if 0 < port <= _LAST_PORT else "its port is not between 1 and 65535"


def _basic(user_info: bytes) -> str | None:
    if not user_info:
        return None
    user, _, password = user_info.partition(b":")
    credentials = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return f"Basic {base64.b64encode(credentials).decode('ascii')}"


def _invalid(text: str, reason: str) -> UrlInvalidError:
    return UrlInvalidError(url=without_query(text) or "''", reason=reason)
