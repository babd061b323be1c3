"""Which addresses may be connected to: public ones, and those the user listed."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from typing import TYPE_CHECKING, Final, TypeAlias

from aniworld_dl.errors import AddressRefusedError, NameNotResolvedError
from aniworld_dl.net.address import ip_of, is_address_like

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence

    Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
    """Returns the IP addresses of a name, best first. Raises OSError when there is none."""

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NEVER_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments, which the network at hand answers; at Oracle its metadata
        "192.88.99.0/24",  # the nearest 6to4 relay, RFC 7526
        "168.63.129.16/32",  # Azure's own services, on each of its machines
        "3fff::/20",  # documentation, RFC 9637
    )
)
"""What `ipaddress` takes for global, some of it only in some releases of Python."""


class AddressGuard:
    """Resolves a host and refuses it when even one of its addresses is neither public nor allowed.

    `trusted_names` are hosts with their ports, named by the user, that may be at any address.
    What `check` returns is what must be connected to: a second look-up could give something else (DNS rebinding).
    """

    def __init__(
        self,
        allowed_networks: Iterable[str] = (),
        trusted_endpoints: Collection[tuple[str, int]] = (),
        resolver: Resolver | None = None,
        *,
        trusted_names: Collection[tuple[str, int]] = (),
        timeout_s: float | None = None,
    ) -> None:
        self._allowed = [ipaddress.ip_network(network, strict=False) for network in allowed_networks]
        self._trusted = {(ipaddress.ip_address(ip), port) for ip, port in trusted_endpoints}
        self._trusted_names = frozenset(trusted_names)
        self._resolve = resolver or resolve_by_system
        self._timeout_s = timeout_s

    async def check(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`, each of them checked, best first, at least one.

        Raises:
            AddressRefusedError: an address is not public and no setting allows it.
            NameNotResolvedError: the name has no address, or none came in time.
        """
        addresses = [self._parsed(host, text) for text in await self._addresses(host, port)]
        for address in addresses if (host, port) not in self._trusted_names else ():
            if not self._permits(address, port):
                raise AddressRefusedError(host=host, address=str(address))
        return [str(address) for address in addresses]

    def permits(self, ip: str, port: int) -> bool:
        """Tell whether an IP address may be connected to."""
        return self._permits(self._parsed(ip, ip), port)

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if ip_of(host) is not None:
            return [host]
        if is_address_like(host):
            raise AddressRefusedError(host=host, address=_meant(host))
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError) as exc:  # TimeoutError is an OSError
            raise NameNotResolvedError(host=host) from exc
        if not found:
            raise NameNotResolvedError(host=host)
        return found

    def _parsed(self, host: str, text: str) -> IpAddress:
        try:
            return ipaddress.ip_address(text)
        except ValueError as exc:
            raise AddressRefusedError(host=host, address=text) from exc

    def _permits(self, address: IpAddress, port: int) -> bool:
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            return False
        if (address, port) in self._trusted:
            return True
        return all(_is_public(each) or self._is_allowed(each) for each in _destinations(address))

    def _is_allowed(self, address: IpAddress) -> bool:
        return any(address in network for network in self._allowed)


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the operating system for the addresses of a name, in its order of preference.

    Raises:
        OSError: there is none.
        UnicodeError: the name cannot be one.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _destinations(address: IpAddress) -> Iterator[IpAddress]:
    """Yield every address that packets for `address` may end at: itself, or the IPv4 addresses it wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):  # :: and ::1 stand for themselves
        yield ipaddress.IPv4Address(address.packed[-4:])
    else:
        yield address
        if address.sixtofour is not None:
            yield address.sixtofour
        if address.teredo is not None:
            yield from address.teredo


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    if any(address in network for network in _NEVER_PUBLIC):
        return False
    return address.is_global and not address.is_multicast


def _meant(host: str) -> str:
    """Return the IPv4 address in its usual form that old parsers read from `host`, else `host` itself."""
    with contextlib.suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return host
