"""How long a service takes to answer: one client that asks again and again, in a thread of its own."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import contextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PAUSE_S: Final = 0.005


def connect(base_url: str) -> http.client.HTTPConnection:
    """Return a connection that is kept alive."""
    parts = urlsplit(base_url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[float, bytes]:
    """Return how many seconds a GET took, to the last byte, and the body.

    Raises:
        RuntimeError: the answer is an error.
    """
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    taken_s = time.perf_counter() - started
    if answer.status != 200:
        raise RuntimeError(f"GET {path} answered {answer.status}: {body[:500]!r}")
    return taken_s, body


@contextmanager
def asking(base_url: str, path: str = "/healthz") -> Iterator[list[float]]:
    """Ask for a path while the block runs and collect how many seconds each answer took.

    `/healthz` does nothing: what it takes is what the event loop is late, plus the way.
    """
    taken_s: list[float] = []
    over = threading.Event()

    def run() -> None:
        connection = connect(base_url)
        while not over.wait(_PAUSE_S):
            taken_s.append(ask(connection, path)[0])
        connection.close()

    thread = threading.Thread(target=run, name="asking", daemon=True)
    thread.start()
    try:
        yield taken_s
    finally:
        over.set()
        thread.join()


def row(name: str, times_s: Sequence[float]) -> list[str]:
    """Return a line of a table: how many, the median, the 99th of 100 and the longest, in ms."""
    figures = (median(times_s), p99(times_s), max(times_s))
    return [name, str(len(times_s)), *(f"{seconds * 1000:.1f}" for seconds in figures)]


def p99(times_s: Sequence[float]) -> float:
    """Return what 99 of 100 stay below."""
    return quantiles(times_s, n=100)[98] if len(times_s) > 1 else max(times_s)
