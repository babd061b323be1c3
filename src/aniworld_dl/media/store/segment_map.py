"""What became of each segment of an episode, in a form that people can be shown: kept beside the ledger, never trusted.

What is stored and good only the ledger knows. This says how long segments are, and how they came.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.store.ledger import stored_pieces
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.model import Media, Track

MAP_NAME: Final = "segments.json"
MOST_CELLS: Final = 4096
"""A track of more segments is shown in cells of several."""
_FORMAT: Final = 1
_MOST_SEGMENTS: Final = 4_000_000
"""What says that there are more is no map of ours."""


class SegmentState(IntEnum):
    """Where a segment stands. Of several in one cell the one that tells most is shown: the highest."""

    DONE = 0
    RETRIED = 1
    """It is stored; asking for it had failed before."""
    REPAIRED = 2
    """It is stored; it had been given up, or what was stored of it had not been good."""
    MISSING = 3
    FAILED = 4
    """It is missing, and asking for it has failed."""
    RUNNING = 5


STORED: Final = frozenset({SegmentState.DONE, SegmentState.RETRIED, SegmentState.REPAIRED})
LETTERS: Final = "dtpmfr"
"""Of each state, for run lengths."""
_RUN: Final = re.compile(rb"(.)\1*", re.DOTALL)
_COUNTED: Final = re.compile(f"([{LETTERS}])([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the segments of a track are, apart from their states.

    `lengths` are those of the cells in `unit` (`seconds`, `bytes`, or `segments` where neither is known), each with the
    number of neighbours that have it.
    """

    kind: str
    language: str | None
    count: int
    unit: str
    lengths: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMap:
    """A track's scale and the state of each of its segments, one byte each."""

    scale: Scale
    states: bytes


def scales_of(media: Media) -> tuple[Scale, ...]:
    """Return the scales of all tracks. Takes a while for very many segments: call it in a thread."""
    return tuple(map(_scale_of, media.tracks))


def _scale_of(track: Track) -> Scale:
    unit, lengths = _lengths_of(track)
    step = per_cell(len(lengths))
    cells = [sum(lengths[start : start + step]) for start in range(0, len(lengths), step)] if step > 1 else lengths
    runs = tuple((length, len(list(same))) for length, same in groupby(round(cell, 3) for cell in cells))
    return Scale(kind=track.kind.value, language=track.language, count=len(lengths), unit=unit, lengths=runs)


def _lengths_of(track: Track) -> tuple[str, Sequence[float]]:
    seconds = [segment.duration_s for segment in track.segments if segment.duration_s is not None]
    if len(seconds) == len(track.segments):
        return "seconds", seconds
    ranges = [segment.byte_range.length for segment in track.segments if segment.byte_range is not None]
    if len(ranges) == len(track.segments):
        return "bytes", ranges
    return "segments", [1] * len(track.segments)


def per_cell(count: int) -> int:
    """Return how many segments a cell stands for."""
    return max(-(-count // MOST_CELLS), 1)


def track_view(track: TrackMap) -> Mapping[str, Any]:
    """Return the public view of a track, with at most `MOST_CELLS` cells."""
    scale, states, step = track.scale, track.states, per_cell(track.scale.count)
    cells = bytes(max(states[start : start + step]) for start in range(0, len(states), step)) if step > 1 else states
    return {
        "kind": scale.kind,
        "language": scale.language,
        "count": scale.count,
        "per_cell": step,
        "unit": scale.unit,
        "lengths": scale.lengths,
        "states": run_lengths(cells),
        "counts": {state.name.lower(): states.count(state) for state in SegmentState},
    }


def run_lengths(states: bytes) -> str:
    """Return states as letters, each with the number of neighbours that have it: `d120r3m277`."""
    runs = (found.group() for found in _RUN.finditer(states))
    return "".join(f"{LETTERS[run[0]]}{len(run)}" for run in runs)


def states_of(text: str, count: int) -> bytes:
    """Return what `run_lengths` was made of.

    Raises:
        ValueError: it is none, or not of so many segments.
    """
    runs = _COUNTED.findall(text)
    numbers = [int(number) for _, number in runs]
    if sum(numbers) != count or count > _MOST_SEGMENTS or "".join(map("".join, runs)) != text:
        raise ValueError(text[:100])
    return b"".join(bytes([LETTERS.index(letter)]) * number for (letter, _), number in zip(runs, numbers, strict=True))


# ------------------------------------------------------------------------------------------------------- in a folder


def write_map(folder: Path, tracks: Iterable[TrackMap]) -> None:
    """Keep a map in a work folder, or leave it: a download does not fail for want of a picture. For threads."""
    data = {"format": _FORMAT, "tracks": [_kept(track) for track in tracks]}
    part = (folder / MAP_NAME).with_suffix(".part")
    with suppress(OSError):
        part.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
        part.replace(folder / MAP_NAME)


def read_map(folder: Path) -> tuple[TrackMap, ...]:
    """Return the map that a work folder has, nothing when there is none of use. For threads."""
    try:
        data = json.loads((folder / MAP_NAME).read_bytes())
        return tuple(_track_of(fields) for fields in data["tracks"]) if data["format"] == _FORMAT else ()
    except (OSError, ValueError, TypeError, LookupError):
        return ()


def read_stored(folder: Path) -> tuple[TrackMap, ...]:
    """Return the map of a work folder with what its ledger says: after a crash that is ahead. For threads."""
    tracks = read_map(folder)
    if not tracks:
        return ()
    stored = stored_pieces(folder)
    return tuple(
        TrackMap(scale=track.scale, states=_confirmed(track.states, {index for at, index in stored if at == number}))
        for number, track in enumerate(tracks)
    )


def _confirmed(states: bytes, stored: set[int]) -> bytes:
    return bytes(
        (state if state in STORED else SegmentState.DONE)
        if index in stored
        else (SegmentState.MISSING if state in STORED else state)
        for index, state in enumerate(states)
    )


def _kept(track: TrackMap) -> Mapping[str, Any]:
    scale = track.scale
    facts = {"kind": scale.kind, "language": scale.language, "count": scale.count, "unit": scale.unit}
    return {**facts, "lengths": scale.lengths, "states": run_lengths(track.states)}


def _track_of(fields: Mapping[str, Any]) -> TrackMap:
    count = int(fields["count"])
    scale = Scale(
        kind=TrackKind(fields["kind"]).value,
        language=fields["language"],
        count=count,
        unit=str(fields["unit"]),
        lengths=tuple((float(length), int(number)) for length, number in fields["lengths"]),
    )
    return TrackMap(scale=scale, states=states_of(fields["states"], count))
