"""What there is to fetch of a media, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.media.store.ledger import Ledger
    from aniworld_dl.model import Media, Track

PieceKey: TypeAlias = tuple[int, int]
"""Track and index, as the ledger knows it: a negative index is an init section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment or init section to fetch. `needs` is the init section that must be stored before it can be checked."""

    track: int
    index: int
    needs: int | None = None

    @property
    def key(self) -> PieceKey:
        """Its name in the ledger."""
        return self.track, self.index


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is missing: pieces in order, plain files (track and indexes), and what the manifest says is not there."""

    pieces: tuple[Piece, ...]
    files: tuple[tuple[int, tuple[int, ...]], ...]
    gaps: tuple[PieceKey, ...]


def plan(media: Media, ledger: Ledger) -> Plan:
    """Return what the ledger does not have.

    Init sections come first, subtitles next, since both are small and much waits for them; then the segments of all
    other tracks by the time at which they play.
    """
    inits, texts, timed, files = list[Piece](), list[Piece](), list[tuple[float, Piece]](), []
    for number, track in enumerate(media.tracks):
        if _in_ranges(track):
            files.append((number, tuple(each.index for each in track.segments if not ledger.has(number, each.index))))
            continue
        inits.extend(piece for piece in _inits(number, track) if not ledger.has(*piece.key))
        missing = [(start, piece) for start, piece in _segments(number, track) if not ledger.has(*piece.key)]
        if track.kind is TrackKind.TEXT:
            texts.extend(piece for _, piece in missing)
        else:
            timed.extend(missing)
    timed.sort(key=lambda item: item[0])
    return Plan(
        pieces=(*inits, *texts, *(piece for _, piece in timed)),
        files=tuple((number, indexes) for number, indexes in files if indexes),
        gaps=tuple(gaps(media)),
    )


def gaps(media: Media) -> Iterator[PieceKey]:
    """Yield the segments that the manifest itself says are not there."""
    for number, track in enumerate(media.tracks):
        yield from ((number, segment.index) for segment in track.segments if segment.gap)


def _in_ranges(track: Track) -> bool:
    """Tell whether a track is a plain file of which any part can be asked for."""
    return track.container is Container.FILE and all(segment.byte_range for segment in track.segments)


def _inits(number: int, track: Track) -> list[Piece]:
    return [Piece(track=number, index=init_index(order)) for order, _ in enumerate(init_sections(track))]


def _segments(number: int, track: Track) -> Iterator[tuple[float, Piece]]:
    needs = {init: init_index(order) for order, init in enumerate(init_sections(track))}
    starts = accumulate((segment.duration_s or 0.0 for segment in track.segments), initial=0.0)
    for segment, start in zip(track.segments, starts, strict=False):
        if not segment.gap:
            init = needs[segment.init] if segment.init is not None else None
            yield start, Piece(track=number, index=segment.index, needs=init)
