"""A server inside the test: what it holds, what it was asked for, and what it does wrong."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from aniworld_dl.media.download.tail import TOLLED_EVERY_S
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aniworld_dl.config import Settings

Answer = httpx.Response | Exception


class Body(httpx.AsyncByteStream):
    """A body in given pieces; an exception among them is raised in its turn."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


class Endless(httpx.AsyncByteStream):
    """A body that begins and never goes on."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self.is_closed = False
        self.may_close = asyncio.Event()
        self.may_close.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._beginning
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        await self.may_close.wait()
        self.is_closed = True


class FakeSite:
    """Serves `files` by path, with byte ranges. Whatever is put into `answers` for a path comes first, in turn.

    `asked` counts requests by path, `requests` has them all. While `gate` is not set, answers wait.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: defaultdict[str, list[Answer | Callable[[httpx.Request], Answer]]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.requests: list[httpx.Request] = []
        self.most_at_once = 0
        self.down: set[str] = set()
        """Hosts that cannot be reached."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self._at_once = 0
        self.clock = FakeClock(auto_advance=True, waits_s=TOLLED_EVERY_S)

    @asynccontextmanager
    async def client(self, settings: Settings) -> AsyncIterator[HttpClient]:
        """An `HttpClient` for which this is all of the network."""
        async with HttpClient(settings, self.clock, transport=httpx.MockTransport(self._handle)) as http:
            yield http

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        return await self.handle(request)  # which a test may replace

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer in turn, once the gate is open."""
        self.requests.append(request)
        self.asked[request.url.path] += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self.waiting.set()
            if request.url.host in self.down:
                raise httpx.ConnectError("refused")
            await asyncio.sleep(0)
            await self.gate.wait()
            return self._answer(request)
        finally:
            self._at_once -= 1

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if waiting := self.answers[path]:
            answer = waiting.pop(0)
            if callable(answer) and not isinstance(answer, Exception | httpx.Response):
                answer = answer(request)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if path not in self.files:
            return httpx.Response(404)
        return whole_or_range(request, self.files[path])


def whole_or_range(request: httpx.Request, data: bytes) -> httpx.Response:
    """Answer as a server with byte ranges does."""
    asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
    if asked is None:
        return httpx.Response(200, content=data)
    start, stop = int(asked[1]), min(int(asked[2]) + 1, len(data))
    fields = {"content-range": f"bytes {start}-{stop - 1}/{len(data)}"}
    return httpx.Response(206, content=data[start:stop], headers=fields)
