"""Who fetches which piece next: the one list that all workers of a download take from, and its slow end."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.download_tail import Flight, Tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download_plan import Piece, PieceKey

_LOOKED_EVERY_S: Final = 0.1


class Board:
    """Hands out pieces in order, those that need an init section when it is stored, and at the end those that hang.

    One event loop only.
    """

    def __init__(self, pieces: Iterable[Piece], clock: Clock) -> None:
        self.tail = Tail(clock)
        self._clock = clock
        self._ready: list[tuple[int, Piece]] = []
        """A heap, by the place in the order."""
        self._waiting: defaultdict[PieceKey, list[tuple[int, Piece]]] = defaultdict(list)
        """By the init section that they wait for."""
        self._changed = asyncio.Event()
        self._somebody_idle = asyncio.Event()
        listed = list(pieces)
        inits = {piece.key for piece in listed if piece.index < 0}
        for place, piece in enumerate(listed):
            needs = (piece.track, piece.needs) if piece.needs is not None else piece.key
            line = self._waiting[needs] if needs != piece.key and needs in inits else self._ready
            line.append((place, piece))

    async def take(self) -> Flight | None:
        """Wait for something to do; None when all is done."""
        while True:
            flight = self._next()
            if flight is not None:
                self.tail.begin(flight)
                return flight
            if self.tail.is_idle:
                return None
            self._changed.clear()
            self._somebody_idle.set()
            await self._changed.wait()

    async def watch(self) -> None:
        """Let those who have nothing to do look again from time to time whether a request hangs. Runs until cancelled."""
        while True:
            self._somebody_idle.clear()
            await self._somebody_idle.wait()
            await self._clock.sleep(_LOOKED_EVERY_S)
            self._changed.set()

    def ended(self, flight: Flight, *, stored: bool) -> bool:
        """Say that a flight has ended; tell whether its piece is neither stored nor under way any more."""
        was_last = self.tail.end(flight)
        if stored:
            for item in self._waiting.pop(flight.key, ()):
                heappush(self._ready, item)
        self._changed.set()
        return was_last and not stored

    def give_up(self, key: PieceKey) -> list[Piece]:
        """Take out what cannot be fetched without this piece, and return it."""
        return [piece for _, piece in self._waiting.pop(key, ())]

    def _next(self) -> Flight | None:
        if self._ready:
            return Flight(heappop(self._ready)[1].key)
        hanging = None if self._waiting else self.tail.hanging()
        return Flight(hanging, spare=True) if hanging is not None else None
