"""`python -m benchmarks.crowd URL READERS DEAF`: many WebSocket subscribers in one process.

Says when all are there, and then for each pause or resume of an episode, told in a patch, when the last reader has
heard of it: one JSON object a line, `{"readers": n, "at": <monotonic seconds>}`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

_PATCH: Final = b'{"type":"patch"'
_PAUSED: Final = b'"status":"paused"'
_AT_A_TIME: Final = 50
_SMALL_BUFFER: Final = 4096
_EXTENDED_16: Final = 126
_EXTENDED_64: Final = 127


class Reader(asyncio.Protocol):
    """Takes frames apart as cheaply as can be: the crowd must not be what is slow."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._changes = 0
        self._paused = False
        self.open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        self._buffer += data
        if not self.open.done():
            head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not separator:
                return
            assert b" 101 " in head, head
            self._buffer = bytearray(rest)
            self.open.set_result(None)
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1] & 0x7F, 2
        if size == _EXTENDED_16:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == _EXTENDED_64:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size:
            return False
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        if opcode == 1:
            self._read(payload)
        elif opcode == 9:
            self._answer_ping(payload)
        return True

    def _read(self, text: bytes) -> None:
        """Count a change when the one episode that is paused and resumed is told to be otherwise than before."""
        if not text.startswith(_PATCH) or b'"status":' not in text:
            return
        for episode in json.loads(text)["episodes"].values():
            status = (episode or {}).get("status")
            if status is not None and (status == "paused") != self._paused:
                self._paused = not self._paused
                self._changes += 1
                self._crowd.heard(self._changes)

    def _answer_ping(self, payload: bytes) -> None:
        assert self._transport is not None
        self._transport.write(bytes([0x8A, 0x80 | len(payload), 0, 0, 0, 0]) + payload)


class Crowd:
    """All subscribers."""

    def __init__(self, base_url: str, readers: int) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._readers = readers
        self._heard: Counter[int] = Counter()
        self._sockets: list[socket.socket] = []

    def heard(self, change: int) -> None:
        """Note that a reader has heard of its so-and-so-many-th change."""
        self._heard[change] += 1
        if self._heard[change] == self._readers:
            _say(self._readers)

    async def gather(self, deaf: int) -> None:
        """Connect all of them."""
        loop = asyncio.get_running_loop()
        for _ in range(deaf):
            deaf_one = socket.socket()
            deaf_one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            deaf_one.connect((self._host, self._port))
            deaf_one.sendall(self._request())
            self._sockets.append(deaf_one)
        for _ in range(0, self._readers, _AT_A_TIME):
            made = [loop.create_connection(self._reader, self._host, self._port) for _ in range(_AT_A_TIME)]
            await asyncio.gather(*(reader.open for _, reader in await asyncio.gather(*made)))

    def _reader(self) -> Reader:
        return Reader(self, self._request())

    def _request(self) -> bytes:
        return (
            f"GET /api/ws HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()


def _say(readers: int) -> None:
    os.write(1, f'{{"readers": {readers}, "at": {time.monotonic()}}}\n'.encode())


async def _main(base_url: str, readers: int, deaf: int) -> None:
    crowd = Crowd(base_url, readers)
    await crowd.gather(deaf)
    _say(0)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
