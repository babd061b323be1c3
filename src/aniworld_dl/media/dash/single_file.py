"""Segments of a single file (SegmentBase, ISO/IEC 23009-1 5.3.9.2): by its index, or all of it where it has none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, NotMediaError
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT, MediaClock, Slot, too_many
from aniworld_dl.media.dash.values import byte_range
from aniworld_dl.media.formats.sidx import SidxError, file_boxes, parse_sidx
from aniworld_dl.media.source.probe import probe
from aniworld_dl.media.source.sniff import Kind
from aniworld_dl.model import ByteRange, InitSection, Segment
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.dash.segments import Addressing
    from aniworld_dl.media.dash.timeline import Window
    from aniworld_dl.media.formats.sidx import Index, Reference
    from aniworld_dl.media.source.probe import Probe
    from aniworld_dl.net.client import HttpClient

INDEX_LIMIT_BYTES: Final = 2 * 1024 * 1024
"""Of an index, and of the beginning of a file in which one is looked for."""
INDEXES_LIMIT: Final = 256
"""Of one file, where an index refers to others."""

_CHILD_BYTES: Final = 65_536
_BOX_BYTES: Final = 16
_FRAGMENT_BOXES: Final = frozenset({"styp", "sidx", "ssix", "prft", "emsg", "moof", "mdat"})
"""With which more media begins; other boxes, such as mfra, end a file."""
_FRAGMENTS_FOLLOW: Final = b"mvex"
"""The box that announces fragments (ISO/IEC 14496-12 8.8.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleFile:
    """The segments of one period. `is_file` when that is one whole file whose inside is not known.

    Then `size_bytes` and `validator` are the file's, as of any plain file.
    """

    segments: tuple[Segment, ...]
    is_file: bool = False
    size_bytes: int | None = None
    validator: str | None = None


async def read_single_file(
    http: HttpClient, addressing: Addressing, window: Window, headers: Mapping[str, str]
) -> SingleFile:
    """Fetch what tells the segments of an ISO file.

    Raises:
        ManifestError: what the manifest says of it is not valid, or its index is not.
        NotMediaError: the address gives no media file.
        NetError: it could not be read.
    """
    file = _File(http, addressing, headers)
    place = addressing.text("indexRange")
    try:
        if place is not None:
            wanted = byte_range(place, addressing.line)
            return await file.indexed(parse_sidx(await file.read(wanted), wanted.start), wanted, window)
        return await file.searched(window)
    except SidxError as error:
        reason = f"the index of {without_query(addressing.base_url)} is not usable: {error}"
        raise ManifestError(line=addressing.line, reason=reason) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What the beginning of a file tells of the rest."""

    index: ByteRange | None = None
    """Where its index is, if it has one before its first fragment."""
    header_stop: int | None = None
    """Where the boxes end that a decoder needs first, if fragments follow."""
    is_known: bool = True
    """False when the beginning is too short to tell."""


class _File:
    """The file of one representation."""

    def __init__(self, http: HttpClient, addressing: Addressing, headers: Mapping[str, str]) -> None:
        self._http = http
        self._addressing = addressing
        self._uri = addressing.base_url
        self._headers = headers

    async def read(self, wanted: ByteRange) -> bytes:
        """Return a part of the file, shorter where the file ends before."""
        limit = wanted.length
        if limit > INDEX_LIMIT_BYTES:
            raise SidxError("it is larger than any is")
        fetched = await self._http.get_bytes(self._uri, headers=self._headers, byte_range=wanted, limit_bytes=limit)
        return fetched.body

    async def searched(self, window: Window) -> SingleFile:
        """Look for an index at the beginning of the file; without one the file is one segment."""
        found = await probe(self._http, self._uri, self._headers)
        if not found.kind.is_media_file:
            raise NotMediaError(url=without_query(self._uri), found=found.kind.words)
        body = found.body
        layout = _layout(body) if found.kind is Kind.MP4 else _Layout()
        if not (layout.is_known or found.whole):
            body = await self.read(ByteRange(start=0, stop=INDEX_LIMIT_BYTES))
            layout = _layout(body)
        if layout.index is not None:
            index = parse_sidx(body, 0)
            if await self._is_all(index, found):
                return await self.indexed(index, layout.index, window)
        return self._without_index(found, layout, window)

    async def _is_all(self, index: Index, found: Probe) -> bool:
        """Whether nothing follows what an index tells of: some have one for each fragment."""
        stop = index.references[-1].byte_range.stop
        if found.size_bytes is None or stop >= found.size_bytes:
            return True
        after = await self.read(ByteRange(start=stop, stop=min(stop + _BOX_BYTES, found.size_bytes)))
        return next((box.name not in _FRAGMENT_BOXES for box in file_boxes(after)), True)

    async def indexed(self, index: Index, place: ByteRange, window: Window) -> SingleFile:
        """Return the segments of an index, those of the indexes it refers to in their place."""
        found: list[Reference] = []
        waiting, count = list(reversed(index.references)), 1
        while waiting:
            reference = waiting.pop()
            if not reference.is_index:
                found.append(reference)
                continue
            count += 1
            child = await self._child(reference, index.timescale)
            waiting.extend(reversed(child.references))
            if count > INDEXES_LIMIT or len(waiting) + len(found) > SEGMENTS_LIMIT:
                raise too_many(self._addressing.line)
        segments = await asyncio.to_thread(self._segments, index, found, place, window)
        return SingleFile(segments=segments)

    async def _child(self, reference: Reference, timescale: int) -> Index:
        part = reference.byte_range
        data = await self.read(ByteRange(start=part.start, stop=min(part.stop, part.start + _CHILD_BYTES)))
        child = parse_sidx(data, part.start)
        if child.timescale != timescale:
            raise SidxError("it refers to one of another timescale")
        return child

    def _segments(
        self, index: Index, references: list[Reference], place: ByteRange, window: Window
    ) -> tuple[Segment, ...]:
        own = self._addressing.clock(window)
        offset = own.offset * index.timescale // own.timescale
        clock = MediaClock(window=window, timescale=index.timescale, offset=offset)
        times = accumulate((reference.ticks for reference in references), initial=index.start)
        slots = (
            Slot(order, time, reference.ticks, reference.ticks / index.timescale)
            for order, (reference, time) in enumerate(zip(references, times, strict=False))
        )
        self._refuse_part(references, index.timescale, window)
        init = self._init(place.start)
        segments = tuple(
            Segment(
                index=order,
                uri=self._uri,
                duration_s=slot.duration_s,
                byte_range=references[slot.number].byte_range,
                init=init,
                shift_s=own.shift_s,
            )
            for order, slot in enumerate(clock.shown(slots))
        )
        if not segments:
            raise SidxError("it lists nothing that plays in its period")
        return segments

    def _refuse_part(self, references: list[Reference], timescale: int, window: Window) -> None:
        """Refuse an index that tells of much less than its period has: the rest would be lost without a trace."""
        told_s = Fraction(sum(reference.ticks for reference in references), timescale)
        if window.duration_s is not None and told_s < window.duration_s / 2:
            raise SidxError(f"it tells of {float(told_s):.1f} s of the {float(window.duration_s):.1f} s of its period")

    def _without_index(self, found: Probe, layout: _Layout, window: Window) -> SingleFile:
        whole = self._addressing.whole(window)
        size = found.size_bytes if found.has_ranges else None
        if layout.header_stop is None or size is None or size <= layout.header_stop:
            return SingleFile(segments=(whole,), is_file=True, size_bytes=found.size_bytes, validator=found.validator)
        rest = ByteRange(start=layout.header_stop, stop=size)
        return SingleFile(segments=(replace(whole, byte_range=rest, init=self._init(layout.header_stop)),))

    def _init(self, stop: int) -> InitSection | None:
        """Return what the manifest names, else what stands before the index or the first fragment."""
        named = self._addressing.init()
        if named is not None and (named.byte_range is not None or named.uri != self._uri):
            return named
        return InitSection(uri=self._uri, byte_range=ByteRange(start=0, stop=stop)) if stop else None


def _layout(body: bytes) -> _Layout:
    header_stop = None
    for box in file_boxes(body):
        if box.name in {"moof", "mdat"}:
            return _Layout(header_stop=header_stop)
        if box.stop is None or box.stop > len(body):
            break
        if box.name == "sidx":
            return _Layout(index=ByteRange(start=box.start, stop=box.stop), header_stop=header_stop)
        if box.name == "moov" and _FRAGMENTS_FOLLOW in body[box.content : box.stop]:
            header_stop = box.stop
    return _Layout(is_known=False)
