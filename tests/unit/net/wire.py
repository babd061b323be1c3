"""A wire that ends in a test: answers as the test says and keeps the requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from aniworld_dl.config import Settings
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.fakes.names import FakeResolver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aniworld_dl.net.response import Response

URL = "https://a.example/v/list.m3u8?token=secret"
SETTINGS = Settings.model_construct(connections_per_host=2, attempts_per_segment=3)


class Wire:
    """Answers by `answer` and keeps the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def handler(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer if isinstance(self._answer, httpx.Response) else self._answer(request)

    def client(self, *, clock: FakeClock | None = None, resolver: FakeResolver | None = None) -> HttpClient:
        return HttpClient(
            SETTINGS,
            clock or FakeClock(auto_advance=True),
            transport=httpx.MockTransport(self.handler),
            resolver=resolver or FakeResolver(),
        )


class Body(httpx.AsyncByteStream):
    """A body in pieces; an exception among them is raised, an event is waited for."""

    def __init__(self, *pieces: bytes | Exception | asyncio.Event) -> None:
        self.pieces = pieces
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed += 1


def answer(*pieces: bytes | Exception | asyncio.Event, status: int = 200, **headers: str | int) -> httpx.Response:
    fields = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    body = Body(*pieces)
    return httpx.Response(status, headers=fields, stream=body, extensions={"body": body})


def closings(response: httpx.Response) -> int:
    body = response.extensions["body"]
    assert isinstance(body, Body)
    return body.closed


async def body_of(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


def redirects(**steps: str) -> Wire:
    """Answer paths named in `steps` with a redirect, all others with a body."""

    def reply(request: httpx.Request) -> httpx.Response:
        step = steps.get(request.url.path.strip("/"))
        return answer(b"end") if step is None else answer(b"moved", status=302, location=step)

    return Wire(reply)
