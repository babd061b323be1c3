"""Who fetches which piece next: the one list that all workers of a download take from, and its slow end."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from typing import TYPE_CHECKING

from aniworld_dl.media.download.tail import Bell, Flight, Scope, Tail
from aniworld_dl.media.download.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download.plan import Piece, PieceKey


class Board:
    """Hands out pieces in order, those that need an init section when it is stored, and at the end those that hang.

    What somebody waits for who watches comes first, then init sections, then what follows the place at which they are,
    then the rest. One event loop only.
    """

    def __init__(self, pieces: Iterable[Piece], clock: Clock, wishes: Wishes | None = None) -> None:
        self.tail = Tail(clock)
        self.bell = Bell(clock)
        self._wishes = wishes or Wishes()
        self._ready: list[tuple[int, PieceKey]] = []
        """Sorted, by the place in the order."""
        self._places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        """Of each track the indexes of its pieces, sorted, and their places."""
        self._waiting: defaultdict[PieceKey, list[tuple[int, PieceKey]]] = defaultdict(list)
        """By the init section that they wait for."""
        self._stored: set[PieceKey] = set()
        listed = list(pieces)
        inits = {piece.key for piece in listed if piece.index < 0}
        for place, piece in enumerate(listed):
            needs = (piece.track, piece.needs) if piece.needs is not None else piece.key
            line = self._waiting[needs] if needs != piece.key and needs in inits else self._ready
            line.append((place, piece.key))
            self._places[piece.track].append((piece.index, place))
        self._first_timed = len(inits)
        for places in self._places.values():
            places.sort()

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
                insort(self._ready, item)
        elif was_last and flight.key not in self._stored:
            given_up = not flight.spare and not flight.scope.is_lost
            if not given_up:
                insort(self._ready, (-1, flight.key))
        self.bell.ring()
        return given_up

    def give_up(self, key: PieceKey) -> list[PieceKey]:
        """Take out what cannot be fetched without this piece, and return it."""
        return [waiting for _, waiting in self._waiting.pop(key, ())]

    def _next(self) -> Flight | None:
        if self._ready:
            flight = Flight(self._ready.pop(self._first())[1], Scope())
            self.tail.begin(flight)
            return flight
        return None if self._waiting else self.tail.ask_again()

    def _first(self) -> int:
        """Return where in the list of what is ready the piece stands that comes next."""
        wanted = set(self._wishes.waited_for())
        if wanted and (found := [number for number, (_, key) in enumerate(self._ready) if key in wanted]):
            return found[0]
        if self._ready[0][0] < self._first_timed:
            return 0
        number = bisect_left(self._ready, (self._watched_from(),))
        return number if number < len(self._ready) else 0

    def _watched_from(self) -> int:
        """Return the place of the first piece that is missing from where somebody watches, 0 where nobody does."""
        track, index = self._wishes.place or (0, 0)
        places = self._places[track]
        following = bisect_left(places, (index,))
        return places[following][1] if following < len(places) else 0
