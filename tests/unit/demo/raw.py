"""A client that shows what is on the wire and forgives nothing."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.demo.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One connection. Bytes are written as they are given, answers are read by their Content-Length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, origin: Origin) -> Self:
        return await cls.open(*origin.endpoint)

    @classmethod
    async def open(cls, host: str, port: int, **options: Any) -> Self:
        return cls(*await asyncio.open_connection(host, port, **options))

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> None:
        """Send a request; underscores in header names stand for hyphens."""
        lines = [f"{method} {path} HTTP/1.1", "Host: demo"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.write("\r\n".join([*lines, "", ""]).encode())

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read a status line and headers, names in lower case."""
        status, *fields = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        pairs = (field.split(": ", 1) for field in fields)
        return int(status.split()[1]), {name.lower(): value for name, value in pairs}

    async def reply(self, *, body: bool = True) -> Reply:
        status, headers = await self.head()
        length = int(headers["content-length"]) if body else 0
        return Reply(status=status, headers=headers, body=await self.reader.readexactly(length))

    async def get(self, path: str, **headers: str) -> Reply:
        self.ask(path, **headers)
        return await self.reply()

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


@asynccontextmanager
async def connected(origin: Origin) -> AsyncIterator[RawClient]:
    client = await RawClient.connect(origin)
    try:
        yield client
    finally:
        await client.close()
