"""Runs the service until a signal comes: the socket, the engine, the HTTP server and their orderly end."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from aniworld_dl._version import __version__
from aniworld_dl.api.app import create_app
from aniworld_dl.api.connections import BoundedHttp, end_late, most_connections
from aniworld_dl.api.door import require_safe_bind
from aniworld_dl.api.stalls import StallGuard
from aniworld_dl.api.tls import check_certificate, travels_openly
from aniworld_dl.clock import SystemClock
from aniworld_dl.doctor.examination import open_files_limit
from aniworld_dl.errors import ConfigError
from aniworld_dl.log_ring import kept_log
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI
    from uvicorn._types import ASGISendEvent

    from aniworld_dl.api.metrics import Metrics
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine
    from aniworld_dl.log_ring import LogRing

_GRACE_S: Final = 2
"""How long answers in progress may take when the service stops."""
_PING_EVERY_S: Final = 5.0
_PONG_WITHIN_S: Final = 20.0
_LARGEST_CLIENT_MESSAGE_BYTES: Final = 64 * 1024
_BACKLOG: Final = 512
_TICK_S: Final = 0.1
"""The pause between two ticks of uvicorn."""
_FRAMES_KEPT: Final = 8
"""Subscribers that keep up are all at one of the last messages."""

_log = get_logger(__name__)


async def serve(
    settings: Settings,
    *,
    on_ready: Callable[[str], None],
    engine_factory: Callable[[Settings], AbstractAsyncContextManager[Engine]],
    stop: asyncio.Event | None = None,
    clock: Clock | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `on_ready` gets the address when requests are accepted.

    Raises:
        ConfigError: the address cannot be listened on, or only with a key or password; the certificate is unusable;
            what belongs to `oidc_issuer` is missing.
        AniworldDlError: the engine could not be opened, or one of its own tasks has failed.
    """
    clock = clock or SystemClock()
    await asyncio.to_thread(check_certificate, settings)
    listener = await asyncio.to_thread(_listen, settings)
    try:
        async with AsyncExitStack() as stack:
            log = stack.enter_context(kept_log([settings.api_key or "", settings.oidc_client_secret or ""]))
            engine = await stack.enter_async_context(engine_factory(settings))
            require_safe_bind(settings, engine.access)
            if travels_openly(settings):
                _log.warning("not_encrypted", host=settings.host, mend="set tls_cert, or put a proxy with TLS in front")
            app = await asyncio.to_thread(_ready_app, engine, settings, clock, log)
            if (login := app.state.provider_login) is not None:
                stack.push_async_callback(login.aclose)
            address = _address(settings, listener)
            _log.info("service_started", version=__version__, address=address)
            hooks = _Hooks(on_ready=lambda: on_ready(address), stop=stop or asyncio.Event())
            await _run(_Server(app, engine, StallGuard(clock), hooks, settings), listener)
            if not engine.healthy:
                raise engine.death
    finally:
        listener.close()


async def _run(server: _Server, listener: socket.socket) -> None:
    """Run the server; whoever cancels this waits for its orderly end as well."""
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http_server")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.shield(serving)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hooks:
    on_ready: Callable[[], None]
    stop: asyncio.Event


class _Server(uvicorn.Server):
    """uvicorn that tells when it is ready, ends with code 0 after a signal, and looks after its connections."""

    def __init__(self, app: FastAPI, engine: Engine, stalls: StallGuard, hooks: _Hooks, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=partial(BoundedHttp, most=most_connections(open_files_limit())),  # type: ignore[arg-type]  # it makes one
                ws=_WebSocketProtocol,
                ws_per_message_deflate=False,
                ws_max_size=_LARGEST_CLIENT_MESSAGE_BYTES,
                ws_ping_interval=_PING_EVERY_S,
                ws_ping_timeout=_PONG_WITHIN_S,
                lifespan="off",
                log_config=None,
                log_level="warning",  # at a lower level uvicorn logs addresses with their query
                access_log=False,
                proxy_headers=False,
                server_header=False,
                ssl_certfile=settings.tls_cert,
                ssl_keyfile=settings.tls_key,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._closing: asyncio.Event = app.state.closing
        self._engine = engine
        self._stalls = stalls
        self._hooks = hooks
        self._metrics: Metrics = app.state.metrics
        self._ticked: float | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals as a wish to stop; do not raise them again afterwards."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and tell."""
        await super().startup(sockets)
        self._hooks.on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Do what is due ten times a second; True ends the server."""
        now = asyncio.get_running_loop().time()
        if self._ticked is not None:
            self._metrics.lagged(now - self._ticked - _TICK_S)
        self._ticked = now
        connections = list(self.server_state.connections)
        self._stalls.sweep([connection.transport for connection in connections])
        end_late(connections, now)
        if not self._engine.healthy and not self.should_exit:
            _log.critical("engine_died")
            self.should_exit = True
        if self._hooks.stop.is_set():
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End event streams, then everything else."""
        self._closing.set()
        await super().shutdown(sockets)


class _WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, but a refusal is no error to be logged, and a client that answers no ping is cut off at once.

    What goes to a thousand clients is made into a frame once. That needs frames which are the same for everyone: no
    compression, which would also take a window of memory for each of them.
    """

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a refusal completes the handshake as well."""
        if message["type"] == "websocket.send" and (text := message.get("text")) is not None:
            await self.writable.wait()
            if self.conn.state is State.OPEN and not self.close_sent and not self.disconnected:
                self.transport.write(_frame(text))
                return
        if self.close_sent and message["type"] in {"websocket.send", "websocket.close"}:
            raise ClientDisconnected  # what the client sent was no message, so that the connection was closed
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def keepalive_timeout(self) -> None:
        """Close; what the client has not read until now it never will."""
        super().keepalive_timeout()
        self.transport.abort()


@lru_cache(maxsize=_FRAMES_KEPT)
def _frame(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def _ready_app(engine: Engine, settings: Settings, clock: Clock, log: LogRing) -> FastAPI:
    app = create_app(engine, settings, clock=clock, log=log)
    app.state.editions.newest()  # 100 ms of work, before the page is shown for the first time
    return app


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        dual = settings.host == "::" and socket.has_dualstack_ipv6()
        address = (settings.host, settings.port)
        return socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=dual)
    except OSError as error:
        raise _bind_error(settings, error) from error


def _bind_error(settings: Settings, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        mend = "another program listens there: stop it, choose another port, or 0 for a free one"
        return ConfigError(key="port", value=settings.port, mend=mend)
    if error.errno == errno.EACCES:
        return ConfigError(key="port", value=settings.port, mend="ports below 1024 are reserved: choose a higher one")
    mend = f"this machine has no such address ({error.strerror or error})"
    return ConfigError(key="host", value=settings.host, mend=mend)


def _address(settings: Settings, listener: socket.socket) -> str:
    name: Any = listener.getsockname()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{name[1]}"
