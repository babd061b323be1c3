"""The blocks inside a cluster of a Matroska file (RFC 9559 5.1.3, 10): which track they are of, and when they play."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.media.formats.ebml import CRC_32, HEAD_BYTES, VOID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.formats.ebml import EbmlFile, Element

_TIMESTAMP: Final = 0xE7
_SIMPLE_BLOCK: Final = 0xA3
_BLOCK_GROUP: Final = 0xA0
_BLOCK: Final = 0xA1
_BLOCK_DURATION: Final = 0x9B
_OTHERS: Final = frozenset({0xA7, 0xAB, 0xAF, 0x5854, CRC_32, VOID})
"""Position, PrevSize, EncryptedBlock, SilentTracks: they say nothing of times."""
_LACING: Final = 0x06
_LATEST: Final = 1 << 62
_SHORTEST_BLOCK: Final = 4
_ONE_BYTE: Final = 0x80


@dataclass(slots=True, kw_only=True)
class BlockList:
    """The blocks of one track in the order of the file; times and durations are ticks."""

    kind: str
    codec: str
    usual_duration: int = 0
    """Of one frame, 0 when the file does not say."""
    times: array[int] = field(default_factory=lambda: array("q"))
    told_durations: dict[int, int] = field(default_factory=dict)
    """Of the blocks that are unlike the usual ones, by their place in `times`."""

    def durations(self) -> array[int]:
        """Return how long each block plays, 0 when that is not known."""
        durations = array("q", [self.usual_duration]) * len(self.times)
        for place, duration in self.told_durations.items():
            durations[place] = duration
        return durations


class BlockRun(NamedTuple):
    """What was read of a cluster: up to where, its timestamp, and how many blocks."""

    position: int
    time: int | None
    blocks: int


def read_blocks(file: EbmlFile, start: int, stop: int, tracks: Mapping[int, BlockList]) -> BlockRun:
    """Read the blocks of a cluster into the lists of their tracks, up to `stop` or to what is no part of a cluster."""
    position, time, blocks = start, None, 0
    while position < stop:
        if time is not None:
            taken = _simple_blocks(file, position, stop, time, tracks)
            position, blocks = taken.position, blocks + taken.blocks
            if position >= stop:
                break
        element = file.element(position)
        if element is None or element.stop is None or element.stop > stop:
            break
        if element.id == _TIMESTAMP and (value := file.number(element)) < _LATEST:
            time = value
        elif element.id in {_SIMPLE_BLOCK, _BLOCK_GROUP} and time is not None and _block(file, element, time, tracks):
            blocks += 1
        elif element.id not in _OTHERS:
            break
        position = element.stop
    return BlockRun(position, time, blocks)


def _simple_blocks(file: EbmlFile, position: int, stop: int, time: int, tracks: Mapping[int, BlockList]) -> BlockRun:
    """Read usual blocks, up to the first that is not one: the fast way, since there are a hundred thousand."""
    append = {number | _ONE_BYTE: track.times.append for number, track in tracks.items() if number < _ONE_BYTE}
    blocks = 0
    while position < stop:
        data, base = file.window(position)
        offset, last, end = position - base, len(data) - HEAD_BYTES, stop - base
        while offset <= last and data[offset] == _SIMPLE_BLOCK:
            size = data[offset + 1]
            if size >= 0x80:  # noqa: PLR2004 - the lengths of numbers, RFC 8794 4
                size, content = size & 0x7F, offset + 2
            elif size >= 0x40:  # noqa: PLR2004
                size, content = (size & 0x3F) << 8 | data[offset + 2], offset + 3
            elif size >= 0x20:  # noqa: PLR2004
                size, content = (size & 0x1F) << 16 | data[offset + 2] << 8 | data[offset + 3], offset + 4
            else:
                return BlockRun(base + offset, time, blocks)
            track = append.get(data[content])
            if track is None or data[content + 3] & _LACING or size < _SHORTEST_BLOCK or content + size > end:
                return BlockRun(base + offset, time, blocks)
            ticks = data[content + 1] << 8 | data[content + 2]
            track(time + ticks if ticks < 0x8000 else time + ticks - 0x10000)  # noqa: PLR2004 - two bytes with a sign
            blocks += 1
            offset = content + size
        position = base + offset
        if offset <= last:
            break
    return BlockRun(position, time, blocks)


def _block(file: EbmlFile, element: Element, time: int, tracks: Mapping[int, BlockList]) -> bool:
    """Read any block (RFC 9559 10.1 to 10.3); tell whether it is one."""
    block: Element | None = element
    duration: int | None = None
    if element.id == _BLOCK_GROUP:
        children = {child.id: child for child in file.children(element)}
        block = children.get(_BLOCK)
        duration = file.number(children[_BLOCK_DURATION]) if _BLOCK_DURATION in children else None
    if block is None:
        return False
    data = file.read(block.start, min(block.stop or 0, block.start + 16))
    length = 9 - data[0].bit_length() if data and data[0] else 0
    if not length or len(data) < length + _SHORTEST_BLOCK - 1:
        return False
    track = tracks.get(int.from_bytes(data[:length]) - (1 << 7 * length))
    if track is None:
        return False
    frames = 1 + data[length + 3] if data[length + 2] & _LACING and len(data) > length + 3 else 1
    if duration is not None or frames > 1:
        track.told_durations[len(track.times)] = min(duration or track.usual_duration * frames, _LATEST)
    track.times.append(time + int.from_bytes(data[length : length + 2], signed=True))
    return True
