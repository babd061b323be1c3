"""One connection to the origin: h11 reads the requests and frames the answers, faults decide how far an answer gets."""

from __future__ import annotations

import asyncio
import contextlib
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote

import h11

from aniworld_dl.demo.answers import answer_instead, answer_of, cut, text_answer
from aniworld_dl.demo.content import read_pieces
from aniworld_dl.demo.faults import FaultKind
from aniworld_dl.demo.resets import reset_on_close
from aniworld_dl.errors import AniworldDlError
from aniworld_dl.limits import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.clock import Clock
    from aniworld_dl.demo.answers import Answer
    from aniworld_dl.demo.content import Content
    from aniworld_dl.demo.log import RequestLog
    from aniworld_dl.demo.rules import Faults, Rule
    from aniworld_dl.demo.tokens import Tokens

_READ_BYTES: Final = 65536
_LONGEST_WRITE_BYTES: Final = 262_144
_SHORTEST_WRITE_BYTES: Final = 1024
_WRITES_PER_S: Final = 20
"""How finely a limited rate is dealt out."""


class Site(Protocol):
    """What a connection needs of its origin."""

    faults: Faults
    log: RequestLog
    clock: Clock

    def guard_of(self, path: str) -> Tokens | None:
        """Return who lets only addresses with a token pass there."""
        ...

    async def find(self, path: str) -> Content | None:
        """Return what stands at the decoded path."""
        ...


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
        self._key = 0

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
            await self._send(text_answer(error.error_status_hint, str(error)), None, head_only=False)
            return None
        return request

    async def _answer(self, request: h11.Request) -> None:
        target, _, query = request.target.decode("ascii").partition("?")
        path = unquote(target)
        method = request.method.decode("ascii")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        self._key = self._site.log.start(method, path, headers)
        try:
            with self._site.faults.answering(path):
                if gate := self._site.faults.take_gate(path):
                    await gate.hold()
                rule = self._site.faults.take(path)
                answer = await self._prepare(method, path, query, headers, rule)
                self._site.log.answer(self._key, answer.status)
                await self._send(answer, rule, head_only=method == "HEAD")
        finally:
            self._site.log.end(self._key)

    async def _prepare(
        self, method: str, path: str, query: str, headers: Mapping[str, str], rule: Rule | None
    ) -> Answer:
        if method not in {"GET", "HEAD"}:
            return text_answer(405, "only GET and HEAD", {"Allow": "GET, HEAD"})
        if rule and (answer := answer_instead(rule.fault, path)):
            return answer
        tokens = self._site.guard_of(path)
        if tokens and not tokens.is_free(path) and not tokens.admit(path, query):
            return text_answer(tokens.status, "this address has expired")
        try:
            content = await self._site.find(tokens.plain_path(path) if tokens else path)
        except AniworldDlError as error:
            return text_answer(500, str(error))
        if content is None:
            return text_answer(404, "there is nothing here")
        if tokens and tokens.is_free(path):
            content = await tokens.issue(path, content)
        return await answer_of(content, headers, rule)

    async def _send(self, answer: Answer, rule: Rule | None, *, head_only: bool) -> None:
        framing = {} if answer.chunked else {"Content-Length": str(answer.announced_bytes)}
        headers = {"Date": formatdate(usegmt=True), "Server": "aniworld-dl-demo", **framing, **answer.headers}
        head = h11.Response(status_code=answer.status, headers=list(headers.items()))
        if rule and rule.fault.kind is FaultKind.RESET_HEAD:
            data = self._http.send(head) or b""
            await self._write_raw(data[: cut(len(data), rule.fault)])
            rule.arrive()
            await self._reset()
        await self._write(head)
        if not head_only:
            await self._send_body(answer, rule)
        await self._write(h11.EndOfMessage())
        if not head_only and answer.extra_bytes < 0:
            await self._spill(answer)

    async def _send_body(self, answer: Answer, rule: Rule | None) -> None:
        kind = rule.fault.kind if rule else None
        strikes_at = answer.stop + min(answer.extra_bytes, 0)
        if rule and kind in {FaultKind.TRUNCATE, FaultKind.RESET, FaultKind.STALL}:
            strikes_at = answer.start + cut(answer.length, rule.fault)
        pace = self._throttle
        if rule and kind is FaultKind.DRIP:
            pace = Throttle(self._site.clock, rule.fault.bytes_per_s, parent=pace)
        await self._send_part(answer, answer.start, strikes_at, pace)
        if rule and kind is FaultKind.STALL:
            await rule.hold()
            await self._send_part(answer, strikes_at, answer.stop, pace)
        elif rule:
            rule.arrive()
        if kind is FaultKind.RESET:
            await self._reset()
        if kind is FaultKind.TRUNCATE or answer.extra_bytes > 0:
            raise _HangUpError

    async def _send_part(self, answer: Answer, start: int, stop: int, pace: Throttle) -> None:
        async for piece in read_pieces(answer.body, start, stop):
            view = memoryview(piece)
            while view:
                write_bytes = _write_bytes(pace)
                now, view = view[:write_bytes], view[write_bytes:]
                await pace.take(len(now))
                await self._write(h11.Data(data=bytes(now)))
                self._site.log.sent(self._key, len(now))
                start += len(now)
        if start < stop:
            raise _HangUpError  # the file has become shorter than was promised

    async def _spill(self, answer: Answer) -> None:
        """Send what Content-Length left out, where the next answer should begin."""
        async for piece in read_pieces(answer.body, answer.stop + answer.extra_bytes, answer.stop):
            await self._write_raw(piece)

    async def _write(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            await self._write_raw(data)

    async def _write_raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _reset(self) -> None:
        # what is still in our own buffer would be lost with the abort
        self._writer.transport.set_write_buffer_limits(high=0)
        await self._writer.drain()
        reset_on_close(self._writer.get_extra_info("socket"))
        self._writer.transport.abort()
        raise _HangUpError


def _write_bytes(pace: Throttle) -> int:
    rate = pace.bytes_per_s
    if rate is None:
        return _LONGEST_WRITE_BYTES
    return min(max(int(rate / _WRITES_PER_S), _SHORTEST_WRITE_BYTES), _LONGEST_WRITE_BYTES)
