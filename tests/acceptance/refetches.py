"""What kills cost: which segments each had under way, and what was fetched more than once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aniworld_dl.demo.content import FolderShelf
from aniworld_dl.media.store.ledger import stored_pieces
from aniworld_dl.media.store.work import work_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from aniworld_dl.demo.content import Content
    from aniworld_dl.demo.log import RequestRecord
    from aniworld_dl.demo.origin import Origin

Piece = tuple[str, str]
"""The title of an episode, and the name of one of its segments."""


class ManyTitles(FolderShelf):
    """Serves a folder under any first part of a path, so that each episode has an address of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__("/", folder)

    async def find(self, path: str) -> Content | None:
        return await super().find("/" + path.lstrip("/").partition("/")[2])


@dataclass(slots=True, kw_only=True)
class Refetches:
    """Holds what an origin of `ManyTitles` was asked for against what was stored at each kill.

    `sizes` are those of the segments, by their names.
    """

    origin: Origin
    sizes: Mapping[str, int]
    in_flight_bytes: int = 0
    """Of segments that a run had asked for and that were not stored when it was killed."""
    stopped_bytes: int = 0
    """Sent for requests that ended early while the service lived: an action stopped their episode, or a twin won."""
    complaints: list[str] = field(default_factory=list)
    _stored: frozenset[Piece] = frozenset()
    _running: frozenset[int] = frozenset()
    _seen: int = 0

    def about_to_kill(self) -> None:
        """Note what is being sent."""
        self._running = frozenset(record.started for record in self.origin.requests if record.ended is None)

    def killed(self, stored: frozenset[Piece]) -> None:
        """Look at what the run that was killed has asked for; `stored` is what the disk has now."""
        asked = [(piece, record) for piece, record in self._asked() if record.started > self._seen]
        again = sorted({piece for piece, _ in asked} & self._stored)
        self.complaints += [f"{title} {name} was stored and is asked for again" for title, name in again]
        self.in_flight_bytes += sum(self.sizes[piece[1]] for piece in {piece for piece, _ in asked} - stored)
        self.stopped_bytes += sum(
            record.bytes_sent
            for piece, record in asked
            if record.bytes_sent < self.sizes[piece[1]] and record.started not in self._running
        )
        self._seen = max((record.started for _, record in asked), default=self._seen)
        self._stored = stored

    def refetched_bytes(self) -> int:
        """Return what was sent beyond one copy of each segment."""
        sent: Counter[Piece] = Counter()
        for piece, record in self._asked():
            sent[piece] += record.bytes_sent
        return sum(max(count - self.sizes[piece[1]], 0) for piece, count in sent.items())

    def _asked(self) -> list[tuple[Piece, RequestRecord]]:
        found = []
        for record in self.origin.requests:
            title, _, name = record.path.lstrip("/").partition("/")
            if name in self.sizes:
                found.append(((title, name), record))
        return found


def stored_in(downloads: Path, targets: Mapping[str, PurePosixPath], names: Sequence[str]) -> frozenset[Piece]:
    """Return what the ledgers have of episodes, by their titles, and all of those that are finished. It blocks."""
    found: set[Piece] = set()
    for title, target in targets.items():
        if (downloads / target).exists():
            found |= {(title, name) for name in names}
        else:
            found |= {(title, names[index]) for _, index in stored_pieces(work_path(downloads, target))}
    return frozenset(found)
