"""What a download doubts, so that a segment is fetched a second time before it is believed or given up."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.proof.continuity import held_s, holes, shortage_s

if TYPE_CHECKING:
    from aniworld_dl.media.store.ledger import Entry, Ledger
    from aniworld_dl.model import Media, Segment

_BELIEVED_AFTER: Final = 3
"""After so many segments of a track that came twice with the same bytes, its oddities are taken for its own."""


class Suspicions:
    """The memory of one download. Its methods may be called from several threads."""

    def __init__(self, media: Media, ledger: Ledger) -> None:
        self._media = media
        self._ledger = ledger
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, int], Entry] = {}
        self._own: Counter[int] = Counter()
        self._looked_again: set[tuple[int, int]] = set()

    def judge(self, track: int, segment: Segment, entry: Entry) -> Entry:
        """Look at a segment that has just come in, and return what the ledger is to say of it.

        Raises:
            StructureError: it looks as if something were missing, and it has not come with the same bytes before.
        """
        doubt = self._doubt(track, segment, entry)
        key = (track, segment.index)
        with self._lock:
            seen = self._seen.get(key)
            if seen is not None and (seen.size_bytes, seen.crc32) == (entry.size_bytes, entry.crc32):
                self._own[track] += doubt is not None
                return replace(entry, confirmed=True)
            if doubt is None or self._own[track] >= _BELIEVED_AFTER:
                return entry
            self._seen[key] = entry
        raise StructureError(doubt)

    def second_look(self) -> list[tuple[int, int]]:
        """Take the stored segments in which something seems to be missing out of the ledger, each at most once.

        Returns the track and the index of each, to be fetched again; call it when all are stored, until it returns
        nothing. Blocks.

        Raises:
            StorageError: the ledger cannot be written.
        """
        found: dict[tuple[int, int], Entry] = {}
        for hole in holes(self._media, self._ledger):
            entry = self._ledger.entry(hole.track, hole.index)
            if entry is not None and (hole.track, hole.index) not in self._looked_again:
                found[hole.track, hole.index] = entry
        with self._lock:
            self._seen |= found
            self._looked_again |= found.keys()
        for number in sorted({track for track, _ in found}):
            self._ledger.forget(number, [index for track, index in found if track == number])
        return sorted(found)

    def _doubt(self, track: int, segment: Segment, entry: Entry) -> str | None:
        if entry.doubts:
            return entry.doubts[0]
        own = self._media.tracks[track]
        last = segment.index == len(own.segments) - 1
        if shortage_s(segment, entry.spans, rounded=own.rounded, last=last):
            held = held_s(entry.spans) or 0.0
            return f"it holds {held:.1f} s of the {segment.duration_s:.1f} s that the playlist announces"
        return None
