"""A server that says exactly what a test wants, byte for byte, over plain TCP or TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.fakes.clock import settle

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answer: TypeAlias = Callable[["Call"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass(slots=True)
class Call:
    """One request and the connection it came on."""

    head: str
    connection: int
    server_name: str | None
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def request_line(self) -> str:
        return self.head.split("\r\n", 1)[0]

    @property
    def path(self) -> str:
        return self.request_line.split()[1]

    @property
    def headers(self) -> dict[str, str]:
        pairs = (line.split(": ", 1) for line in self.head.split("\r\n")[1:] if line)
        return {name.lower(): value for name, value in pairs}

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def hung_up(self) -> None:
        """Wait until the client closes the connection."""
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        """Break the connection the hard way."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass(slots=True)
class Server:
    """What a running server has seen."""

    port: int
    calls: list[Call] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def serve(answer: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    """Run a server; `answer` is called for each request of a connection until it closes the connection."""
    server = Server(0)
    running: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []
    names: dict[int, str | None] = {}
    if tls is not None:
        tls.sni_callback = lambda sock, name, _context: names.__setitem__(id(sock), name)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        number = server.connections
        ssl_object = writer.get_extra_info("ssl_object")
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                name = names.get(id(ssl_object))
                call = Call(head.decode("utf-8"), number, name, reader, writer)
                server.calls.append(call)
                await answer(call)
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client is gone
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(connected(reader, writer), name="connection")
        running.add(task)
        writers.append(writer)
        task.add_done_callback(running.discard)

    listener = await asyncio.start_server(accept, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in [*running]:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for writer in writers:
            with contextlib.suppress(AttributeError):  # early Pythons 3.11: a TLS transport that is closed already
                writer.transport.abort()
        await settle()


def backlog_full() -> tuple[int, list[socket.socket]]:
    """Return a port whose connections never come about (its queue is full), and what keeps it so."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port: int = listener.getsockname()[1]
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        waiting.append(client)
    return port, [listener, *waiting]
