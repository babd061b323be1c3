"""Samples of H.264 and H.265 in ISO boxes: the units in each fill it exactly (ISO/IEC 14496-15 4.3.3)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterable

_START_CODES: Final = (b"\x00\x00\x00\x01", b"\x00\x00\x01")


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlace:
    """Where a sample lies among the bytes `[start, stop)`, and how many bytes tell the length of each of its units."""

    start: int
    stop: int
    width: int


class UnitCheck:
    """Steps from unit to unit through samples while their bytes pass.

    Boxes only tell where the data is: were a part of it replaced by as many other bytes, nothing else would show it.
    Samples that begin with a start code are in a form that some muxers wrongly use and decoders read: they are passed.
    """

    def __init__(self) -> None:
        self._waiting: deque[SamplePlace] = deque()
        self._sample: SamplePlace | None = None
        self._next = 0
        """Where the next length stands, or what is left of it."""
        self._field = b""
        self._first = True

    def expect(self, samples: Iterable[SamplePlace]) -> None:
        """Look at these too; bytes that have passed already are not asked for."""
        self._waiting.extend(sorted(samples, key=lambda sample: sample.start))

    def feed(self, piece: bytes, offset: int) -> None:
        """Look at the bytes that begin at an offset.

        Raises:
            StructureError: a unit does not end where its sample does.
        """
        end = offset + len(piece)
        while (sample := self._current(offset)) is not None and self._next < end:
            at = self._next - offset
            part = piece[at : at + min(sample.width - len(self._field), sample.stop - self._next)]
            self._field += part
            self._next += len(part)
            if len(self._field) == sample.width:
                self._step(sample)
            elif self._next == sample.stop:
                raise _misfit(sample)

    def _current(self, offset: int) -> SamplePlace | None:
        """Return the sample that is being read, or the next one that has not passed."""
        while self._sample is None and self._waiting:
            sample = self._waiting.popleft()
            if offset <= sample.start < sample.stop:
                self._sample, self._next, self._field, self._first = sample, sample.start, b"", True
        return self._sample

    def _step(self, sample: SamplePlace) -> None:
        size, field = int.from_bytes(self._field), self._field
        if self._first and field in _START_CODES:
            self._next = sample.stop
        else:
            self._next += size
        self._field, self._first = b"", False
        if self._next > sample.stop:
            raise _misfit(sample)
        if self._next == sample.stop:
            self._sample = None


def _misfit(sample: SamplePlace) -> StructureError:
    size = sample.stop - sample.start
    return StructureError(f"the picture at byte {sample.start} is damaged: its units do not fill its {size} bytes")
