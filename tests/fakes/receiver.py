"""A server on this machine that gets messages: it keeps what comes and answers as a test wants."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; `hangs` means none."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


class Receiver:
    """Answers with `replies`, one after the other, and 200 when they are used up; `answer` decides instead if set."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.replies: list[Reply] = []
        self.answer: Callable[[Got], Reply] | None = None
        self.url = ""
        self._came = asyncio.Event()

    async def until(self, count: int) -> list[Got]:
        """Wait until so many requests have come, and return all."""
        while len(self.got) < count:
            self._came.clear()
            await self._came.wait()
        return self.got

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = dict(line.lower().split(": ", 1)[:1] + line.split(": ", 1)[1:] for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.got.append(Got(method=method, target=target, headers=headers, body=body))
        self._came.set()
        reply = self.answer(self.got[-1]) if self.answer else self.replies.pop(0) if self.replies else Reply()
        if reply.hangs:
            await reader.read()
            return
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        status = HTTPStatus(reply.status)
        writer.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: {len(reply.body)}\r\nConnection: close\r\n"
            f"{extra}\r\n".encode()
            + reply.body
        )
        await writer.drain()


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
