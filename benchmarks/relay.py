"""A relay before the origin that can hold one connection back: nginx limits all connections or none."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOST: Final = "127.0.0.1"
_PIECE_BYTES: Final = 1 << 20
_HELD_AFTER_BYTES: Final = 1 << 20
_WAITING_BYTES: Final = 1 << 17
_WRITES_PER_S: Final = 20


@contextlib.contextmanager
def relay(port: int, *, held_bytes_per_s: int | None = None) -> Iterator[int]:
    """Pass connections on to a port of this machine until the block ends; give the port to connect to.

    The first connection that has carried 1 MiB to the client is held to the rate from then on. The others run free,
    also one that takes its place, until all are closed: then the next job meets the same. Bytes go from socket to
    socket in the kernel, one thread for each direction.
    """
    with socket.create_server((_HOST, 0)) as listener:
        relaying = _Relay(port, held_bytes_per_s)
        accepting = threading.Thread(target=relaying.accept_from, args=(listener,), name="relay", daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


class _Relay:
    def __init__(self, port: int, held_bytes_per_s: int | None) -> None:
        self._port = port
        self._rate = held_bytes_per_s
        self._lock = threading.Lock()
        self._open = 0
        self._one_is_held = False

    def accept_from(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                # what a client asks for and does not read must not count as carried
                client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING_BYTES)
                server = socket.create_connection((_HOST, self._port))
                threading.Thread(target=self._join, args=(client, server), daemon=True).start()

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, self._counted():
            up = threading.Thread(target=self._carry, args=(client, server), daemon=True)
            up.start()
            self._carry(server, client, may_be_held=True)
            up.join()

    def _carry(self, source: socket.socket, sink: socket.socket, *, may_be_held: bool = False) -> None:
        carried, held = 0, False
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIECE_BYTES)
        with contextlib.suppress(OSError):
            while size := os.splice(source.fileno(), writer, self._piece_bytes(held)):
                left = size
                while left:
                    left -= os.splice(reader, sink.fileno(), left)
                carried += size
                if held:
                    time.sleep(size / self._held_rate())
                elif may_be_held and self._rate and carried >= _HELD_AFTER_BYTES:
                    held = self._is_first()
        os.close(reader)
        os.close(writer)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._open += 1
        yield
        with self._lock:
            self._open -= 1
            if not self._open:
                self._one_is_held = False

    def _is_first(self) -> bool:
        with self._lock:
            first, self._one_is_held = not self._one_is_held, True
            return first

    def _piece_bytes(self, held: bool) -> int:
        return int(self._held_rate() / _WRITES_PER_S) if held else _PIECE_BYTES

    def _held_rate(self) -> int:
        assert self._rate is not None
        return self._rate
