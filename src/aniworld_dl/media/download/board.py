"""Who fetches which piece next: the one list that all workers of a download take from, and its slow end."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from aniworld_dl.media.download.tail import Bell, Flight, Scope, Tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download.plan import Piece, PieceKey


class Board:
    """Hands out pieces in order, those that need an init section when it is stored, and at the end those that hang.

    One event loop only.
    """

    def __init__(self, pieces: Iterable[Piece], clock: Clock) -> None:
        self.tail = Tail(clock)
        self.bell = Bell(clock)
        self._ready: list[tuple[int, PieceKey]] = []
        """A heap, by the place in the order."""
        self._waiting: defaultdict[PieceKey, list[tuple[int, PieceKey]]] = defaultdict(list)
        """By the init section that they wait for."""
        self._stored: set[PieceKey] = set()
        listed = list(pieces)
        inits = {piece.key for piece in listed if piece.index < 0}
        for place, piece in enumerate(listed):
            needs = (piece.track, piece.needs) if piece.needs is not None else piece.key
            line = self._waiting[needs] if needs != piece.key and needs in inits else self._ready
            line.append((place, piece.key))

    async def take(self) -> Flight | None:
        """Wait for something to do; None when all is done."""
        while True:
            flight = self._next()
            if flight is not None:
                return flight
            if self.tail.is_idle:
                return None
            await self.bell.wait()

    def ended(self, flight: Flight, *, stored: bool) -> bool:
        """Say that a flight has ended; tell whether its piece is given up with it.

        A piece whose first request was stopped for one that then failed is taken up again.
        """
        was_last = self.tail.end(flight)
        given_up = False
        if stored:
            self._stored.add(flight.key)
            for item in self._waiting.pop(flight.key, ()):
                heappush(self._ready, item)
        elif was_last and flight.key not in self._stored:
            given_up = not flight.spare and not flight.scope.is_lost
            if not given_up:
                heappush(self._ready, (-1, flight.key))
        self.bell.ring()
        return given_up

    def give_up(self, key: PieceKey) -> list[PieceKey]:
        """Take out what cannot be fetched without this piece, and return it."""
        return [waiting for _, waiting in self._waiting.pop(key, ())]

    def _next(self) -> Flight | None:
        if self._ready:
            flight = Flight(heappop(self._ready)[1], Scope())
            self.tail.begin(flight)
            return flight
        return None if self._waiting else self.tail.ask_again()
