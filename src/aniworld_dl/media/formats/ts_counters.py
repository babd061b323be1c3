"""The continuity counters of MPEG-TS packets (ISO/IEC 13818-1 2.4.3.3): whether packets are missing in between.

Nothing here runs once a packet, as long as none is missing. One byte for each packet is made of its stream, its counter
and whether the counter counts, by `translate` and by OR of large numbers; what remains of one stream must be a piece of
0 to 15 over and over. Only where it is not is walked step by step, to see whether the standard allows it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BLOCK_PACKETS: Final = 1 << 15
"""About how many packets' headers are looked at together: 6 MB of a segment, 160 kB here."""

_STREAM_SHIFT: Final = 5
_NO_STREAM: Final = 7
"""What the three upper bits of a packet's byte say of other streams; the lower numbers are those looked at."""
_NOT_COUNTED: Final = 0x10
_COUNTERS: Final = bytes(
    byte & 0x0F if byte & 0x10 and byte < 0x40 else _NOT_COUNTED  # noqa: PLR2004 - 2.4.3.3: has payload, not scrambled
    for byte in range(256)
)
_DISCONTINUITY: Final = 0x80
_HAS_ADAPTATION: Final = 0x20


class Headers:
    """The bytes of many packets after their sync bytes: one string for all second bytes, and so on to the sixth."""

    def __init__(self, columns: Sequence[bytes]) -> None:
        self._columns = columns
        self._pids_high, self._pids_low, self._controls, self._lengths, self._flags = columns

    def of_streams(self, high: int, lows: tuple[int, ...]) -> bytes:
        """Return a byte for each packet: which of the streams with these PIDs it is of, and its counter."""
        parts = (
            self._pids_high.translate(_high_table(high)),
            self._pids_low.translate(_low_table(lows)),
            self._controls.translate(_COUNTERS),
        )
        pids_high, pids_low, counters = (int.from_bytes(part, "little") for part in parts)
        return (pids_high | pids_low | counters).to_bytes(len(self._controls), "little")

    def same(self, left: int, right: int) -> bool:
        """Tell whether two packets look like one sent twice (2.4.3.3)."""
        return all(column[left] == column[right] for column in self._columns)

    def announces_break(self, number: int) -> bool:
        """Tell whether a packet has the discontinuity_indicator (2.4.3.5)."""
        has_flags = self._controls[number] & _HAS_ADAPTATION and self._lengths[number]
        return bool(has_flags and self._flags[number] & _DISCONTINUITY)


class Counters:
    """The counters of a segment's streams, fed block by block."""

    def __init__(self) -> None:
        self.jumps = 0
        """How often a counter was not the next one, with nothing in the stream that allows it."""
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def ends(self, pid: int) -> tuple[int, int] | None:
        """Return the first and the last counter of a stream, None when it has none."""
        return (self._first[pid], self._last[pid]) if pid in self._last else None

    def add(self, headers: Headers, pids: Iterable[int]) -> None:
        """Look at the next packets of these streams."""
        by_high: defaultdict[int, list[int]] = defaultdict(list)
        for pid in sorted(pids):
            by_high[pid >> 8].append(pid & 0xFF)
        for high, lows in by_high.items():
            for first in range(0, len(lows), _NO_STREAM):
                some = tuple(lows[first : first + _NO_STREAM])
                marked = headers.of_streams(high, some)
                for stream, low in enumerate(some):
                    self._count(high << 8 | low, stream, marked, headers)

    def _count(self, pid: int, stream: int, marked: bytes, headers: Headers) -> None:
        counters = marked.translate(None, _others(stream))
        if not counters:
            return
        first = (self._last[pid] + 1) % 16 if pid in self._last else counters[0] % 16
        if counters != _cycle(stream)[first : first + len(counters)]:
            self.jumps += self._walk(pid, stream, marked, headers)
        self._first.setdefault(pid, counters[0] % 16)
        self._last[pid] = counters[-1] % 16

    def _walk(self, pid: int, stream: int, marked: bytes, headers: Headers) -> int:
        """Count the jumps that nothing announces and that are no packet sent twice, which counts the same."""
        jumps, last, previous, repeated = 0, self._last.get(pid), -1, False
        for number, counter in _counted(stream, marked):
            again = previous >= 0 and not repeated and headers.same(previous, number)
            if last is not None and counter != (last + 1) % 16 and not again:
                jumps += not headers.announces_break(number)
            last, previous, repeated = counter, number, again
        return jumps


def _counted(stream: int, marked: bytes) -> Iterator[tuple[int, int]]:
    start = stream << _STREAM_SHIFT
    return ((number, byte - start) for number, byte in enumerate(marked) if start <= byte < start + _NOT_COUNTED)


@lru_cache(maxsize=_NO_STREAM)
def _cycle(stream: int) -> bytes:
    start = stream << _STREAM_SHIFT
    return bytes(range(start, start + 16)) * (2 * BLOCK_PACKETS // 16)


@lru_cache(maxsize=_NO_STREAM)
def _others(stream: int) -> bytes:
    start = stream << _STREAM_SHIFT
    return bytes(byte for byte in range(256) if not start <= byte < start + _NOT_COUNTED)


@lru_cache(maxsize=32)
def _high_table(high: int) -> bytes:
    # with the transport_error_indicator (0x80) a packet is as good as lost
    return bytes(0 if byte & 0x9F == high else _NO_STREAM << _STREAM_SHIFT for byte in range(256))


@lru_cache(maxsize=64)
def _low_table(lows: tuple[int, ...]) -> bytes:
    numbers = {low: number for number, low in enumerate(lows)}
    return bytes(numbers.get(byte, _NO_STREAM) << _STREAM_SHIFT for byte in range(256))
