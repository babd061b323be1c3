"""Whether what is stored is all there is: the timestamps of segments against their durations and their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.media.ledger import Entry
    from aniworld_dl.model import Media, Segment


class Suspicions:
    """What one download has doubted so far. `judge` may be called from several threads."""

    def __init__(self, media: Media) -> None:
        self._media = media

    def judge(self, track: int, segment: Segment, entry: Entry) -> None:
        """Look at a segment that has just come in, before the ledger takes it.

        Raises:
            StructureError: it holds clearly less than the manifest announces, and has not been the same twice.
        """
