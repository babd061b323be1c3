"""Boxes of ISO/IEC 14496-12: stepping through them, and what an init section says of its tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

BOX_HEADER_BYTES: Final = 8
LARGE_BOX_HEADER_BYTES: Final = 16

_KINDS: Final = {b"vide": "video", b"soun": "audio"}
_UNIT_WIDTHS: Final = {
    **dict.fromkeys((b"avc1", b"avc3"), (b"avcC", 4)),
    **dict.fromkeys((b"hvc1", b"hev1"), (b"hvcC", 21)),
}
_VISUAL_ENTRY_BYTES: Final = 78
"""What comes before the boxes of a visual sample entry (12.1.3)."""
_ENCRYPTED: Final = frozenset({b"encv", b"enca", b"enct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box inside bytes that are at hand: its type and where its content lies, header left out."""

    kind: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """What the init section says of one track: what its fragments are to be read with.

    `kind` is "video", "audio" or "other", `codec` the four characters of its first sample entry, `timescale` the
    ticks per second, `default_duration` and `default_size` what a sample has when no fragment says (0: nothing said),
    `unit_width` how many bytes tell the length of each unit in a sample of H.264 or H.265 (0: it is neither).
    """

    kind: str
    codec: str
    timescale: int
    default_duration: int = 0
    default_size: int = 0
    unit_width: int = 0


def boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Box]:
    """Yield the boxes that fill `data[start:stop]` (ISO/IEC 14496-12 4.2). Zeros at the end are no box.

    Raises:
        StructureError: they do not fill it.
    """
    end = len(data) if stop is None else stop
    position = start
    while position < end:
        size, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + BOX_HEADER_BYTES]
        if not size and not any(kind):
            return
        header = BOX_HEADER_BYTES
        if size == 1:  # the real one follows in 8 more bytes
            header = LARGE_BOX_HEADER_BYTES
            size = int.from_bytes(data[position + BOX_HEADER_BYTES : position + header])
        elif not size:
            size = end - position
        if size < header or position + size > end:
            raise StructureError(f"box {kind.decode('latin-1')!r} does not fit into what holds it")
        yield Box(kind=kind, start=position + header, stop=position + size)
        position += size


def child(data: bytes, parent: Box, *path: bytes) -> Box | None:
    """Return the first box along a path below `parent`, None when there is none.

    Raises:
        StructureError: the boxes do not fill the one they are in.
    """
    found: Box | None = parent
    for kind in path:
        if found is None:
            return None
        found = next((box for box in boxes(data, found.start, found.stop) if box.kind == kind), None)
    return found


def track_facts(init: bytes) -> dict[int, TrackFacts]:
    """Return what an init section (ISO/IEC 14496-12 8.2, 8.8.1) says of each track, by track id.

    Raises:
        StructureError: its boxes are damaged.
    """
    facts: dict[int, TrackFacts] = {}
    for movie in (box for box in boxes(init) if box.kind == b"moov"):
        defaults = _defaults(init, movie)
        for track in (box for box in boxes(init, movie.start, movie.stop) if box.kind == b"trak"):
            found = _track(init, track, defaults)
            if found is not None:
                facts[found[0]] = found[1]
    return facts


def is_encrypted(facts: TrackFacts) -> bool:
    """Tell whether a track's samples are encrypted (ISO/IEC 14496-12 8.12): its sample entry says so."""
    return facts.codec.encode("latin-1") in _ENCRYPTED


def number_at(data: bytes, position: int, size: int) -> int:
    """Return an unsigned number of `size` bytes.

    Raises:
        StructureError: the bytes end before it does.
    """
    if position + size > len(data):
        raise StructureError("a box ends in the middle of a field")
    return int.from_bytes(data[position : position + size])


def _defaults(init: bytes, movie: Box) -> dict[int, tuple[int, int]]:
    """Return the default duration and size of each track's samples (8.8.3 trex)."""
    extends = child(init, movie, b"mvex")
    if extends is None:
        return {}
    defaults = {}
    for box in boxes(init, extends.start, extends.stop):
        if box.kind == b"trex":
            track, duration, size = (number_at(init, box.start + offset, 4) for offset in (4, 12, 16))
            defaults[track] = (duration, size)
    return defaults


def _track(init: bytes, track: Box, defaults: dict[int, tuple[int, int]]) -> tuple[int, TrackFacts] | None:
    header, media_header, handler, descriptions = (
        child(init, track, *path)
        for path in ((b"tkhd",), (b"mdia", b"mdhd"), (b"mdia", b"hdlr"), (b"mdia", b"minf", b"stbl", b"stsd"))
    )
    if header is None or media_header is None:
        return None
    # version 1 has times of 8 bytes before the number, version 0 of 4 (8.3.2, 8.4.2)
    number = number_at(init, header.start + (20 if number_at(init, header.start, 1) else 12), 4)
    timescale = number_at(init, media_header.start + (20 if number_at(init, media_header.start, 1) else 12), 4)
    if not timescale:
        raise StructureError(f"track {number} has no timescale")
    kind = b"" if handler is None else init[handler.start + 8 : handler.start + 12]
    duration, size = defaults.get(number, (0, 0))
    return number, TrackFacts(
        kind=_KINDS.get(kind, "other"),
        codec=_codec(init, descriptions),
        timescale=timescale,
        default_duration=duration,
        default_size=size,
        unit_width=_unit_width(init, descriptions),
    )


def _codec(init: bytes, descriptions: Box | None) -> str:
    if descriptions is None:
        return ""
    # version and flags, number of entries, then the first entry: its size and its type (8.5.2)
    return init[descriptions.start + 12 : min(descriptions.start + 16, descriptions.stop)].decode("latin-1")


def _unit_width(init: bytes, descriptions: Box | None) -> int:
    """Return lengthSizeMinusOne of avcC or hvcC (ISO/IEC 14496-15 5.3.3.1.2, 8.3.3.1.2) plus one."""
    if descriptions is None:
        return 0
    try:
        entries = list(boxes(init, descriptions.start + 8, descriptions.stop))
        kind, offset = _UNIT_WIDTHS[entries[0].kind if len(entries) == 1 else b""]
        entry = Box(kind=b"", start=entries[0].start + _VISUAL_ENTRY_BYTES, stop=entries[0].stop)
        record = child(init, entry, kind)
        return 0 if record is None else (init[record.start : record.stop][offset] & 3) + 1
    except (
        KeyError,
        IndexError,
        StructureError,
    ):  # another codec, or a tail that some programs leave
        return 0
