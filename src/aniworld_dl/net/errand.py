"""Small requests to servers that the user has named, such as webhooks: not downloads, so without their queues."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from aniworld_dl.errors import HttpStatusError, StalledError, TooLargeError, UrlInvalidError
from aniworld_dl.net.address import parse
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.carriers import carrier_factory
from aniworld_dl.net.faults import Faults
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.headers import retry_after_s
from aniworld_dl.net.transport import PinnedTransport

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.net.address import Address

TIMEOUT_S: Final = 15.0
"""How long a request may take in all."""
_MOST_BYTES: Final = 1 << 20
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be sent. `headers` and the query may hold secrets; no error repeats them, nor the path."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str]
    body: bytes = b""


class Errands:
    """Sends requests to checked addresses alone, as `HttpClient` does, and follows no redirect."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        trusted_endpoints: Collection[tuple[str, int]] = (),
        trusted_names: Collection[tuple[str, int]] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._settings = settings.model_copy(update={"transport": "httpx"})  # which can send bodies
        self._clock = clock
        self._trusted = trusted_endpoints
        self._names = trusted_names
        self._timeout_s = timeout_s
        self._transport: PinnedTransport | None = None
        self._opening = asyncio.Lock()

    async def send(self, request: Request) -> bytes:
        """Send a request and return the body of its answer.

        Raises:
            UrlInvalidError, AddressRefusedError: the address is none, or one that is not allowed.
            NameNotResolvedError, ConnectError, StalledError, ConnectionLostError: the network.
            HttpStatusError: the answer is no success.
            TooLargeError: the answer is larger than 1 MiB.
        """
        try:
            address = parse(request.url)
        except UrlInvalidError as error:
            raise UrlInvalidError(url="the url", reason=str(error.params["reason"])) from None  # which shows the path
        async with self._opening:
            if self._transport is None:
                self._transport = await asyncio.to_thread(self._open)  # which reads certificates
            transport = self._transport
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._answer(transport, address, request)
        except TimeoutError as error:
            raise StalledError(host=address.host, timeout_s=self._timeout_s) from error
        except httpx.HTTPError as error:
            raise self._faults(address).before_body(error) from error

    async def aclose(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _answer(self, transport: PinnedTransport, address: Address, request: Request) -> bytes:
        sent = httpx.Request(request.method, address.url, headers=request.headers, content=request.body)
        response = await transport.handle_async_request(sent)
        try:
            if response.status_code not in _SUCCESS:
                wait_s = retry_after_s(response.headers.get("retry-after"), self._clock.time())
                shown = f"{sent.url.scheme}://{address.host}"
                raise HttpStatusError(host=address.host, status=response.status_code, url=shown, retry_after_s=wait_s)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise TooLargeError(url=address.host, limit_bytes=_MOST_BYTES)
            return bytes(body)
        finally:
            await response.aclose()

    def _open(self) -> PinnedTransport:
        guard = AddressGuard(
            self._settings.allowed_private_networks,
            self._trusted,
            trusted_names=self._names,
            timeout_s=self._settings.connect_timeout_s,
        )
        return PinnedTransport(AddressBook(guard, self._clock), carrier_factory(self._settings))

    def _faults(self, address: Address) -> Faults:
        settings = self._settings
        return Faults(
            host=address.host,
            connect_timeout_s=settings.connect_timeout_s,
            read_timeout_s=settings.read_timeout_s,
        )
