"""Tells everyone what changes: one stream of messages, numbered, that any number of subscribers read at their own pace.

There is one kind of event, a patch by id. Patches wait a moment for more and are merged; each message is written as
JSON once and kept in a ring. A subscriber is a place in the ring and costs nothing while it does not read. Whoever
falls off the ring, or is new, gets a snapshot.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self

from aniworld_dl.queue.board import Board
from aniworld_dl.queue.patch import Patch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from aniworld_dl.clock import Clock

    Views = Mapping[int, Mapping[str, Any] | None]
    Refill = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]

URGENT_DELAY_S: Final = 0.01
"""How long a change of status waits for others; it is to be out within 50 ms."""
STEADY_INTERVAL_S: Final = 0.25
"""How often progress is sent."""
_RING_MESSAGES: Final = 2048
_RING_CHARACTERS: Final = 4 * 1024 * 1024
_SHORTEST_WAIT_S: Final = 0.001


class Hub:
    """The stream. `run` does the timing, everything else is synchronous; one event loop only.

    The first number is the time in milliseconds, so that `since` of an earlier process is never taken for one of this.
    """

    def __init__(
        self, clock: Clock, *, ring_messages: int = _RING_MESSAGES, ring_characters: int = _RING_CHARACTERS
    ) -> None:
        self._clock = clock
        self._board = Board()
        self._patch = Patch()
        self._seq = int(clock.time() * 1000)
        self._ring: deque[str] = deque()
        self._ring_messages = ring_messages
        self._ring_characters = ring_characters
        self._characters = 0
        self._snapshot: tuple[int, str] | None = None
        self._flushed_at = float("-inf")
        self._closed = False
        self._refill: Refill | None = None
        self._news = asyncio.Event()
        self._stirred = asyncio.Event()
        self._urgent = asyncio.Event()
        self._hungry = asyncio.Event()

    @property
    def seq(self) -> int:
        """Number of the last message."""
        return self._seq

    @property
    def closed(self) -> bool:
        """Whether the stream has ended."""
        return self._closed

    # -------------------------------------------------------------------------------------------------- publishing

    def load(
        self,
        *,
        jobs: Iterable[Mapping[str, Any]] = (),
        waiting: Refill | None = None,
        stats: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Set what the first snapshot shows, without a message. `jobs` are those that have not ended, in order.

        `waiting` reads the first waiting jobs (`WAITING_SHOWN` of them) again when those here have moved on.
        """
        self._refill = waiting
        self._board.renew(jobs, ())
        self._board.change_stats(stats or {})
        self._board.change_settings(settings or {})
        self._snapshot = None

    def publish(
        self,
        *,
        jobs: Views | None = None,
        episodes: Views | None = None,
        stats: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        subscriptions: Views | None = None,
        urgent: bool = False,
    ) -> None:
        """Tell of rows by id: their views, or fields of them, or None for removed. What has not changed is left out.

        A row that has just changed its status needs its whole view, because not everyone has seen it before. Changes
        of status go out within 20 ms and are never merged with one another; so does what is `urgent`. Other changes
        go out at most every 250 ms, the latest value only.
        """
        for job_id, fields in (jobs or {}).items():
            self._add("jobs", job_id, self._board.change_job(job_id, fields))
        for episode_id, fields in (episodes or {}).items():
            self._add("episodes", episode_id, self._board.change_episode(episode_id, fields))
        for subscription_id, fields in (subscriptions or {}).items():
            self._add("subscriptions", subscription_id, self._board.change_subscription(subscription_id, fields))
        self._patch.stats.update(self._board.change_stats(stats or {}))
        self._patch.settings.update(self._board.change_settings(settings or {}))
        if self._patch:
            self._stirred.set()
            if urgent or self._patch.urgent:
                self._urgent.set()
        if self._board.incomplete:
            self._hungry.set()

    def renew(
        self, *, jobs: Iterable[Mapping[str, Any]], episodes: Iterable[Mapping[str, Any]], stats: Mapping[str, Any]
    ) -> None:
        """Send everyone a new snapshot, in place of more patches than anyone could use.

        `jobs` are those that run and the first that wait, in order; `episodes` those that run.
        """
        self.flush()
        self._board.renew(jobs, episodes)
        self._board.change_stats(stats)
        self._seq += 1
        self._append(self.snapshot()[1])
        self._wake()

    def _add(self, kind: str, row_id: int, changed: dict[str, Any] | None) -> None:
        if changed == {}:
            return
        if self._patch.would_hide(kind, row_id, changed):
            self.flush()
        self._patch.add(kind, row_id, changed)

    def flush(self) -> None:
        """Send what waits, now."""
        messages, self._patch = list(self._patch.messages()), Patch()
        for message in messages:
            self._seq += 1
            self._append(json.dumps({"type": "patch", "seq": self._seq, **message}, **_COMPACT))
        self._stirred.clear()
        self._urgent.clear()
        self._flushed_at = self._clock.monotonic()
        if messages:
            self._wake()

    def _append(self, text: str) -> None:
        self._ring.append(text)
        self._characters += len(text)
        while len(self._ring) > self._ring_messages or self._characters > self._ring_characters:
            self._characters -= len(self._ring.popleft())

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    # ----------------------------------------------------------------------------------------------------- reading

    def subscribe(self, since: int | None = None) -> Subscription:
        """Return the messages after number `since` where they are still here, else a snapshot and what follows it."""
        return Subscription(self, since if since is not None and since <= self._seq else None)

    def ready(self, since: int | None = None) -> list[str]:
        """Return what such a subscription has to give by now."""
        return self.subscribe(since).ready()

    @property
    def _first(self) -> int:
        return self._seq - len(self._ring) + 1

    def snapshot(self) -> tuple[int, str]:
        """Return everything as it is now, as a message, and its number: patches above that number follow it."""
        self.flush()
        if self._snapshot is None or self._snapshot[0] != self._seq:
            board = self._board
            content = {
                "jobs": board.jobs,
                "episodes": board.episodes,
                "subscriptions": board.subscriptions,
                "settings": board.settings,
                "stats": board.stats,
            }
            self._snapshot = (self._seq, json.dumps({"type": "snapshot", "seq": self._seq, **content}, **_COMPACT))
        return self._snapshot

    def after(self, seq: int) -> str | None:
        """Return the message that follows number `seq`, None when it is not there yet.

        Raises:
            LookupError: it is not there any more.
        """
        if seq + 1 < self._first:
            raise LookupError(seq)
        return self._ring[seq + 1 - self._first] if seq < self._seq else None

    async def wait(self) -> None:
        """Wait for the next message, or for the end."""
        await self._news.wait()

    # -------------------------------------------------------------------------------------------------- life cycle

    async def run(self) -> None:
        """Send what is published, in time, until cancelled; then end the stream."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send_urgent(), name="hub-urgent")
                group.create_task(self._send_steadily(), name="hub-steady")
                group.create_task(self._feed(), name="hub-feed")
        finally:
            self.close()

    def close(self) -> None:
        """Send what waits and end the stream: subscribers read what is there and then stop."""
        self.flush()
        self._closed = True
        self._wake()

    async def _send_urgent(self) -> None:
        while True:
            await self._urgent.wait()
            await self._clock.sleep(URGENT_DELAY_S)
            self.flush()

    async def _send_steadily(self) -> None:
        while True:
            await self._stirred.wait()
            wait_s = self._flushed_at + STEADY_INTERVAL_S - self._clock.monotonic()
            if wait_s > _SHORTEST_WAIT_S:
                await self._clock.sleep(wait_s)
            else:
                self.flush()

    async def _feed(self) -> None:
        while True:
            await self._hungry.wait()
            self._hungry.clear()
            if self._refill is not None:
                self._board.begin_refill()
                if self._board.refill(await self._refill()):
                    self._snapshot = None
            await self._clock.sleep(STEADY_INTERVAL_S)


_COMPACT: Final[dict[str, Any]] = {"ensure_ascii": False, "separators": (",", ":")}


class Subscription:
    """One reader of the stream: an async iterator of JSON texts, and an async context manager of itself.

    It ends when the stream ends. `seq` is the number of the last message that was given, None before the first.
    """

    def __init__(self, hub: Hub, seq: int | None) -> None:
        self._hub = hub
        self.seq = seq

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while (text := self._next()) is None:
            if self._hub.closed:
                raise StopAsyncIteration
            await self._hub.wait()
        return text

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""

    def ready(self) -> list[str]:
        """Return what is there to be read, without waiting for more."""
        texts = []
        while (text := self._next()) is not None:
            texts.append(text)
        return texts

    def _next(self) -> str | None:
        if self.seq is not None:
            try:
                text = self._hub.after(self.seq)
            except LookupError:
                text = None
                self.seq = None
            else:
                self.seq += text is not None
        if self.seq is None:
            self.seq, text = self._hub.snapshot()
        return text
