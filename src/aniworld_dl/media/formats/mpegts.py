"""MPEG-TS segments (ISO/IEC 13818-1): no byte out of place, no packet lost, and when their streams play.

Speed is why this is written as it is: 740 MB are four million packets, and nothing here runs once a packet. The header
bytes of all packets are taken out by slices with a stride of 188, one string for each byte of the header. Only packets
with which something starts are looked at one by one, and of those the first and the last.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.pes import (
    TICKS_PER_S,
    WRAP_TICKS,
    elementary_streams,
    is_scrambled,
    pes_head,
    pid_of,
    program_maps,
)
from aniworld_dl.media.formats.refused_page import refuse_page
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.formats.ts_counters import BLOCK_PACKETS, Counters, Headers

if TYPE_CHECKING:
    from aniworld_dl.media.formats.pes import PesHead

TS_PACKET_BYTES: Final = 188

_SYNC: Final = 0x47
_COLUMNS: Final = 6
_STARTS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")
"""Second bytes of packets with the payload_unit_start_indicator (2.4.3.3)."""
_NULL_PID: Final = 0x1FFF
_FIRST_HEADS: Final = 2
_LAST_HEADS: Final = 6
"""How many starts of a stream's packets are read at the end of a block, which tells when it ends."""


class TransportStreamCheck:
    """Every 188-byte packet starts with the sync byte, the last one is whole (2.4.3.2), none is scrambled or missing.

    Packets that are missing by their counters, or marked as damaged, are only doubts: encoders do such things too.
    """

    def __init__(self) -> None:
        self._length = 0
        self._cut = b""
        self._columns: list[list[bytes]] = []
        self._starts: list[bytes] = []
        self._packets = 0
        self._streams = _Streams()
        self._counters = Counters()

    def feed(self, piece: bytes) -> None:
        """Look at the headers of the next packets."""
        if not self._length:
            refuse_page(piece)
        self._length += len(piece)
        start = 0
        if self._cut:
            start = TS_PACKET_BYTES - len(self._cut)
            self._cut += piece[:start]
            if len(self._cut) < TS_PACKET_BYTES:
                return
            self._take(self._cut, 0, 1, self._length - len(piece) + start - TS_PACKET_BYTES)
        count = (len(piece) - start) // TS_PACKET_BYTES
        if count:
            self._take(piece, start, count, self._length - len(piece) + start)
        self._cut = piece[start + count * TS_PACKET_BYTES :]
        if self._packets >= BLOCK_PACKETS:
            self._end_block()

    def finish(self) -> None:
        """See that there is something and that the last packet is whole."""
        if not self._length:
            raise StructureError("it is empty")
        if self._cut and self._cut[0] != _SYNC:
            raise StructureError(f"no MPEG-TS sync byte at offset {self._length - len(self._cut)}")
        if self._cut:
            raise StructureError(f"{self._length} bytes are not a whole number of MPEG-TS packets")
        self._end_block()

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when each elementary stream plays, by its PID."""
        return tuple(replace(span, counters=self._counters.ends(span.stream)) for span in self._streams.spans())

    def doubts(self) -> tuple[str, ...]:
        """Return what looks like a loss but may be the source's own."""
        jumps = self._counters.jumps
        return (f"packets are missing in the middle: {jumps} times the counter of a stream jumps",) if jumps else ()

    def _take(self, data: bytes, start: int, count: int, offset: int) -> None:
        """Take the headers of whole packets, of which the first stands at `offset` of the segment."""
        stop = start + count * TS_PACKET_BYTES
        syncs, *columns = [data[first:stop:TS_PACKET_BYTES] for first in range(start, start + _COLUMNS)]
        if syncs.count(_SYNC) != count:
            wrong = next(number for number, byte in enumerate(syncs) if byte != _SYNC)
            raise StructureError(f"no MPEG-TS sync byte at offset {offset + wrong * TS_PACKET_BYTES}")
        self._columns.append(columns)
        places = [start + match.start() * TS_PACKET_BYTES for match in _STARTS.finditer(columns[0])]
        self._starts += [data[place : place + TS_PACKET_BYTES] for place in places]
        self._packets += count

    def _end_block(self) -> None:
        """Look at the headers that have gathered."""
        if not self._columns:
            return
        self._streams.add_starts(self._starts)
        headers = Headers([b"".join(parts) for parts in zip(*self._columns, strict=True)])
        self._counters.add(headers, self._streams.elementary())
        self._columns, self._starts, self._packets = [], [], 0


class _Streams:
    """The elementary streams of one segment."""

    def __init__(self) -> None:
        self._maps: set[int] = set()
        self._kinds: dict[int, str] = {}
        self._heads: defaultdict[int, list[PesHead]] = defaultdict(list)

    def add_starts(self, packets: list[bytes]) -> None:
        """Take packets with which something starts."""
        by_pid: defaultdict[int, list[bytes]] = defaultdict(list)
        for packet in packets:
            by_pid[pid_of(packet)].append(packet)
        if 0 in by_pid:
            self._maps.update(program_maps(by_pid.pop(0)[0]))
        for pid, starts in sorted(by_pid.items()):
            if pid in self._maps:
                self._kinds.update(elementary_streams(starts[0]))
            else:
                self._add_pes(pid, starts)

    def _add_pes(self, pid: int, starts: list[bytes]) -> None:
        if is_scrambled(starts[0]) and pid != _NULL_PID:
            raise StructureError("its packets are scrambled, which is not opened")
        kept = self._heads[pid]
        ends = starts[:_FIRST_HEADS] + starts[_FIRST_HEADS:][-_LAST_HEADS:]
        kept += [head for head in map(pes_head, ends) if head is not None and head.decoded is not None]
        del kept[_FIRST_HEADS:-_LAST_HEADS]

    def elementary(self) -> set[int]:
        """Return the PIDs of picture and sound, and of whatever has timestamps."""
        named = {pid for pid, kind in self._kinds.items() if kind != "other"}
        return named.union(pid for pid, heads in self._heads.items() if heads)

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return the spans of the streams that have timestamps going forward."""
        found = (self._span(pid, heads) for pid, heads in sorted(self._heads.items()) if heads)
        return tuple(span for span in found if span is not None)

    def _span(self, pid: int, heads: list[PesHead]) -> StreamSpan | None:
        start = heads[0].decoded or 0
        offsets = [_forward(start, head.decoded or 0) for head in heads]
        if offsets[-1] < 0:
            return None  # they go back: the segment was put together from several, and says nothing of its length
        end = start + max(offsets) + _last_distance(heads, offsets)
        kind = self._kinds.get(pid, heads[0].kind)
        return StreamSpan(stream=pid, kind=kind, start_us=_microseconds(start), end_us=_microseconds(end))


def _forward(start: int, ticks: int) -> int:
    """Return how many ticks lie between two timestamps of 33 bits; less than 0 when the second is the earlier."""
    distance = (ticks - start) % WRAP_TICKS
    return distance if distance < WRAP_TICKS // 2 else distance - WRAP_TICKS


def _last_distance(heads: list[PesHead], offsets: list[int]) -> int:
    """Return how long the last packet plays: as long as usual or, when it is smaller than that, its share of it."""
    # the first two of a long list are far from the others
    distances = [right - left for left, right in pairwise(offsets[-_LAST_HEADS:]) if right > left]
    usual = median_low(distances) if distances else 0
    sizes = [head.size_bytes for head in heads[-_LAST_HEADS:]]
    share = min(1.0, sizes[-1] / median_low(sizes)) if all(sizes) else 1.0
    return round(usual * share)


def _microseconds(ticks: int) -> int:
    return ticks * 1_000_000 // TICKS_PER_S
