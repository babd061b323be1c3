"""Where the bytes of a track lie inside its work folder. Names are chosen so that ffmpeg opens them unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.model import ByteRange, Container

if TYPE_CHECKING:
    from aniworld_dl.model import InitSection, Track

_SUFFIXES: Final = {
    Container.MPEG_TS: "ts",
    Container.FMP4: "m4s",
    Container.PACKED_AUDIO: "aac",
    Container.WEBVTT: "vtt",
    Container.TTML: "ttml",
}


def init_sections(track: Track) -> tuple[InitSection, ...]:
    """Return a track's distinct init sections in the order in which they are first needed."""
    return tuple(dict.fromkeys(segment.init for segment in track.segments if segment.init is not None))


def init_index(number: int) -> int:
    """Return the index under which the ledger knows a track's `number`-th init section: -1, -2, ..."""
    return -1 - number


def stored_name(track: Track, number: int, index: int) -> str:
    """Return the path, relative to the work folder, of a segment (or, negative index, an init section).

    A plain file is stored as one file, whatever ranges it is fetched in.
    """
    if track.container is Container.FILE:
        return f"t{number}/whole.bin"
    if index < 0:
        return f"t{number}/init{init_index(index)}.mp4"
    return f"t{number}/{index:06}.{_SUFFIXES[track.container]}"


def range_of(track: Track, index: int) -> ByteRange | None:
    """Return where a piece lies inside its stored file, None when it is the whole file."""
    return track.segments[index].byte_range if track.container is Container.FILE else None
