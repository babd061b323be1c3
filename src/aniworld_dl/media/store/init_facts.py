"""What the stored init sections of an episode say, each read once."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import TYPE_CHECKING

from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.store.layout import init_index, init_sections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.formats.boxes import TrackFacts
    from aniworld_dl.media.store.work import WorkFolder


class InitFacts:
    """The tracks that a work folder's init sections describe, by the segment that needs them. Blocks: use a thread."""

    def __init__(self, work: WorkFolder) -> None:
        self._work = work
        self._orders = [{init: order for order, init in enumerate(init_sections(track))} for track in work.media.tracks]
        self._facts: dict[tuple[int, int], Mapping[int, TrackFacts]] = {}
        self._lock = threading.Lock()

    def of_segment(self, track: int, index: int) -> Mapping[int, TrackFacts]:
        """Return what the init section of a segment says, by track id; nothing when it has none that is stored.

        Raises:
            StorageError: it cannot be read.
        """
        init = self._work.media.tracks[track].segments[index].init if index >= 0 else None
        if init is None:
            return MappingProxyType({})
        number = init_index(self._orders[track][init])
        with self._lock:
            if (track, number) not in self._facts:
                if not self._work.ledger.has(track, number):
                    return MappingProxyType({})
                self._facts[track, number] = MappingProxyType(self._read(track, number))
            return self._facts[track, number]

    def _read(self, track: int, number: int) -> dict[int, TrackFacts]:
        path = self._work.segment_path(track, number)
        with storage_errors(path):
            data = path.read_bytes()
        try:
            return track_facts(data)
        except StructureError:  # it was found good when it came: what cannot be read now proves nothing either way
            return {}
