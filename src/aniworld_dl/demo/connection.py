"""One connection to the origin: h11 reads the requests and frames the answers, faults decide how far an answer gets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote

import h11

from aniworld_dl.demo.content import asked_range, bytes_content, read_pieces
from aniworld_dl.demo.faults import FaultKind
from aniworld_dl.errors import AniworldDlError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.demo.content import Content
    from aniworld_dl.demo.faults import Fault, Faults, Rule
    from aniworld_dl.demo.log import RequestLog
    from aniworld_dl.limits import Throttle

_READ_BYTES: Final = 65536
_LONGEST_WRITE_BYTES: Final = 262_144
_SHORTEST_WRITE_BYTES: Final = 1024
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER on, with 0 s: closing sends RST."""
_WRITES_PER_S: Final = 20
"""How finely a limited rate is dealt out."""

_PAGE: Final = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><p>Not a video.</p></body></html>\n"


class Site(Protocol):
    """What a connection needs of its origin."""

    faults: Faults
    log: RequestLog

    async def find(self, path: str) -> Content | None:
        """Return what stands at the decoded path."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A status, headers, and the part `[start, stop)` of a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Path = b""
    start: int = 0
    stop: int = 0
    chunked: bool = False

    @property
    def length(self) -> int:
        return self.stop - self.start


class _HangUpError(Exception):
    """The answer ends here, with its connection."""


class Connection:
    """Answers one request after another until one side has enough. A client that goes away ends its answer at once."""

    def __init__(
        self, site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, throttle: Throttle
    ) -> None:
        self._site = site
        self._reader = reader
        self._writer = writer
        self._throttle = throttle
        self._http = h11.Connection(h11.SERVER)
        self._received: asyncio.Queue[bytes] = asyncio.Queue(maxsize=4)
        self._body_bytes_sent = 0

    async def serve(self) -> None:
        """Serve until the connection ends."""
        try:
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(self._answer_all(), name="demo-answering")
                watching = group.create_task(self._watch(answering), name="demo-watching")
                answering.add_done_callback(lambda _: watching.cancel())
        finally:
            self._writer.close()

    async def _watch(self, answering: asyncio.Task[None]) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(_READ_BYTES):
                await self._received.put(data)
        answering.cancel()

    async def _answer_all(self) -> None:
        with contextlib.suppress(ConnectionError, _HangUpError):
            while request := await self._next_request():
                await self._answer(request)
                if self._http.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
                    return
                self._http.start_next_cycle()

    async def _next_request(self) -> h11.Request | None:
        """Return the next request once its body, which nobody reads, is through."""
        request = None
        try:
            while not isinstance(event := self._http.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    self._http.receive_data(await self._received.get())
                elif isinstance(event, h11.Request):
                    request = event
        except h11.RemoteProtocolError as error:
            await self._send(_text(error.error_status_hint, str(error)), None, head_only=False)
            return None
        return request

    async def _answer(self, request: h11.Request) -> None:
        path = unquote(request.target.decode("ascii").partition("?")[0])
        method = request.method.decode("ascii")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        self._body_bytes_sent = 0
        key = self._site.log.start(method, path, headers)
        try:
            if gate := self._site.faults.take_gate(path):
                await gate.hold()
            rule = self._site.faults.take(path)
            answer = await self._prepare(method, path, headers, rule)
            self._site.log.answer(key, answer.status)
            await self._send(answer, rule, head_only=method == "HEAD")
        finally:
            self._site.log.end(key, self._body_bytes_sent)

    async def _prepare(self, method: str, path: str, headers: Mapping[str, str], rule: Rule | None) -> _Answer:
        if method not in {"GET", "HEAD"}:
            return _text(405, "only GET and HEAD", {"Allow": "GET, HEAD"})
        fault = rule.fault if rule else None
        if fault and (answer := _instead(fault)):
            return answer
        try:
            content = await self._site.find(path)
        except AniworldDlError as error:
            return _text(500, str(error))
        if content is None:
            return _text(404, "there is nothing here")
        return _of_content(content, headers, fault)

    async def _send(self, answer: _Answer, rule: Rule | None, *, head_only: bool) -> None:
        framing = {} if answer.chunked else {"Content-Length": str(answer.length)}
        headers = {"Date": formatdate(usegmt=True), "Server": "aniworld-dl-demo", **framing, **answer.headers}
        await self._write(h11.Response(status_code=answer.status, headers=list(headers.items())))
        if not head_only:
            await self._send_body(answer, rule)
        await self._write(h11.EndOfMessage())

    async def _send_body(self, answer: _Answer, rule: Rule | None) -> None:
        kind = rule.fault.kind if rule else None
        strikes_at = answer.stop
        if rule and kind in {FaultKind.TRUNCATE, FaultKind.RESET, FaultKind.STALL}:
            strikes_at = answer.start + _cut(answer.length, rule.fault)
        await self._send_part(answer, answer.start, strikes_at)
        if rule and kind is FaultKind.STALL:
            await rule.hold()
            await self._send_part(answer, strikes_at, answer.stop)
        elif rule:
            rule.arrive()
        if kind is FaultKind.RESET:
            await self._reset()
        if kind is FaultKind.TRUNCATE:
            raise _HangUpError

    async def _send_part(self, answer: _Answer, start: int, stop: int) -> None:
        async for piece in read_pieces(answer.body, start, stop):
            view = memoryview(piece)
            while view:
                now, view = view[: self._write_bytes()], view[self._write_bytes() :]
                await self._throttle.take(len(now))
                await self._write(h11.Data(data=bytes(now)))
                self._body_bytes_sent += len(now)
                start += len(now)
        if start < stop:
            raise _HangUpError  # the file has become shorter than was promised

    def _write_bytes(self) -> int:
        rate = self._throttle.bytes_per_s
        if rate is None:
            return _LONGEST_WRITE_BYTES
        return min(max(int(rate / _WRITES_PER_S), _SHORTEST_WRITE_BYTES), _LONGEST_WRITE_BYTES)

    async def _write(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def _reset(self) -> None:
        # what is still in our own buffer would be lost with the abort
        self._writer.transport.set_write_buffer_limits(high=0)
        await self._writer.drain()
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._writer.transport.abort()
        raise _HangUpError


def _text(status: int, text: str, headers: Mapping[str, str] | None = None) -> _Answer:
    body = f"{text}\n".encode()
    return _Answer(
        status=status,
        headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})},
        body=body,
        stop=len(body),
    )


def _instead(fault: Fault) -> _Answer | None:
    """Return what a fault answers in place of the content, None when the content is needed."""
    if fault.kind is FaultKind.STATUS:
        wait = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
        return _text(fault.status, "a fault was asked for", wait)
    if fault.kind is FaultKind.REDIRECT:
        return _text(302, "elsewhere", {"Location": fault.to})
    if fault.kind is FaultKind.HTML:
        page = bytes_content("page.html", _PAGE)
        return _Answer(status=200, headers={"Content-Type": page.content_type}, body=_PAGE, stop=len(_PAGE))
    return None


def _of_content(content: Content, request_headers: Mapping[str, str], fault: Fault | None) -> _Answer:
    headers = {
        "Content-Type": content.content_type,
        "ETag": content.etag,
        "Last-Modified": content.last_modified,
        "Accept-Ranges": "bytes" if content.ranges else "none",
        **content.headers,
    }
    try:
        part = asked_range(content, request_headers)
    except ValueError:
        return _text(416, "no such range", {"Content-Range": f"bytes */{content.size_bytes}"})
    start, stop = part or (0, content.size_bytes)
    if fault and fault.kind is FaultKind.SHORT_200:
        stop = start + _cut(stop - start, fault)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size_bytes}"
    return _Answer(
        status=206 if part else 200, headers=headers, body=content.body, start=start, stop=stop, chunked=content.chunked
    )


def _cut(length: int, fault: Fault) -> int:
    return min(length // 2 if fault.after_bytes is None else fault.after_bytes, length)
