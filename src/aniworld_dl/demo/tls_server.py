"""Listens for TLS and shakes hands, or does not, as the faults want it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.faults import FaultKind
from aniworld_dl.demo.resets import reset_on_close

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from aniworld_dl.clock import Clock
    from aniworld_dl.demo.rules import Faults

_BACKLOG: Final = 128


class TlsServer:
    """Hands each connection to `connected` once its handshake is over. Nothing is read from it before that begins.

    asyncio's own servers answer a handshake at once or, taken over later, lose its first bytes on some event loops.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        faults: Faults,
        clock: Clock,
        connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
    ) -> None:
        self._context = context
        self._faults = faults
        self._clock = clock
        self._connected = connected
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None

    def listen(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            OSError: it is taken.
        """
        listener = socket.create_server((host, port), backlog=_BACKLOG)
        listener.setblocking(False)
        self._socket = listener
        self._own(asyncio.get_running_loop().create_task(self._accept_all(listener), name="demo-tls"))
        own_port: int = listener.getsockname()[1]
        return own_port

    async def aclose(self) -> None:
        """Stop listening, and drop who has not shaken hands."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._socket is not None:
            self._socket.close()

    async def _accept_all(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            self._own(loop.create_task(self._shake_hands(sock), name="demo-handshake"))

    async def _shake_hands(self, sock: socket.socket) -> None:
        try:
            if rule := self._faults.take_handshake():
                rule.arrive()
                if rule.fault.kind is FaultKind.CUT_TLS:
                    reset_on_close(sock)
                    sock.close()
                    return
                await self._clock.sleep(rule.fault.delay_s)
        except BaseException:
            sock.close()
            raise
        reader = asyncio.StreamReader()
        with contextlib.suppress(OSError):  # the client has gone, or does not like the certificate
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, self._connected), sock, ssl=self._context
            )

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
