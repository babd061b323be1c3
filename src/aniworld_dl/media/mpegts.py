"""MPEG-TS segments (ISO/IEC 13818-1): no byte out of place, no packet lost, and when their streams play.

Speed is why this is written as it is: 740 MB are four million packets. Nothing here runs once a packet. The header
bytes of all packets are taken out by slices with a stride of 188, one string for each byte of the header, and compared
as wholes by `translate` and by the arithmetic of large numbers, which is C all the way. Only where counters do not
follow one another is walked step by step, to see whether the standard allows it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.pes import TICKS_PER_S, WRAP_TICKS, elementary_streams, pes_head, pid_of, program_maps
from aniworld_dl.media.refused_page import refuse_page
from aniworld_dl.media.spans import StreamSpan
from aniworld_dl.media.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.media.pes import PesHead

TS_PACKET_BYTES: Final = 188

_SYNC: Final = 0x47
_COLUMNS: Final = (1, 2, 3, 4, 5)
_BLOCK_PACKETS: Final = 1 << 15
"""How many packets' headers are held before they are looked at: 6 MB of a segment, 160 kB here."""
_STARTS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")
"""Second bytes of packets with the payload_unit_start_indicator (2.4.3.3)."""
_FIRST_HEADS: Final = 2
_HEADS_KEPT: Final = 20
"""How many starts of a stream's packets are read at the end of a block, which tells when it ends."""
_CYCLE: Final = bytes(range(16)) * (_BLOCK_PACKETS // 16 + 2)
_COUNTERS: Final = bytes(byte & 0x0F if byte & 0x10 else 0x10 for byte in range(256))
"""From the fourth byte: the continuity counter; 16 where no payload is, and the counter stands still."""
_NO_COUNTER: Final = bytes(range(16, 256))
_PLAIN: Final = bytes(range(0x40))
"""Fourth bytes of packets that are not scrambled."""
_SOUND: Final = bytes(range(0x80))
"""Second bytes of packets without the transport_error_indicator."""
_DISCONTINUITY: Final = 0x80
_HAS_ADAPTATION: Final = 0x20


class TransportStreamCheck:
    """Every 188-byte packet starts with the sync byte, the last one is whole (2.4.3.2), none is scrambled or missing.

    Packets that are missing by their counters, or marked as damaged, are only doubts: encoders do such things too.
    """

    def __init__(self) -> None:
        self._length = 0
        self._columns: dict[int, list[bytes]] = {column: [] for column in _COLUMNS}
        self._cut_head = b""
        self._heads: list[bytes] = []
        self._packets = 0
        self._streams = _Streams()

    def feed(self, piece: bytes) -> None:
        """Look at the headers of the next packets."""
        if not self._length:
            refuse_page(piece)
        first = -self._length % TS_PACKET_BYTES
        starts = piece[first::TS_PACKET_BYTES]
        if starts.count(_SYNC) != len(starts):
            wrong = next(number for number, byte in enumerate(starts) if byte != _SYNC)
            raise StructureError(f"no MPEG-TS sync byte at offset {self._length + first + wrong * TS_PACKET_BYTES}")
        for column, parts in self._columns.items():
            parts.append(piece[(column - self._length) % TS_PACKET_BYTES :: TS_PACKET_BYTES])
        self._take_heads(piece, (1 - self._length) % TS_PACKET_BYTES)
        self._length += len(piece)
        self._packets += len(starts)
        if self._packets >= _BLOCK_PACKETS:
            self._end_block()

    def finish(self) -> None:
        """See that there is something and that the last packet is whole."""
        if not self._length:
            raise StructureError("it is empty")
        if self._length % TS_PACKET_BYTES:
            raise StructureError(f"{self._length} bytes are not a whole number of MPEG-TS packets")
        self._end_block()

    def spans(self) -> tuple[StreamSpan, ...]:
        """Return when each elementary stream plays, by its PID."""
        return self._streams.spans()

    def doubts(self) -> tuple[str, ...]:
        """Return what looks like a loss but may be the source's own."""
        return tuple(self._streams.doubts)

    def _take_heads(self, piece: bytes, first: int) -> None:
        """Keep the packets with which something starts, without their sync bytes."""
        if self._cut_head:
            self._cut_head += piece[: TS_PACKET_BYTES - 1 - len(self._cut_head)]
            if len(self._cut_head) == TS_PACKET_BYTES - 1:
                self._heads.append(self._cut_head)
                self._cut_head = b""
        second_bytes = self._columns[1][-1]
        for match in _STARTS.finditer(second_bytes):
            position = first + match.start() * TS_PACKET_BYTES
            head = piece[position : position + TS_PACKET_BYTES - 1]
            if len(head) == TS_PACKET_BYTES - 1:
                self._heads.append(head)
            else:
                self._cut_head = head

    def _end_block(self) -> None:
        """Look at the headers that have gathered.

        At the end of a block the last packet may be there in part only: what its later columns lack comes with the next.
        """
        whole = min(sum(map(len, parts)) for parts in self._columns.values())
        columns = {column: b"".join(parts) for column, parts in self._columns.items()}
        self._columns = {column: [data[whole:]] for column, data in columns.items()}
        self._packets = 0
        heads, self._heads = self._heads, []
        self._streams.add_heads(heads)
        self._streams.add_headers(_Headers(columns, whole))


class _Headers:
    """The header bytes of many packets, column by column."""

    def __init__(self, columns: dict[int, bytes], count: int) -> None:
        self.count = count
        self.columns = {column: data[:count] for column, data in columns.items()}
        self._counters = int.from_bytes(self.columns[3].translate(_COUNTERS))

    def counters(self, pid: int) -> bytes:
        """Return one byte for each packet: its counter, or 16 and more where it has none or is not of `pid`."""
        high = int.from_bytes(self.columns[1].translate(_all_but(pid >> 8, 0x1F)))
        low = int.from_bytes(self.columns[2].translate(_all_but(pid & 0xFF, 0xFF)))
        return (self._counters | high | low).to_bytes(self.count)

    def same(self, left: int, right: int) -> bool:
        """Tell whether two packets look like one sent twice (2.4.3.3)."""
        return all(column[left] == column[right] for column in self.columns.values())

    def announces_break(self, number: int) -> bool:
        """Tell whether a packet has the discontinuity_indicator (2.4.3.5)."""
        has_flags = bool(self.columns[3][number] & _HAS_ADAPTATION and self.columns[4][number])
        return has_flags and bool(self.columns[5][number] & _DISCONTINUITY)

    def pids_where(self, column: int, harmless: bytes) -> set[int]:
        """Return the PIDs of the packets that have other bytes than these in a column."""
        data = self.columns[column]
        if not data.translate(None, harmless):
            return set()
        wrong = [number for number, byte in enumerate(data) if byte not in harmless]
        return {(self.columns[1][number] & 0x1F) << 8 | self.columns[2][number] for number in wrong}


class _Streams:
    """The elementary streams of one segment."""

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self._maps: set[int] = set()
        self._kinds: dict[int, str] = {}
        self._heads: defaultdict[int, list[PesHead]] = defaultdict(list)
        self._last_counters: dict[int, int] = {}

    def add_heads(self, packets: list[bytes]) -> None:
        """Take packets with which something starts."""
        by_pid: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for packet in packets:
            by_pid[packet[:2]].append(packet)
        found = sorted((pid_of(starts[0]), starts) for starts in by_pid.values())
        for pid, starts in found:
            if pid == 0:
                self._maps.update(program_maps(starts[0]))
        for pid, starts in found:
            if pid in self._maps:
                self._kinds.update(elementary_streams(starts[0]))
            elif pid:
                self._add_pes(pid, starts)

    def _add_pes(self, pid: int, starts: list[bytes]) -> None:
        kept = self._heads[pid]
        ends = starts[:_FIRST_HEADS] + starts[_FIRST_HEADS:][-_HEADS_KEPT:]
        kept += [head for head in map(pes_head, ends) if head is not None and head.decoded is not None]
        del kept[_FIRST_HEADS:-_HEADS_KEPT]

    def add_headers(self, headers: _Headers) -> None:
        """Look at the counters of the next packets, and for what cannot be read."""
        elementary = {pid for pid, heads in self._heads.items() if heads}
        elementary |= {pid for pid, kind in self._kinds.items() if kind != "other"}
        if headers.pids_where(3, _PLAIN) & elementary.union(self._heads):
            raise StructureError("its packets are scrambled, which is not opened")
        if headers.pids_where(1, _SOUND) & elementary:
            self.doubts.append("packets are marked as damaged")
        for pid in sorted(elementary):
            self._count(pid, headers)

    def _count(self, pid: int, headers: _Headers) -> None:
        marked = headers.counters(pid)
        counters = marked.translate(None, _NO_COUNTER)
        if not counters:
            return
        first = (self._last_counters[pid] + 1) % 16 if pid in self._last_counters else counters[0]
        if counters != _CYCLE[first : first + len(counters)] and (lost := self._lost(pid, marked, headers)):
            self.doubts.append(f"packets are missing in the middle: {lost} times the counters of a stream jump")
        self._last_counters[pid] = counters[-1]

    def _lost(self, pid: int, marked: bytes, headers: _Headers) -> int:
        """Count the jumps of the counters that nothing announces and that no repeated packet explains."""
        lost, expected, previous, repeated = 0, self._last_counters.get(pid), -1, False
        for number, counter in _counted(marked):
            again = not repeated and previous >= 0 and headers.same(previous, number)
            if expected is not None and counter != (expected + 1) % 16 and not again:
                lost += not headers.announces_break(number)
            expected, previous, repeated = counter, number, again
        return lost

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
    distances = [right - left for left, right in pairwise(offsets[-_HEADS_KEPT:]) if right > left]
    usual = median_low(distances) if distances else 0
    sizes = [head.size_bytes for head in heads[-_HEADS_KEPT:]]
    share = min(1.0, sizes[-1] / median_low(sizes)) if all(sizes) else 1.0
    return round(usual * share)


def _counted(marked: bytes) -> Iterator[tuple[int, int]]:
    return ((number, counter) for number, counter in enumerate(marked) if counter < 16)  # noqa: PLR2004 - see _COUNTERS


def _microseconds(ticks: int) -> int:
    return ticks * 1_000_000 // TICKS_PER_S


@lru_cache(maxsize=512)
def _all_but(wanted: int, mask: int) -> bytes:
    """Return a table that makes 0 of bytes whose masked bits are `wanted`, 255 of all others."""
    return bytes(0 if byte & mask == wanted else 255 for byte in range(256))
