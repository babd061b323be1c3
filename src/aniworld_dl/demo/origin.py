"""A small HTTP/1.1 server on this machine that does exactly what it is told, also what no server should do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from aniworld_dl.clock import SystemClock
from aniworld_dl.demo.connection import Connection
from aniworld_dl.demo.content import FileShelf, FolderShelf, Manner
from aniworld_dl.demo.log import RequestLog
from aniworld_dl.demo.rules import Faults
from aniworld_dl.demo.tls_server import TlsServer
from aniworld_dl.limits import Throttle

if TYPE_CHECKING:
    import ssl
    from pathlib import Path
    from types import TracebackType

    from aniworld_dl.clock import Clock
    from aniworld_dl.demo.content import Content, Shelf
    from aniworld_dl.demo.log import RequestRecord
    from aniworld_dl.demo.tokens import Tokens

_HOST: Final = "127.0.0.1"


class Origin:
    """Serves files, folders and shelves on loopback: `async with Origin() as origin`.

    `faults` makes things go wrong, `log` keeps what was asked. Contents may be added and replaced at any time. Each
    connection may be limited to `rate_bytes_per_s`, all together to `total_bytes_per_s`. With `tls` it speaks https.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock | None = None,
        rate_bytes_per_s: float | None = None,
        total_bytes_per_s: float | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.faults = Faults()
        self.log = RequestLog()
        self.clock = clock or SystemClock()
        self._rate = rate_bytes_per_s
        self._total = Throttle(self.clock, total_bytes_per_s)
        self._port = port
        self._files = FileShelf()
        self._shelves: list[Shelf] = [self._files]
        self._guards: list[Tokens] = []
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tls_server: TlsServer | None = None
        self._connections: dict[asyncio.Task[None], Throttle] = {}
        self._defects: list[BaseException] = []

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        if self._tls is not None:
            self._tls_server = TlsServer(self._tls, self.faults, self.clock, self._accept)
            self._port = self._tls_server.listen(_HOST, self._port)
            return self
        self._server = await asyncio.start_server(self._accept, _HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close every connection, whatever it is doing.

        Raises:
            BaseExceptionGroup: defects of the origin itself that came up while it served.
        """
        if self._tls_server is not None:
            await self._tls_server.aclose()
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
        if self._server is not None:
            await self._server.wait_closed()
        if self._defects:
            raise BaseExceptionGroup("the origin failed", self._defects)

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port it listens on."""
        return _HOST, self._port

    @property
    def rate_bytes_per_s(self) -> float | None:
        """Limit for each connection, None for none. A change reaches open connections too."""
        return self._rate

    @rate_bytes_per_s.setter
    def rate_bytes_per_s(self, rate: float | None) -> None:
        self._rate = rate
        for throttle in self._connections.values():
            throttle.set_rate(rate)

    @property
    def requests(self) -> list[RequestRecord]:
        """All requests so far, in the order they came."""
        return self.log.records()

    def count(self, path: str) -> int:
        """Count the requests whose path fits a shell pattern."""
        return len(self.log.records(path))

    def url(self, path: str, host: str = _HOST) -> str:
        """Return the full address of a decoded path, by the name `host`."""
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}{quote('/' + path.lstrip('/'))}"

    def add_file(self, path: str, body: bytes | str | Path, manner: Manner | None = None) -> str:
        """Serve bytes, UTF-8 text or a file of the disk at `path`, in place of what was there; return its address.

        `manner` changes how: another content type, more headers, no ranges, no length.
        """
        path = "/" + path.lstrip("/")
        self._files.put(path, body.encode() if isinstance(body, str) else body, manner or Manner())
        return self.url(path)

    def add_folder(self, prefix: str, folder: Path) -> str:
        """Serve everything below `folder` under `prefix`, as it is at the time of each request; return its address."""
        prefix = f"/{prefix.strip('/')}/" if prefix.strip("/") else "/"
        self.add_shelf(FolderShelf(prefix, folder))
        return self.url(prefix)

    def add_shelf(self, shelf: Shelf) -> None:
        """Ask `shelf` for what no file was added for, after the shelves before it."""
        self._shelves.append(shelf)

    def add_guard(self, tokens: Tokens) -> Tokens:
        """Let a folder be read by addresses with a token alone, and return their keeper."""
        self._guards.append(tokens)
        return tokens

    def guard_of(self, path: str) -> Tokens | None:
        """Return who keeps the tokens of the folder that the path lies in, if there is someone."""
        return next((tokens for tokens in self._guards if tokens.covers(path)), None)

    async def find(self, path: str) -> Content | None:
        """Return what stands at the decoded path, from the shelves in the order they were added; files come first."""
        for shelf in self._shelves:
            if content := await shelf.find(path):
                return content
        return None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        throttle = Throttle(self.clock, self._rate, parent=self._total)
        connection = Connection(self, reader, writer, throttle)
        task = asyncio.get_running_loop().create_task(connection.serve(), name="demo-connection")
        self._connections[task] = throttle
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._connections[task]
        if not task.cancelled() and (defect := task.exception()):
            self._defects.append(defect)
