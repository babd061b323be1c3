"""What was asked of the origin, in order, so that tests and benchmarks can count instead of guess."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_KEPT_RECORDS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request. `started` and `ended` are places in one common order of events; `ended` is None while it runs."""

    method: str
    path: str
    """Decoded, without the query."""
    range: str | None
    """The Range header as it came."""
    headers: Mapping[str, str]
    """All request headers, names in lower case."""
    started: int
    status: int | None = None
    """None until the status has been sent."""
    bytes_sent: int = 0
    """Bytes of the body that were handed to the network."""
    ended: int | None = None

    @property
    def folder(self) -> str:
        """The path up to its last slash: what belongs to one episode shares it."""
        return self.path.rpartition("/")[0]


class RequestLog:
    """The newest 100,000 requests."""

    def __init__(self) -> None:
        self.total_bytes_sent = 0
        """Bytes of all bodies so far, of those on their way too."""
        self._records: dict[int, RequestRecord] = {}
        self._events = 0
        self._changed = asyncio.Event()

    def records(self, path: str = "*") -> list[RequestRecord]:
        """Return the requests whose path fits a shell pattern, in the order they came."""
        return [record for record in self._records.values() if fnmatchcase(record.path, path)]

    def running(self, path: str = "*") -> int:
        """Count the requests that are being answered now."""
        return sum(record.ended is None for record in self.records(path))

    def most_folders_at_once(self, path: str = "*") -> int:
        """Return in how many folders at most a request was being answered at the same moment."""
        return _peak((record.folder, record.started, record.ended) for record in self.records(path))

    def most_spans_at_once(self, path: str = "*") -> int:
        """Return how many folders at most were in use at the same moment, each from its first request to its last.

        Pauses between two requests count as use: the number of episodes that ran at a time.
        """
        spans: dict[str, tuple[int, int | None]] = {}
        for record in self.records(path):
            first, last = spans.get(record.folder, (record.started, 0))
            spans[record.folder] = (first, None if last is None or record.ended is None else max(last, record.ended))
        return _peak((folder, first, last) for folder, (first, last) in spans.items())

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait until `predicate` holds; it is asked again whenever a request starts, answers, sends or ends."""
        while not predicate():
            await self._changed.wait()

    def start(self, method: str, path: str, headers: Mapping[str, str]) -> int:
        """Note that a request has come, and return its key."""
        key = self._next_event()
        self._records[key] = RequestRecord(
            method=method, path=path, range=headers.get("range"), headers=headers, started=key
        )
        if len(self._records) > _KEPT_RECORDS:
            del self._records[next(iter(self._records))]
        return key

    def answer(self, key: int, status: int) -> None:
        """Note that the status has been sent."""
        self._change(key, lambda record: replace(record, status=status))

    def sent(self, key: int, size: int) -> None:
        """Note that so many bytes of the body were handed to the network."""
        self.total_bytes_sent += size
        self._change(key, lambda record: replace(record, bytes_sent=record.bytes_sent + size))

    def end(self, key: int) -> None:
        """Note that nothing more will be sent."""
        ended = self._next_event()
        self._change(key, lambda record: replace(record, ended=ended))

    def _change(self, key: int, change: Callable[[RequestRecord], RequestRecord]) -> None:
        if key in self._records:
            self._records[key] = change(self._records[key])
        self._tell()

    def _next_event(self) -> int:
        self._events += 1
        self._tell()
        return self._events

    def _tell(self) -> None:
        # whoever waits is woken by the old event; the next wait needs a fresh one
        self._changed.set()
        self._changed = asyncio.Event()


def _peak(intervals: Iterable[tuple[str, int, int | None]]) -> int:
    steps: list[tuple[float, int, str]] = []
    for folder, started, ended in intervals:
        steps += [(started, 1, folder), (float("inf") if ended is None else ended, -1, folder)]
    running: dict[str, int] = {}
    most = 0
    for _, step, folder in sorted(steps):
        running[folder] = running.get(folder, 0) + step
        if not running[folder]:
            del running[folder]
        most = max(most, len(running))
    return most
