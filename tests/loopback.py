"""A web server on the loopback that does, on real sockets, what servers do wrong."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


class Fault(Enum):
    """What happens to one answer."""

    SHORT = auto()
    """The connection is closed in an orderly way after half of the announced bytes."""
    SHORT_UNANNOUNCED = auto()
    """The same without a length, so that only the bytes themselves can tell."""
    WRONG_LENGTH = auto()
    """The announced length is one byte more than the body has; then the connection closes."""
    RESET = auto()
    """The connection is torn down after half of the bytes."""
    PAGE = auto()
    """A page of text with status 200."""
    BUSY = auto()
    """503 with Retry-After: 0."""
    MISSING = auto()
    """404."""
    HANG = auto()
    """Half of the bytes, then nothing until the server is closed."""


class LoopbackServer:
    """Serves `bodies` by path, with byte ranges. `faults` of a path are used up first, in turn."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.bodies = dict(bodies)
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.hanging = asyncio.Event()
        self.port = 0
        self._closing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[LoopbackServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._closing.set()
            for writer in self._writers:
                writer.transport.abort()
            while self._writers:  # noqa: ASYNC110 - few turns, until the aborted connections are gone
                await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._writers.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1].partition("?")[0]
        self.asked[path] += 1
        fault = self.faults[path].pop(0) if self.faults[path] else None
        if fault is Fault.PAGE:
            return await _send(writer, "200 OK", b"<!DOCTYPE html><p>Not now</p>")
        if fault is Fault.BUSY:
            return await _send(writer, "503 Service Unavailable", b"", "Retry-After: 0\r\n")
        if fault is Fault.MISSING or path not in self.bodies:
            return await _send(writer, "404 Not Found", b"")
        body, status, fields = _ranged(head, self.bodies[path])
        if fault is None:
            return await _send(writer, status, body, fields)
        await self._spoil(fault, writer, body, status, fields)
        return False

    async def _spoil(self, fault: Fault, writer: asyncio.StreamWriter, body: bytes, status: str, fields: str) -> None:
        length = f"Content-Length: {len(body) + (fault is Fault.WRONG_LENGTH)}\r\n"
        if fault is Fault.SHORT_UNANNOUNCED:
            length = "Connection: close\r\n"
        sent = body if fault is Fault.WRONG_LENGTH else body[: len(body) // 2 + 1]
        writer.write(f"HTTP/1.1 {status}\r\n{length}{fields}\r\n".encode() + sent)
        await writer.drain()
        if fault is Fault.RESET:
            writer.transport.abort()
        if fault is Fault.HANG:
            self.hanging.set()
            await self._closing.wait()


def _ranged(head: str, body: bytes) -> tuple[bytes, str, str]:
    asked = re.search(r"^range: bytes=(\d+)-(\d+)", head, re.IGNORECASE | re.MULTILINE)
    if asked is None:
        return body, "200 OK", "Accept-Ranges: bytes\r\n"
    start, stop = int(asked[1]), min(int(asked[2]) + 1, len(body))
    return body[start:stop], "206 Partial Content", f"Content-Range: bytes {start}-{stop - 1}/{len(body)}\r\n"


async def _send(writer: asyncio.StreamWriter, status: str, body: bytes, fields: str = "") -> bool:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body)
    await writer.drain()
    return True
