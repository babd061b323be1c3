"""What carries requests to one checked address: pyreqwest, or httpx's own transport where that is not installed.

Both are httpx transports and act alike: they connect to the pinned address and nowhere else, give the body as it is on
the wire, follow no redirect, use no proxy, and raise `httpx.ConnectError` or `httpx.ConnectTimeout` only before a
connection exists, `httpx.ReadTimeout` for a silent server, `httpx.RemoteProtocolError` for a body that is cut short.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import httpx

from aniworld_dl.clock import SystemClock
from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import ip_of

try:
    from pyreqwest.client import ClientBuilder
    from pyreqwest.exceptions import PyreqwestError, RequestTimeoutError
    from pyreqwest.http import Url
except ImportError:  # pragma: no cover - a platform without a wheel
    HAS_PYREQWEST = False
else:
    HAS_PYREQWEST = True

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from ssl import SSLContext

    from pyreqwest.bytes import Bytes
    from pyreqwest.client import Client
    from pyreqwest.response import Response

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings

T = TypeVar("T")

_ABANDONED_S: Final = 300.0
"""How long pyreqwest keeps a request that nobody waits for any more: a cancelled wait for an answer's head leaves the
connection open until the server answers. Its read timeout, which ends such a request, cannot be short, because it also
counts the time in which the reader of a body does not read; `Portions` keeps that time short."""
_PAUSE_S: Final = 5.0
"""How long a reader of a body should need for what it is given at a time, as under a low bandwidth limit."""
_LEAST_BYTES: Final = 4096
_LARGEST_CHUNK_BYTES: Final = 417_792
"""What pyreqwest gives at once at most."""
_IDLE_S: Final = 20.0
_IDLE_CONNECTIONS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """An origin and the one address that stands for it."""

    scheme: str
    host: str
    port: int
    ip: str


class CarrierFactory(Protocol):
    """Makes the transport for one pin."""

    def __call__(self, pin: Pin) -> httpx.AsyncBaseTransport:
        """Return a new transport; whoever asked closes it."""
        ...


def carrier_factory(
    settings: Settings, *, ca_pem: bytes | None = None, has_pyreqwest: bool = HAS_PYREQWEST
) -> CarrierFactory:
    """Return what makes carriers for the setting `transport`. `ca_pem` is trusted besides the usual authorities.

    Raises:
        ConfigError: pyreqwest is asked for and cannot be imported.
    """
    if settings.transport == "pyreqwest" and not has_pyreqwest:
        raise ConfigError(key="transport", value="pyreqwest", mend="install pyreqwest, or choose auto or httpx")
    if settings.transport == "httpx" or not has_pyreqwest:
        context = httpx.create_ssl_context()  # which knows SSL_CERT_FILE, as pyreqwest does
        if ca_pem is not None:
            context.load_verify_locations(cadata=ca_pem.decode("ascii"))
        return lambda pin: HttpxCarrier(pin, settings, context)
    return lambda pin: PyreqwestCarrier(pin, settings, ca_pem)


# ------------------------------------------------------------------------------------------------------------ httpx


class HttpxCarrier(httpx.AsyncBaseTransport):
    """httpx's transport, with the host's name replaced by its address everywhere but in the Host header and TLS."""

    def __init__(self, pin: Pin, settings: Settings, ssl_context: SSLContext) -> None:
        self._pin = pin
        self._extensions = {
            "timeout": {"connect": settings.connect_timeout_s, "read": settings.read_timeout_s}
            | {"write": settings.read_timeout_s, "pool": None},
            "sni_hostname": pin.host,
        }
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=_IDLE_CONNECTIONS, keepalive_expiry=_IDLE_S
        )
        self._inner = httpx.AsyncHTTPTransport(verify=ssl_context, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the pinned address."""
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=self._pin.ip),
            headers=request.headers,  # with the Host header of the original address
            stream=request.stream,
            extensions=request.extensions | self._extensions,
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


# -------------------------------------------------------------------------------------------------------- pyreqwest


class PyreqwestCarrier(httpx.AsyncBaseTransport):
    """A pyreqwest client that knows one name and its address.

    `pyreqwest.compatibility.httpx` is not used: it reads up to 64 KiB of the body before it hands the response over,
    its errors do not tell a connection that fails from one that breaks, and its read timeout takes a slow reader for
    a silent server. Here silence is measured while someone waits: a head may take the connect and the read timeout
    together, each piece of a body the read timeout.
    """

    def __init__(self, pin: Pin, settings: Settings, ca_pem: bytes | None) -> None:
        self._pin = pin
        self._client = _client(pin, settings, ca_pem)
        self._head_timeout_s = settings.connect_timeout_s + settings.read_timeout_s
        self._read_timeout_s = settings.read_timeout_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the pinned address. It must have no body."""
        url = Url(str(request.url))
        if _differs(url, self._pin):
            raise httpx.UnsupportedProtocol("the address can be read in two ways", request=request)
        lease = AsyncExitStack()
        try:
            builder = self._client.request(request.method, url).headers(request.headers.multi_items())
            async with asyncio.timeout(self._head_timeout_s):
                opened = lease.enter_async_context(builder.streamed_read_buffer_limit(0).build_streamed())
                response = await cancellable(opened)
        except PyreqwestError as exc:
            raise _as_httpx(exc, request) from exc
        except TimeoutError as exc:
            raise httpx.ReadTimeout("no answer", request=request) from exc
        return httpx.Response(
            response.status,
            headers=list(response.headers.items()),
            stream=_PyreqwestBody(response, lease, request, self._read_timeout_s),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()


class _PyreqwestBody(httpx.AsyncByteStream):
    def __init__(self, response: Response, lease: AsyncExitStack, request: httpx.Request, timeout_s: float) -> None:
        self._reader = response.body_reader
        self._lease = lease
        self._request = request
        self._timeout_s = timeout_s
        self._portions = Portions(SystemClock())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._read()) is not None:
            self._portions.give(len(chunk))
            yield chunk  # type: ignore[misc]  # a buffer of theirs, as good as bytes to whoever joins or writes it

    async def _read(self) -> Bytes | None:
        wanted = self._portions.wanted_bytes()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await cancellable(self._reader.read_chunk() if wanted is None else self._reader.read(wanted))
        except PyreqwestError as exc:
            raise _as_httpx(exc, self._request) from exc
        except TimeoutError as exc:
            raise httpx.ReadTimeout("nothing more", request=self._request) from exc

    async def aclose(self) -> None:
        await self._lease.aclose()


async def cancellable(work: Awaitable[T]) -> T:
    """Await something of pyreqwest. A cancellation that comes when the answer is ready is lost in there; not here."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    result = await work
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


class Portions:
    """How much of a body to read at a time: what there is, of which a slow reader gets as much as it takes in 5 s."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._size = 0
        self._given_at = 0.0

    def give(self, size: int) -> None:
        """Say that the reader gets so many bytes now."""
        self._size = size
        self._given_at = self._clock.monotonic()

    def wanted_bytes(self) -> int | None:
        """Return how many bytes to read now that the reader wants more, None for what there is."""
        taken_s = self._clock.monotonic() - self._given_at
        if not self._size or taken_s * _LARGEST_CHUNK_BYTES <= _PAUSE_S * self._size:
            return None
        return max(int(self._size / taken_s * _PAUSE_S), _LEAST_BYTES)


def _client(pin: Pin, settings: Settings, ca_pem: bytes | None) -> Client:
    builder = (
        ClientBuilder()
        .resolve(pin.host, pin.ip, pin.port)
        .no_proxy()
        .follow_redirects(False)
        .referer(False)
        .gzip(False)
        .deflate(False)
        .brotli(False)
        .zstd(False)
        .connect_timeout(timedelta(seconds=settings.connect_timeout_s))
        .read_timeout(timedelta(seconds=max(_ABANDONED_S, settings.read_timeout_s)))
        .pool_idle_timeout(timedelta(seconds=_IDLE_S))
        .pool_max_idle_per_host(_IDLE_CONNECTIONS)
    )
    if ca_pem is not None:
        builder = builder.add_root_certificate_pem(ca_pem)
    return builder.build()


def _differs(url: Url, pin: Pin) -> bool:
    """Tell whether pyreqwest reads another origin from the address than the one that was checked."""
    host = (url.host_str or "").strip("[]")
    same = (ip_of(host) or host) == (ip_of(pin.host) or pin.host)
    return not same or (url.scheme, url.port_or_known_default) != (pin.scheme, pin.port)


def _as_httpx(exc: PyreqwestError, request: httpx.Request) -> httpx.TransportError:
    """Translate by the causes: pyreqwest's classes do not tell a failed connection from a broken one."""
    causes = _causes(exc)
    reason = causes[-1] if causes else exc.message
    connecting = "client error (Connect)" in causes
    if isinstance(exc, RequestTimeoutError) or reason == "operation timed out":
        return (httpx.ConnectTimeout if connecting else httpx.ReadTimeout)(reason, request=request)
    if connecting:
        return httpx.ConnectError(reason, request=request)
    if "reset by peer" in reason or "broken pipe" in reason.lower():
        return httpx.ReadError(reason, request=request)
    return httpx.RemoteProtocolError(reason, request=request)


def _causes(exc: PyreqwestError) -> list[str]:
    details: dict[str, Any] = getattr(exc, "details", None) or {}
    return [cause["message"] for cause in details.get("causes") or ()]
