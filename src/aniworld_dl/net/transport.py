"""Sends each request to an address that the guard has checked, and to no other."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from aniworld_dl.net.carriers import Pin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from aniworld_dl.net.book import AddressBook
    from aniworld_dl.net.carriers import CarrierFactory

_KEPT_CARRIERS: Final = 64
_ADDRESSES_TRIED: Final = 4
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class PinnedTransport(httpx.AsyncBaseTransport):
    """One carrier for each origin and address, made when needed; those nobody uses are closed, the oldest first.

    When an address cannot be reached the next one of the name is tried, and the first waits at the end from then on.
    Addresses are checked before anything is sent: `AddressRefusedError` and `NameNotResolvedError` pass through.
    """

    def __init__(self, book: AddressBook, make: CarrierFactory) -> None:
        self._book = book
        self._make = make
        self._entries: OrderedDict[Pin, _Entry] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. The response's stream must be closed; it keeps the carrier in use until then."""
        scheme, host, port = origin_of(request)
        failure: httpx.TransportError | None = None
        for ip in (await self._book.addresses(host, port))[:_ADDRESSES_TRIED]:
            try:
                return await self._send(Pin(scheme=scheme, host=host, port=port, ip=ip), request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                self._book.put_last(host, port, ip)
                failure = exc
        self._book.forget(host, port)
        raise failure or httpx.ConnectError("it has no address", request=request)

    async def aclose(self) -> None:
        """Close every carrier, also those in use."""
        while self._entries:
            _, entry = self._entries.popitem()
            await entry.carrier.aclose()

    async def _send(self, pin: Pin, request: httpx.Request) -> httpx.Response:
        entry = self._entries.get(pin)
        if entry is None:
            entry = self._entries[pin] = _Entry(self._make(pin))
        self._entries.move_to_end(pin)
        with entry:
            await self._close_idle()
            response = await entry.carrier.handle_async_request(request)
            stream = response.stream
            assert isinstance(stream, httpx.AsyncByteStream)
            entry.users += 1
            return httpx.Response(response.status_code, headers=response.headers, stream=_Leased(stream, entry))

    async def _close_idle(self) -> None:
        surplus = len(self._entries) - _KEPT_CARRIERS
        idle = [pin for pin, entry in self._entries.items() if not entry.users] if surplus > 0 else []
        closing = [self._entries.pop(pin) for pin in idle[:surplus]]
        for entry in closing:
            await entry.carrier.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Checks the addresses of each request, then lets another transport send it. For transports without a network."""

    def __init__(self, book: AddressBook, inner: httpx.AsyncBaseTransport) -> None:
        self._book = book
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check, then send."""
        _, host, port = origin_of(request)
        await self._book.addresses(host, port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._inner.aclose()


def origin_of(request: httpx.Request) -> tuple[str, str, int]:
    """Return scheme, host (ASCII) and port of a request."""
    url = request.url
    return url.scheme, url.raw_host.decode("ascii"), _DEFAULT_PORTS[url.scheme] if url.port is None else url.port


@dataclass(slots=True)
class _Entry:
    """A carrier and how many requests use it; a `with` block counts as one."""

    carrier: httpx.AsyncBaseTransport
    users: int = 0

    def __enter__(self) -> None:
        self.users += 1

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.users -= 1


class _Leased(httpx.AsyncByteStream):
    """A body that gives its carrier back when it is closed. Iterating costs nothing on top of the carrier's own."""

    def __init__(self, stream: httpx.AsyncByteStream, entry: _Entry) -> None:
        self._stream = stream
        self._entry: _Entry | None = entry

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if self._entry is not None:
                self._entry.users -= 1
                self._entry = None
