"""A web of pages in memory, for the real HTTP client: `HttpClient(..., transport=web.transport, resolver=resolve)`."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]+)")


async def resolve(_host: str, _port: int) -> list[str]:
    """Give every name a public address."""
    return ["93.184.216.34"]


@dataclass(kw_only=True)
class Page:
    """What one address answers. `ranges`: whether it knows byte ranges. `failures`: statuses that come first."""

    body: bytes = b""
    ranges: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    failures: list[int] = field(default_factory=list)
    with_length: bool = True


class Web:
    """Pages by address. Remembers every request."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = dict(pages)
        self.requests: list[httpx.Request] = []
        self.asked = asyncio.Event()
        self.transport = httpx.MockTransport(self._answer)

    def urls(self) -> list[str]:
        """Return every address that was asked for, in order."""
        return [str(request.url) for request in self.requests]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.asked.set()
        await asyncio.sleep(0)
        page = self.pages.get(str(request.url), Page(status=404))
        if page.failures:
            return httpx.Response(page.failures.pop(0))
        return _response(page, request.headers.get("range", ""))


def _response(page: Page, wanted: str) -> httpx.Response:
    match = _RANGE.fullmatch(wanted)
    if page.status != 200 or not page.ranges or match is None:
        headers = {**page.headers, **({"Content-Length": str(len(page.body))} if page.with_length else {})}
        return httpx.Response(page.status, headers=headers, stream=_Body(page.body))
    total, start = len(page.body), int(match[1])
    if start >= total:
        return httpx.Response(416, headers={"Content-Range": f"bytes */{total}"})
    stop = min(int(match[2]) + 1, total)
    headers = {
        "Content-Range": f"bytes {start}-{stop - 1}/{total}",
        "Content-Length": str(stop - start),
        **page.headers,
    }
    return httpx.Response(206, headers=headers, stream=_Body(page.body[start:stop]))


class _Body(httpx.AsyncByteStream):
    """A body in pieces of 1000 bytes."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - an asynchronous generator
        for start in range(0, len(self._body), 1000):
            await asyncio.sleep(0)
            yield self._body[start : start + 1000]
