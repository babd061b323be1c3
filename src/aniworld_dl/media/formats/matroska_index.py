"""What a Matroska file says of itself without being read: its tracks, and at which times it can be cut (its Cues)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.languages import language_tag
from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.formats.ebml import EbmlFile
from aniworld_dl.media.formats.matroska import EBML_HEAD, floating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aniworld_dl.media.formats.ebml import Element

_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_TIMESTAMP_SCALE: Final = 0x2AD7B1
_DURATION: Final = 0x4489
_TRACKS: Final = 0x1654AE6B
_TRACK_ENTRY: Final = 0xAE
_TRACK_NUMBER: Final = 0xD7
_TRACK_TYPE: Final = 0x83
_CODEC_ID: Final = 0x86
_LANGUAGE: Final = 0x22B59C
_LANGUAGE_TAG: Final = 0x22B59D
_NAME: Final = 0x536E
_FLAG_DEFAULT: Final = 0x88
_CUES: Final = 0x1C53BB6B
_CUE_POINT: Final = 0xBB
_CUE_TIME: Final = 0xB3
_CUE_POSITIONS: Final = 0xB7
_CUE_TRACK: Final = 0xF7
_KINDS: Final = {1: "video", 2: "audio", 17: "subtitle"}
_USUAL_SCALE_NS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_MOST_ELEMENTS: Final = 1_000_000
_LONGEST_TEXT: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEntry:
    """A track as the file describes it. `kind` is "video", "audio", "subtitle" or nothing."""

    kind: str
    codec: str
    """As Matroska calls it: `V_MPEG4/ISO/AVC`."""
    language: str | None
    name: str | None
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatroskaIndex:
    """A file's duration, its tracks in order, and the times of its key frames: of the first picture, else sound."""

    duration_s: float
    tracks: tuple[TrackEntry, ...]
    key_times_s: tuple[float, ...]


def read_index(path: Path, *, most_elements: int = _MOST_ELEMENTS) -> MatroskaIndex | None:
    """Return what a file says of itself, None when it lacks what is needed to cut it. It blocks: use a thread.

    Of the parts of the file and of the cues so many are looked at; what comes after them is as if it were not there.

    Raises:
        StorageError: it cannot be read.
    """
    with storage_errors(path), path.open("rb", buffering=0) as raw:
        return _IndexReader(EbmlFile(raw, path.stat().st_size), most_elements).index()


class _IndexReader:
    def __init__(self, file: EbmlFile, most_elements: int) -> None:
        self._file = file
        self._most_elements = most_elements
        self._scale_ns = _USUAL_SCALE_NS
        self._duration_ticks: float | None = None
        self._tracks: dict[int, TrackEntry] = {}
        self._cues: Element | None = None

    def index(self) -> MatroskaIndex | None:
        head = self._file.element(0)
        segment = self._file.element(head.stop) if head is not None and head.id == EBML_HEAD and head.stop else None
        if segment is None or segment.id != _SEGMENT:
            return None
        for element in self._elements(segment):
            if element.id == _INFO:
                self._read_info(element)
            elif element.id == _TRACKS:
                self._read_tracks(element)
            elif element.id == _CUES:
                self._cues = element
        key_times = self._key_times()
        if not self._duration_ticks or not key_times:
            return None
        tick_s = self._scale_ns / _NS_PER_S
        return MatroskaIndex(
            duration_s=self._duration_ticks * tick_s,
            tracks=tuple(self._tracks.values()),
            key_times_s=tuple(ticks * tick_s for ticks in key_times),
        )

    def _elements(self, parent: Element) -> Iterator[Element]:
        """Yield the elements inside one, the first ones, up to the first that is none or whose size is not known."""
        position, end = parent.start, self._file.size if parent.stop is None else min(parent.stop, self._file.size)
        for _ in range(self._most_elements):
            element = self._file.element(position) if position < end else None
            if element is None or element.stop is None or element.stop > end:
                return
            yield element
            position = element.stop

    def _read_info(self, info: Element) -> None:
        for element in self._file.children(info):
            if element.id == _TIMESTAMP_SCALE:
                self._scale_ns = self._file.number(element) or _USUAL_SCALE_NS
            elif element.id == _DURATION:
                self._duration_ticks = floating(self._file.read(element.start, element.stop or 0))

    def _read_tracks(self, tracks: Element) -> None:
        for entry in self._file.children(tracks):
            if entry.id == _TRACK_ENTRY:
                fields = {element.id: element for element in self._file.children(entry)}
                language = self._text(fields.get(_LANGUAGE_TAG)) or self._text(fields.get(_LANGUAGE)) or "eng"
                self._tracks[self._number(fields.get(_TRACK_NUMBER), 0)] = TrackEntry(
                    kind=_KINDS.get(self._number(fields.get(_TRACK_TYPE), 0), ""),
                    codec=self._text(fields.get(_CODEC_ID)) or "",
                    language=language_tag(language),
                    name=self._text(fields.get(_NAME)),
                    default=bool(self._number(fields.get(_FLAG_DEFAULT), 1)),
                )

    def _key_times(self) -> list[int]:
        """Return the times of the cues of the first picture, of the first sound where there is no picture, in ticks."""
        kinds = {number: track.kind for number, track in self._tracks.items()}
        wanted = next((number for kind in ("video", "audio") for number in kinds if kinds[number] == kind), None)
        times: set[int] = set()
        for point in self._elements(self._cues) if self._cues is not None else ():
            time, tracks = None, set[int]()
            for element in self._file.children(point):
                if element.id == _CUE_TIME:
                    time = self._file.number(element)
                elif element.id == _CUE_POSITIONS:
                    found = [each for each in self._file.children(element) if each.id == _CUE_TRACK]
                    tracks.update(self._file.number(each) for each in found)
            if time is not None and wanted in tracks:
                times.add(time)
        return sorted(times)

    def _number(self, element: Element | None, otherwise: int) -> int:
        return otherwise if element is None else self._file.number(element)

    def _text(self, element: Element | None) -> str | None:
        if element is None:
            return None
        data = self._file.read(element.start, min(element.stop or 0, element.start + _LONGEST_TEXT))
        return data.rstrip(b"\0").decode("utf-8", "replace") or None
