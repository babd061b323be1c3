"""The HTTP client of the product: polite to hosts, careful with addresses, strict about lengths."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import httpx

from aniworld_dl.errors import HttpStatusError, TooLargeError, TooManyRedirectsError
from aniworld_dl.limits import Shares
from aniworld_dl.net.address import Address, authority, join, parse, same_host, without_query
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.carriers import carrier_factory
from aniworld_dl.net.faults import Faults
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.headers import carried_over, request_headers, retry_after_s
from aniworld_dl.net.hosts import HostPolicy
from aniworld_dl.net.response import Response
from aniworld_dl.net.retry import Retry
from aniworld_dl.net.transport import GuardedTransport, PinnedTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from types import TracebackType

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.model import ByteRange
    from aniworld_dl.net.guard import Resolver
    from aniworld_dl.net.host import Lease

MOST_REDIRECTS: Final = 10

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FIRST_ERROR: Final = 300
"""A redirect that leads nowhere is no answer either."""
_PARTIAL: Final = 206
_BUFFERS_BYTES: Final = 16 << 20
_SMALLEST_BUFFER_BYTES: Final = 1 << 16
_LARGEST_BUFFER_BYTES: Final = 1 << 20


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A small body read whole. `url` is the address that answered, after all redirects."""

    body: bytes
    url: str
    content_type: str | None


class HttpClient:
    """Every request of the product goes through one of these. An asynchronous context manager.

    `trusted_endpoints` are (IP address, port) pairs that may be connected to although they are not public.
    `transport` replaces the network, `resolver` the look-up of names; addresses are checked all the same. `ca_pem` is
    trusted besides the usual authorities.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        trusted_endpoints: Collection[tuple[str, int]] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
        ca_pem: bytes | None = None,
    ) -> None:
        self._settings = settings
        self.clock = clock
        self.hosts = HostPolicy(clock, settings.connections_per_host)
        self.retry = Retry(clock, settings.attempts_per_segment)
        self.buffers = Shares(_BUFFERS_BYTES, least=_SMALLEST_BUFFER_BYTES, most=_LARGEST_BUFFER_BYTES)
        """What all who read bodies to the disk at a time may hold in memory together, in bytes."""
        guard = AddressGuard(
            settings.allowed_private_networks, trusted_endpoints, resolver, timeout_s=settings.connect_timeout_s
        )
        book = AddressBook(guard, clock)
        if transport is None:
            checked: httpx.AsyncBaseTransport = PinnedTransport(book, carrier_factory(settings, ca_pem=ca_pem))
        else:
            checked = GuardedTransport(book, transport)
        self._transport = checked
        """Used without an `httpx.AsyncClient`: what that adds (cookies, redirects, authentication, proxies of the
        environment) is done here or must not be done, and takes longer than the request of a small segment."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        byte_range: ByteRange | None = None,
        on_send: Callable[[], None] = _nothing,
    ) -> AsyncIterator[Response]:
        """Ask once and hand over the answer while its body is still on the wire. The host's slot is held until then.

        With `byte_range` a 206 answer is checked to carry it; a server that knows no ranges answers 200. `on_send` is
        called when a slot is free and the request goes out.

        Raises:
            UrlInvalidError, AddressRefusedError, TooManyRedirectsError: asking again is of no use.
            NameNotResolvedError, ConnectError, StalledError, ConnectionLostError: the network.
            HttpStatusError: the server's answer is 300 or above.
            SourceChangedError, BodyTruncatedError: the range in the answer is another one.
            RequestInvalidError: `headers` cannot be sent.
        """
        address = parse(url)
        fields = request_headers(address, headers or {}, byte_range)
        for _ in range(MOST_REDIRECTS + 1):
            async with self._answer(address, fields, on_send) as (raw, lease):
                onward = _target(address, raw)
                if onward is None:
                    response = Response(raw, address, self._faults(address), lease.received)
                    if byte_range is not None:
                        response.check_range(byte_range)
                    yield response
                    return
            if not same_host(address, onward):
                fields = carried_over(fields)
            address = onward
        raise TooManyRedirectsError(url=without_query(url), count=MOST_REDIRECTS)

    async def get_bytes(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit_bytes: int,
        byte_range: ByteRange | None = None,
    ) -> Fetched:
        """Read a small resource whole, such as a playlist, with retries.

        With `byte_range` the body is that part, also when the server sends everything; it is shorter where the
        resource ends before the range does.

        Raises:
            TooLargeError: there are more than `limit_bytes`.
            AniworldDlError: what `stream` and `Response.chunks` raise.
        """
        once = partial(self.get_once, url, headers=headers, limit_bytes=limit_bytes, byte_range=byte_range)
        return await self.retry.run(once)

    async def get_once(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit_bytes: int,
        byte_range: ByteRange | None = None,
    ) -> Fetched:
        """Do as `get_bytes` does, without retries.

        Raises:
            TooLargeError: there are more than `limit_bytes`.
            AniworldDlError: what `stream` and `Response.chunks` raise.
        """
        async with self.stream(url, headers=headers, byte_range=byte_range) as response:
            wanted = byte_range if response.status != _PARTIAL else None
            body = await _read(response, wanted, limit_bytes)
            return Fetched(body=body, url=response.url, content_type=response.content_type)

    @asynccontextmanager
    async def _answer(
        self, address: Address, fields: httpx.Headers, on_send: Callable[[], None]
    ) -> AsyncIterator[tuple[httpx.Response, Lease]]:
        """Send one request and give its answer, unless that is an error."""
        async with self.hosts.slot(authority(address)) as lease:
            on_send()
            request = httpx.Request("GET", address.url, headers=fields)
            try:
                raw = await self._transport.handle_async_request(request)
            except httpx.HTTPError as exc:
                raise self._faults(address).before_body(exc) from exc
            lease.answered()
            try:
                self._refuse_error(address, raw)
                yield raw, lease
            finally:
                await raw.aclose()

    def _refuse_error(self, address: Address, raw: httpx.Response) -> None:
        status = raw.status_code
        if status < _FIRST_ERROR or (status in _REDIRECTS and "location" in raw.headers):
            return
        wait_s = retry_after_s(raw.headers.get("retry-after"), self.clock.time())
        raise HttpStatusError(host=address.host, status=status, url=address.shown, retry_after_s=wait_s)

    def _faults(self, address: Address) -> Faults:
        settings = self._settings
        return Faults(
            host=address.host,
            connect_timeout_s=settings.connect_timeout_s,
            read_timeout_s=settings.read_timeout_s,
        )


def _target(address: Address, raw: httpx.Response) -> Address | None:
    return join(address, raw.headers["location"]) if raw.status_code in _REDIRECTS else None


async def _read(response: Response, wanted: ByteRange | None, limit_bytes: int) -> bytes:
    """Read the body, or of a body that is everything the part that is wanted."""
    start, stop = (0, None) if wanted is None else (wanted.start, wanted.stop)
    announced = response.content_length if wanted is None else None
    body, position = bytearray(), 0
    too_large = TooLargeError(url=without_query(response.url), limit_bytes=limit_bytes)
    if announced is not None and announced > limit_bytes:
        raise too_large
    async for chunk in response.chunks():
        body += chunk[max(start - position, 0) : None if stop is None else max(stop - position, 0)]
        position += len(chunk)
        if len(body) > limit_bytes:
            raise too_large
        if stop is not None and position >= stop:
            break
    return bytes(body)
