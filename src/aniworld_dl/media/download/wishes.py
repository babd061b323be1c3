"""What somebody who watches an episode waits for while it is being downloaded: it is fetched before the rest."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aniworld_dl.media.download.plan import PieceKey


class Wishes:
    """Wishes for pieces of one episode, over all of its downloads. One event loop only.

    They change the order in which pieces are fetched and nothing else: none is fetched that would not be.
    """

    def __init__(self) -> None:
        self._waiting: dict[PieceKey, list[asyncio.Event]] = {}
        self._listeners: list[Callable[[PieceKey], None]] = []
        self.place: PieceKey | None = None
        """What was read last: the download goes on from there. None while nobody watches."""

    def waited_for(self) -> tuple[PieceKey, ...]:
        """Return the pieces that somebody waits for, the oldest wish first."""
        return tuple(self._waiting)

    @contextmanager
    def wish(self, key: PieceKey) -> Iterator[asyncio.Event]:
        """Wish for a piece for the length of the block; the event is set when it is stored, or will not be."""
        event = asyncio.Event()
        self._waiting.setdefault(key, []).append(event)
        for listener in tuple(self._listeners):
            listener(key)
        try:
            yield event
        finally:
            others = self._waiting[key]
            others.remove(event)
            if not others:
                del self._waiting[key]

    @contextmanager
    def heard(self, listener: Callable[[PieceKey], None]) -> Iterator[None]:
        """Tell `listener` of every wish for the length of the block, at first of those that there are."""
        for key in self.waited_for():
            listener(key)
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def settled(self, track: int, index: int) -> None:
        """Say that a piece is stored, or given up: nobody needs to wait for it any more."""
        for event in self._waiting.get((track, index), ()):
            event.set()

    def all_settled(self) -> None:
        """Say that nothing is being fetched any more."""
        for track, index in self.waited_for():
            self.settled(track, index)
