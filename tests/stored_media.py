"""An episode whose segments are stored already, as a download would have done it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.media.store.segment_file import SegmentFile
from aniworld_dl.media.store.structure import check_for
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Container, InitSection, Segment, Track, TrackKind
from tests.media_builders import ORIGIN, media_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from aniworld_dl.media.store.work import WorkFolder
    from tests.mux_parts import Cut

TARGET: Final = PurePosixPath("Series/Season 01/Series S01E01.mkv")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrack:
    """A track and the bytes of its segments (by index) and init sections (by negative index)."""

    track: Track
    bodies: dict[int, bytes]


def stored_track(
    kind: TrackKind, container: Container, *cuts: Cut, shifts_s: Sequence[float] = (), **labels: Any
) -> StoredTrack:
    """Return a track of several cuts, each a discontinuity sequence with segments of 1 s.

    With `shifts_s` they are DASH periods, moved by so much.
    """
    inits = [InitSection(uri=f"{ORIGIN}/{kind}/{number}.mp4") if cut.init else None for number, cut in enumerate(cuts)]
    segments: list[Segment] = []
    bodies: dict[int, bytes] = {}
    for number, cut in enumerate(cuts):
        for order, body in enumerate(cut.segments):
            index = len(segments)
            bodies[index] = body
            segments.append(
                Segment(
                    index=index,
                    uri=f"{ORIGIN}/{kind}/{index}",
                    duration_s=1.0,
                    init=inits[number],
                    discontinuity=index > 0 and not order,
                    shift_s=shifts_s[number] if shifts_s else None,
                )
            )
    known = [cut.init for cut in cuts if cut.init]
    bodies |= {init_index(order): init for order, init in enumerate(known)}
    track = Track(kind=kind, container=container, segments=tuple(segments), **labels)
    assert len(known) == len(init_sections(track))
    return StoredTrack(track=track, bodies=bodies)


@asynccontextmanager
async def work_of(folder: Path, *tracks: StoredTrack, stored: bool = True) -> AsyncIterator[WorkFolder]:
    """Open a work folder and, unless told otherwise, store everything."""
    media = media_of(*(track.track for track in tracks))
    async with open_work(folder, TARGET, media) as work:
        if stored:
            await in_thread(store, work, tracks)
        yield work


def store(work: WorkFolder, tracks: Sequence[StoredTrack]) -> None:
    """Store everything, init sections first."""
    for number, track in enumerate(tracks):
        for index in sorted(track.bodies):
            store_one(work, number, index, track)


def store_one(work: WorkFolder, number: int, index: int, stored: StoredTrack) -> None:
    """Store one segment, or (negative index) an init section."""
    init = stored.track.segments[index].init if index >= 0 else None
    facts = track_facts(stored.bodies[init_index(init_sections(stored.track).index(init))]) if init else None
    check = check_for(stored.track.container, init=index < 0, tracks=facts)
    file = SegmentFile(work.segment_path(number, index), check=check)
    file.write([stored.bodies[index]])
    work.ledger.add(number, index, file.finish())


def complete_feed(work: WorkFolder) -> Feed:
    """Return the feed of what is stored completely."""
    feed = Feed(work)
    feed.complete()
    return feed
